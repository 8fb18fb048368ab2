package main

import (
	"testing"
	"testing/fstest"
)

func TestFindMemory(t *testing.T) {
	const v1, v2 = "memory/memory.limit_in_bytes", "memory.max"
	cases := map[string]struct {
		flag  int64
		files map[string]string
		want  int64
	}{
		"flag: taken before the limit": {1 << 20, map[string]string{v2: "268435456\n"}, 1 << 20},
		"cgroup 2":                     {0, map[string]string{v2: "268435456\n"}, 256 << 20},
		"no cgroup":                    {0, nil, 128 << 20},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cgroup := fstest.MapFS{}
			for file, text := range tc.files {
				cgroup[file] = &fstest.MapFile{Data: []byte(text)}
			}
			if got := findMemory(tc.flag, cgroup); got != tc.want {
				t.Errorf("memory is %d bytes, want %d", got, tc.want)
			}
		})
	}
}
