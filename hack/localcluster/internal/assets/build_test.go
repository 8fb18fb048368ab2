package assets

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const goMod = `module github.com/chaperone-dev/chaperone/hack/localcluster

tool k8s.io/kubernetes/cmd/kubectl

require (
	go.etcd.io/etcd/server/v3 v3.7.3
	k8s.io/kubernetes v1.37.2
)

replace k8s.io/api => k8s.io/api v0.37.2
`

// compiler is a go command that notes each call and makes a program.
const compiler = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in -o) out=$2 ;; esac
  shift
done
echo "$out" >>"$CALLS"
echo k8s.io/example/pkg >&2
`

// testSet makes a set with a compiler that ends with the given lines, and
// returns it with a function that counts the compiler's calls.
func testSet(t *testing.T, user, lines string) (*Set, func() int) {
	t.Helper()
	module, bin := t.TempDir(), t.TempDir()
	calls := filepath.Join(t.TempDir(), "calls")
	for path, text := range map[string]string{
		filepath.Join(module, "go.mod"): goMod,
		filepath.Join(module, "go.sum"): "first",
		filepath.Join(bin, "go"):        compiler + lines,
	} {
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("CALLS", calls)
	s, err := newSet(module, t.TempDir(), user, controlPlane())
	if err != nil {
		t.Fatal(err)
	}
	return s, func() int {
		text, _ := os.ReadFile(calls)
		return strings.Count(string(text), "\n")
	}
}

const works = `echo "#!/bin/sh" >"$out" && chmod +x "$out"`

func TestBuildMakesEachProgramOnce(t *testing.T) {
	s, calls := testSet(t, "", works)
	var out strings.Builder
	if err := s.Build(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"[1/4] etcd v3.7.3 … 0 s\n", "[2/4] kube-apiserver v1.37.2 … "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("progress lacks %q:\n%s", want, out.String())
		}
	}
	if err := s.Build(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	if got, want := calls(), len(controlPlane()); got != want {
		t.Errorf("compiler ran %d times in two builds, want %d", got, want)
	}
	if err := os.WriteFile(filepath.Join(s.source, "go.sum"), []byte("second"), 0o644); err != nil {
		t.Fatal(err)
	}
	changed, err := newSet(s.source, s.root, "", controlPlane())
	if err != nil {
		t.Fatal(err)
	}
	if err := changed.Build(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	if got, want := calls(), 2*len(controlPlane()); got != want {
		t.Errorf("compiler ran %d times after a change of go.sum, want %d", got, want)
	}
	for _, p := range controlPlane() {
		if path, err := s.Program(p.name); err != nil || path != filepath.Join(s.root, "v1.37.2", p.name) {
			t.Errorf("Program(%q) = %q, %v", p.name, path, err)
		}
	}
}

func TestParallelBuildsShareOneCompilation(t *testing.T) {
	s, calls := testSet(t, "", works)
	var group sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		group.Go(func() { errs[i] = s.Build(t.Context(), io.Discard) })
	}
	group.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		t.Fatal(errs[i])
	}
	if got, want := calls(), len(controlPlane()); got != want {
		t.Errorf("compiler ran %d times, want %d", got, want)
	}
}

func TestFailedBuildQuotesTheCompilerAndLeavesNoProgram(t *testing.T) {
	s, _ := testSet(t, "", works+"; echo 'undefined: example' >&2; exit 1")
	err := s.Build(t.Context(), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "build etcd: ") || !strings.Contains(err.Error(), "undefined: example") {
		t.Errorf("error %v, want one that names etcd and quotes the compiler", err)
	}
	_, err = s.Program("etcd")
	if err == nil || !strings.Contains(err.Error(), "run `localcluster build`") {
		t.Errorf("error %v, want one that says what to run", err)
	}
}

func TestCanceledBuildEndsTheCompilersChildren(t *testing.T) {
	s, calls := testSet(t, "", `sleep 600 & wait`)
	ctx, cancel := context.WithCancel(t.Context())
	s.heartbeat = time.Millisecond
	err := s.Build(ctx, writerFunc(func(p []byte) (int, error) {
		if strings.Contains(string(p), "at k8s.io/example/pkg") {
			cancel()
		}
		return len(p), nil
	}))
	if err == nil || calls() != 1 {
		t.Errorf("canceled build: error %v after %d programs, want one after 1", err, calls())
	}
}

func TestUsersProgramsAreTaken(t *testing.T) {
	user := t.TempDir()
	if err := os.WriteFile(filepath.Join(user, "etcd"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s, calls := testSet(t, user, works)
	if err := s.Build(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	if got, want := calls(), len(controlPlane())-1; got != want {
		t.Errorf("compiler ran %d times, want %d", got, want)
	}
	if path, err := s.Program("etcd"); err != nil || path != filepath.Join(user, "etcd") {
		t.Errorf("Program(etcd) = %q, %v, want the user's", path, err)
	}
	if got := s.Path(); got != user {
		t.Errorf("Path() = %q, want the user's %q", got, user)
	}
}

func TestOwnFolderInTheEnvironmentIsNotTheUsers(t *testing.T) {
	s, _ := testSet(t, "", works)
	again, err := newSet(s.source, s.root, s.own()+"/", controlPlane())
	if err != nil {
		t.Fatal(err)
	}
	if again.user != "" {
		t.Errorf("user folder %q, want none", again.user)
	}
}

func TestModuleWithoutAVersionIsRefused(t *testing.T) {
	module := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example\n", "go.sum": ""} {
		if err := os.WriteFile(filepath.Join(module, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := newSet(module, t.TempDir(), "", controlPlane()); err == nil || !strings.Contains(err.Error(), "requires no go.etcd.io") {
		t.Errorf("error %v, want one that names the missing module", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
