package faults

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// skew is by how much the clock of a process differs from that of the machine. It can be changed while the process runs.
type skew struct{ path string }

// skewVariable names the file with the seconds by which the clock differs, in the environment of programs that buildSkewed builds.
const skewVariable = "CHAPERONE_FAULTS_CLOCK"

func newSkew(t *testing.T, by time.Duration) *skew {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "clock")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	s := &skew{file.Name()}
	s.set(t, by)
	return s
}

// set sets the clock, also of processes that run: they map the file into their memory.
func (s *skew) set(t *testing.T, by time.Duration) {
	t.Helper()
	file, err := os.OpenFile(s.path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	seconds := int64(by / time.Second)
	if _, err := file.Write((*[8]byte)(unsafe.Pointer(&seconds))[:]); err != nil {
		t.Fatal(err)
	}
}

func (s *skew) variable() string { return skewVariable + "=" + s.path }

// skewedNow is what a skewed program has in place of the first line of time.Now. Timers and deadlines stay right, as they do on a machine whose
// clock is set: they count from the start of the machine.
const (
	rightNow  = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	skewedNow = rightNow + "\tsec = addSkew(sec)\n"
	// skewSource is added to package time.
	skewSource = `package time

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

var skew = mapSkew()

func mapSkew() *int64 {
	path, isSet := syscall.Getenv("` + skewVariable + `")
	if !isSet {
		return new(int64) // The manager gives no environment to its worker.
	}
	file, err := syscall.Open(path, syscall.O_RDONLY, 0)
	if err != nil {
		panic("open " + path + ": " + err.Error())
	}
	page, err := syscall.Mmap(file, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic("map " + path + ": " + err.Error())
	}
	return (*int64)(unsafe.Pointer(&page[0]))
}

func addSkew(seconds int64) int64 { return seconds + atomic.LoadInt64(skew) }
`
)

// buildSkewed builds the manager and the sidecar with another time.Now, and returns their folder. Everything else in them is as in bin: package
// time is replaced when they are compiled, so that neither program has a switch for its clock. This compiles all that they consist of.
func (w *world) buildSkewed(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	standard := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	now, err := os.ReadFile(filepath.Join(standard, "time.go"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(now), rightNow) != 1 {
		t.Fatal("time.Now is another one in this version of Go")
	}
	changed := strings.Replace(string(now), rightNow, skewedNow, 1)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(standard, "time.go"): writeFile(t, folder, "time.go", []byte(changed)),
		filepath.Join(standard, "skew.go"): writeFile(t, folder, "skew.go", []byte(skewSource)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", writeFile(t, folder, "overlay.json", overlay), "-trimpath", "-ldflags", "-s -w",
		"-o", folder, "./cmd/manager", "./cmd/sidecar")
	build.Dir = w.root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build programs with another clock: %v\n%s", err, out)
	}
	t.Logf("built programs with another clock in %s", time.Since(began).Round(time.Second))
	return folder
}
