package cgroup_test

import (
	"testing"
	"testing/fstest"

	"github.com/chaperone-dev/chaperone/internal/cgroup"
)

func TestFindMemory(t *testing.T) {
	const v1, v2 = "memory/memory.limit_in_bytes", "memory.max"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"cgroup 2":                         {map[string]string{v2: "268435456\n"}, 256 << 20},
		"cgroup 2 without a limit":         {map[string]string{v2: "max\n"}, 0},
		"cgroup 1":                         {map[string]string{v1: "67108864\n"}, 64 << 20},
		"cgroup 1 without a limit":         {map[string]string{v1: "9223372036854771712\n"}, 0},
		"no cgroup":                        {nil, 0},
		"file that holds something else":   {map[string]string{v2: "\n", v1: "268435456"}, 256 << 20},
		"limit of 0, which cannot be true": {map[string]string{v2: "0"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{}
			for file, text := range c.files {
				files[file] = &fstest.MapFile{Data: []byte(text)}
			}
			if got := cgroup.FindMemory(files); got != c.want {
				t.Errorf("the limit is %d bytes, want %d", got, c.want)
			}
		})
	}
}
