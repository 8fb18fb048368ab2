package node

import (
	"fmt"
	"strings"
	"testing"
)

const mountsOfVersion1 = `25 1 0:22 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
26 25 0:23 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:4 - cgroup cgroup rw,cpu,cpuacct
27 25 0:24 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
28 25 0:25 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
29 25 0:26 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
30 25 0:27 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`

func TestControllersThatAreMissingAreNamed(t *testing.T) {
	trees := parseMounts(mountsOfVersion1)
	var paths []string
	for _, h := range trees {
		paths = append(paths, strings.TrimPrefix(h.path, "/sys/fs/cgroup/"))
	}
	if got, want := strings.Join(paths, " "), "cpu,cpuacct cpuset memory systemd unified"; got != want {
		t.Errorf("trees %q, want %q", got, want)
	}
	if got, want := fmt.Sprint(missingControllers(trees)), "[pids]"; got != want {
		t.Errorf("missing %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(missingControllers(nil)), "[cpu cpuset memory pids]"; got != want {
		t.Errorf("without cgroups: missing %s, want %s", got, want)
	}
}
