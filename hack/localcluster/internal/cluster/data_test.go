package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDataFolderThatIsRefused(t *testing.T) {
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "letter.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	used := t.TempDir()
	d, err := openData(used)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.close(false, false) })
	for name, test := range map[string]struct{ dir, want string }{
		"no folder named: says which option":         {"", "--data is needed"},
		"other files in it: left alone":              {foreign, "not of a local cluster"},
		"a cluster runs in it: left to that cluster": {used, "in use by another cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := openData(test.dir); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(foreign, "letter.txt")); err != nil {
		t.Errorf("a refused folder lost its file: %v", err)
	}
}

func TestDataFolderAfterTheEnd(t *testing.T) {
	for name, test := range map[string]struct {
		keep, failed bool
		want         string
	}{
		"ended well: gone":               {},
		"failed: only the logs are left": {failed: true, want: "logs"},
		"kept: all but the ready file":   {keep: true, want: "etcd logs pki"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			d, err := openData(dir)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.write("ready", nil); err != nil {
				t.Fatal(err)
			}
			if err := d.close(test.keep, test.failed); err != nil {
				t.Fatal(err)
			}
			if got := names(dir); got != test.want {
				t.Errorf("left %q, want %q", got, test.want)
			}
		})
	}
}

func TestDataFolderOfAnEarlierClusterStartsAfresh(t *testing.T) {
	dir := t.TempDir()
	d, err := openData(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.write("etcd/member", nil); err != nil {
		t.Fatal(err)
	}
	if err := d.lock.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := openData(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.close(false, false) })
	if got := names(filepath.Join(dir, "etcd")); got != "" {
		t.Errorf("left %q of the earlier cluster", got)
	}
}

// names lists the entries of a folder but the marker, with spaces between.
func names(dir string) string {
	entries, _ := os.ReadDir(dir)
	var list []string
	for _, entry := range entries {
		if entry.Name() != marker {
			list = append(list, entry.Name())
		}
	}
	return strings.Join(list, " ")
}
