package e2e

import (
	"encoding/json"
	"os/exec"
	"testing"
)

// nextManager makes an image of the manager that differs from the installed one in a label, gives it to the node, and returns its
// name by digest.
func (w *world) nextManager(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), w.bin("image"), "--json", "--out", t.TempDir(), "--root", w.root, "--bin", w.root+"/bin",
		"--prefix", "local.test/chaperone", "--tag", "next", "--label", "org.opencontainers.image.version=next", "manager")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("make the next image: %v: %s", err, out)
	}
	var made struct{ Reference, Archive string }
	if err := json.Unmarshal(out, &made); err != nil {
		t.Fatalf("read what image printed: %v: %s", err, out)
	}
	load := exec.CommandContext(t.Context(), w.bin("localcluster-run"), "load", "--dir", w.bin("localcluster"), "--data", w.data, made.Archive)
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("load the next image: %v: %s", err, out)
	}
	if made.Reference == w.images["manager"].Reference {
		t.Fatal("the next image is the installed one")
	}
	return made.Reference
}
