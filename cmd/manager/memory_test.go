package main

import (
	"testing"
	"testing/fstest"
)

func TestFindMemory(t *testing.T) {
	for name, c := range map[string]struct {
		file, content string
		want          int64
	}{
		"a limit in version 2 of cgroups": {"memory.max", "704643072\n", 704643072},
		"a limit in version 1 of cgroups": {"memory/memory.limit_in_bytes", "704643072\n", 704643072},
		"no limit in version 2":           {"memory.max", "max\n", 0},
		"no limit in version 1":           {"memory/memory.limit_in_bytes", "9223372036854771712\n", 0},
		"no cgroups":                      {"other", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := findMemory(fstest.MapFS{c.file: &fstest.MapFile{Data: []byte(c.content)}}); got != c.want {
				t.Errorf("want %d, got %d", c.want, got)
			}
		})
	}
}
