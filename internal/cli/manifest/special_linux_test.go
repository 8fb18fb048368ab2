package manifest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
)

func readRecursively(t *testing.T, folder string) (manifest.Input, error) {
	t.Helper()
	reader, err := manifest.NewReader(strings.NewReader(""), accepting{}, builtInKinds(t))
	if err != nil {
		t.Fatal(err)
	}
	return reader.Read(t.Context(), []string{folder}, true)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Nothing writes into the pipe, so a reader that opened it would wait forever.
func TestOnlyRegularFilesAreRead(t *testing.T) {
	folder, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "pod.yaml")
	write(t, elsewhere, pod)
	pipe := filepath.Join(folder, "a.yaml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"b.yaml": pipe, "c.yaml": elsewhere, "d.yaml": "/dev/zero", "e.yaml": "gone", "f.yaml": t.TempDir()} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, path := range map[string]string{"in a folder": folder, "named": pipe} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, accepting{}, "", path)
			if want := pipe + ": is a named pipe, not a regular file: "; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		})
	}
	input, err := read(t, accepting{}, "", folder)
	if diff := cmp.Diff([]string{"Pod shop/bot in c.yaml:1"}, names(input)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	for _, want := range []string{"b.yaml: is a named pipe", "d.yaml: is a device", "e.yaml: cannot be opened (no such file or directory)", "f.yaml: is a folder"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
}

// A shell passes the output of `<(kubectl kustomize .)` as an open pipe.
func TestOpenPipesAreRead(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if _, err := out.WriteString(pod); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	input, err := read(t, accepting{}, "", fmt.Sprintf("/dev/fd/%d", in.Fd()))
	if err != nil || len(input.Objects) != 1 {
		t.Errorf("objects %v, error %v", names(input), err)
	}
}

func TestUnreadableSubfolderIsNamed(t *testing.T) {
	folder := t.TempDir()
	closed := filepath.Join(folder, "a", "closed")
	write(t, filepath.Join(closed, "pod.yaml"), pod)
	write(t, filepath.Join(folder, "b.yaml"), pod)
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(closed, 0o700) })
	for path, mode := range map[string]os.FileMode{filepath.Join(folder, "b.yaml"): 0o644, filepath.Dir(folder): 0o755} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if os.Geteuid() == 0 { // Permissions do not bind root, so this thread gives up root's access to files.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := syscall.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Setfsuid(0) }()
	}
	input, err := readRecursively(t, folder)
	if want := closed + ": cannot be read (permission denied): "; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	if diff := cmp.Diff([]string{"Pod shop/bot in b.yaml:1"}, names(input)); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}
