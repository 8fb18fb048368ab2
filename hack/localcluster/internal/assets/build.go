package assets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// heartbeat is how often a running build says that it is alive: short
	// enough that nobody takes kube-apiserver's four minutes for a hang.
	heartbeat = 15 * time.Second
	// lockRetry is how often a waiting build looks whether the other one ended.
	lockRetry = time.Second
	// failureLines is how much of the compiler's output a failure quotes.
	failureLines = 30
)

// Build makes the programs that are not there yet at their version and writes
// its progress to out. A program appears under its name only when it is whole;
// one that is stamped with the same version, go.sum and flags is left alone, and
// so is one that the user brings by KUBEBUILDER_ASSETS. A second Build of the
// same folder waits for the first. Canceling ctx ends the compiler too.
func (s *Set) Build(ctx context.Context, out io.Writer) error {
	if err := os.MkdirAll(s.own(), 0o755); err != nil {
		return fmt.Errorf("folder of the programs: %w", err)
	}
	unlock, err := s.lock(ctx, out)
	if err != nil {
		return fmt.Errorf("lock %s: %w", s.root, err)
	}
	defer unlock()

	if s.hasNode() {
		if err := s.unpackSystem(ctx, out); err != nil {
			return fmt.Errorf("programs of the system: %w", err)
		}
	}
	if missing := s.missing(); missing > 0 {
		fmt.Fprintf(out, "Building %d of %d programs into %s (all of them take about %d minutes once, on two cores)\n",
			missing, len(s.programs), s.own(), s.minutes())
	}
	for i, p := range s.programs {
		label := fmt.Sprintf("[%d/%d] %s %s", i+1, len(s.programs), p.name, s.versionOf(p))
		if err := s.make(ctx, p, progress{out, label, s.heartbeat}); err != nil {
			return fmt.Errorf("build %s: %w", p.name, err)
		}
	}
	fmt.Fprintf(out, "Kubernetes %s is in %s\n", s.Version(), s.Path())
	return nil
}

// minutes is what all programs take on two cores with cold caches.
func (s *Set) minutes() int {
	if s.hasNode() {
		return 12
	}
	return 7
}

func (s *Set) hasNode() bool { return len(s.programs) > len(controlPlane()) }

// missing counts the programs that Build will compile.
func (s *Set) missing() int {
	count := 0
	for _, p := range s.programs {
		if !s.usersOwn(p) && !s.current(p) {
			count++
		}
	}
	return count
}

// make builds one program unless it is there already.
func (s *Set) make(ctx context.Context, p program, show progress) error {
	switch {
	case s.usersOwn(p):
		show.line("is in " + Env)
		return nil
	case s.current(p):
		show.line("is there")
		return nil
	}
	started := time.Now()
	target := filepath.Join(s.own(), p.name)
	part := filepath.Join(s.own(), "."+p.name+".part")
	if err := s.compile(ctx, p, part, show); err != nil {
		return err
	}
	// The old stamp goes first: an end in between means a needless build, never
	// a new stamp on an old program.
	if err := os.RemoveAll(s.stampFile(p)); err != nil {
		return err
	}
	if err := os.Rename(part, target); err != nil {
		return err
	}
	if err := os.WriteFile(s.stampFile(p), []byte(s.stamp(p)), 0o644); err != nil {
		return err
	}
	show.line(fmt.Sprintf("%.0f s", time.Since(started).Seconds()))
	return nil
}

// compile runs the Go compiler for one program, in a process group of its own
// so that canceling ends the compiler's children as well.
func (s *Set) compile(ctx context.Context, p program, target string, show progress) error {
	tool, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("the go command is needed: %w", err)
	}
	output := &compilerOutput{}
	cmd := exec.CommandContext(ctx, tool, "build", "-v", "-mod=readonly", "-trimpath",
		"-ldflags", s.linkFlags(), "-o", target, p.pkg)
	cmd.Dir = filepath.Join(s.source, p.folder)
	cmd.Stdout, cmd.Stderr = output, output
	// The programs run here, whatever the caller compiles for.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	stop := show.beat(output)
	err = cmd.Run()
	stop()
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w\n%s", err, output.tail(failureLines))
	}
	return err
}

// linkFlags carries the version into the programs: without it the API server
// calls itself v0.0.0-master and kubectl cannot read that.
func (s *Set) linkFlags() string {
	version := strings.SplitN(strings.TrimPrefix(s.Version(), "v"), ".", 3)
	flags := []string{"-s", "-w"}
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		flags = append(flags,
			"-X", pkg+".gitVersion="+s.Version(),
			"-X", pkg+".gitMajor="+version[0],
			"-X", pkg+".gitMinor="+version[1])
	}
	return strings.Join(flags, " ")
}

// current tells whether a program is there and made from the same input.
func (s *Set) current(p program) bool {
	stamp, err := os.ReadFile(s.stampFile(p))
	return err == nil && string(stamp) == s.stamp(p) && executable(filepath.Join(s.own(), p.name))
}

func (s *Set) usersOwn(p program) bool {
	return s.user != "" && executable(filepath.Join(s.user, p.name))
}

func (s *Set) stampFile(p program) string {
	return filepath.Join(s.own(), "."+p.name+".stamp")
}

// stamp names everything that a program was made from.
func (s *Set) stamp(p program) string {
	hash := sha256.New()
	hash.Write([]byte(s.modules[p.folder].goSum))
	hash.Write([]byte(s.linkFlags()))
	if strings.HasPrefix(p.pkg, own) {
		s.hashSource(hash)
	}
	return s.versionOf(p) + " " + hex.EncodeToString(hash.Sum(nil)) + "\n"
}

// hashSource adds this module's own Go files. One that cannot be read fails the build that follows.
func (s *Set) hashSource(hash io.Writer) {
	_ = filepath.WalkDir(s.source, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(hash, "%s %d\n%s", path, len(text), text)
		return err
	})
}

// lock takes the folder's lock, waiting for another build to end. The kernel
// frees it when this process ends, however that happens.
func (s *Set) lock(ctx context.Context, out io.Writer) (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(s.root, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for waited := false; ; waited = true {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(err, file.Close())
		}
		if !waited {
			fmt.Fprintln(out, "Another build of the same folder is running; waiting for it")
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		case <-time.After(lockRetry):
		}
	}
}

// progress writes the lines of one program.
type progress struct {
	out       io.Writer
	label     string
	heartbeat time.Duration
}

func (p progress) line(text string) { fmt.Fprintf(p.out, "%s … %s\n", p.label, text) }

// beat starts the heartbeat. Its goroutine ends, and has written its last line,
// when the returned function returns.
func (p progress) beat(output *compilerOutput) (stop func()) {
	started, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(p.heartbeat)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				p.line(fmt.Sprintf("%.0f s, at %s", time.Since(started).Seconds(), output.tail(1)))
			}
		}
	}()
	return func() { close(done); <-ended }
}

// compilerOutput collects what `go build -v` writes: a line for each package or
// download, or the errors. It is safe for concurrent use.
type compilerOutput struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *compilerOutput) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

// tail returns the last n lines.
func (c *compilerOutput) tail(n int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(c.text.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
