// Package process runs the programs of a cluster as children that never outlive
// their parent: each has its own process group, a log file, and on Linux a
// signal from the kernel when the parent dies, however that happens.
package process

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// grace is how long a child may take to end after SIGTERM. The data goes away
// with the cluster, so an API server that waits for its watchers is not worth
// more.
const grace = 5 * time.Second

// Command says what to run and how.
type Command struct {
	// Path is the program's, Args are those behind its name.
	Path string
	Args []string
	// Name is what messages call the child; the program's own name when empty.
	Name string
	// Dir is the working directory; the caller's when empty.
	Dir string
	// Environment is all of it; variables of the caller reach the child only through it.
	Environment []string
	// Input is what the child reads, nothing when nil. Output and Errors get what
	// it writes to either stream.
	Input, Output, Errors *os.File
	// Files are inherited from number 3 on.
	Files []*os.File
	// Namespaces are flags of clone(2), for Linux only: the child is the first process of new ones.
	Namespaces uintptr
	// Survives lets the child outlive its parent, in a session of its own.
	Survives bool
}

// Child is a running program.
type Child struct {
	// Name is the program's name, also that of its log.
	Name string
	// Log is the file that holds its output; empty when it has none of its own.
	Log string

	pid   int
	err   error
	done  chan struct{}
	grace time.Duration
}

// Start runs the program at path in the folder dir, with a small environment of
// its own, and its output at the end of the file log.
func Start(path string, args []string, dir, log string) (*Child, error) {
	output, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = output.Close() }()
	child, err := Run(Command{
		Path: path, Args: args, Dir: dir, Output: output, Errors: output,
		// Variables such as ETCD_* and KUBE* of the caller would configure them.
		Environment: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir},
	})
	if err != nil {
		return nil, err
	}
	child.Log = log
	return child, nil
}

// Run starts a child. The caller's ends of its files stay the caller's.
func Run(c Command) (*Child, error) {
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Dir = c.Dir
	if c.Input != nil {
		cmd.Stdin = c.Input
	}
	cmd.Stdout, cmd.Stderr = c.Output, c.Errors
	cmd.ExtraFiles = c.Files
	cmd.Env = c.Environment
	cmd.SysProcAttr = attributes(c)
	child := &Child{Name: cmp.Or(c.Name, filepath.Base(c.Path)), done: make(chan struct{}), grace: grace}
	started := make(chan error)
	// This goroutine ends when the child does. The kernel's signal follows the
	// thread that started the child, so that thread must live as long.
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			child.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			child.err = cmd.Wait()
			close(child.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", child.Name, err)
	}
	return child, nil
}

// PID is the child's process id.
func (c *Child) PID() int { return c.pid }

// Done is closed when the child has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// Failure describes an end that nobody asked for, with the last lines of the
// log. Call it after Done.
func (c *Child) Failure() error {
	state := "exit status 0"
	if c.err != nil {
		state = c.err.Error()
	}
	if c.Log == "" {
		return fmt.Errorf("%s ended (%s)", c.Name, state)
	}
	return fmt.Errorf("%s ended (%s); last lines of its log:\n%s", c.Name, state, c.tail(15))
}

// Kill ends the child and what it started at once, and returns when the child is gone.
func (c *Child) Kill() {
	c.signal(syscall.SIGKILL)
	<-c.done
}

// Stop ends the child and what it started: SIGTERM, then SIGKILL after a grace
// of 5 s. It returns when the child is gone.
func (c *Child) Stop() {
	c.signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(c.grace):
	}
	c.Kill()
}

// signal goes to the whole group; one that is gone already is no error.
func (c *Child) signal(signal syscall.Signal) { _ = syscall.Kill(-c.pid, signal) }

func (c *Child) tail(n int) string {
	text, err := os.ReadFile(c.Log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
