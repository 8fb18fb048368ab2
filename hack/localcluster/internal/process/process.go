// Package process runs the programs of a cluster as children that never outlive
// their parent: each has its own process group, a log file, and on Linux a
// signal from the kernel when the parent dies, however that happens.
package process

import (
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

// Child is a running program.
type Child struct {
	// Name is the program's name, also that of its log.
	Name string
	// Log is the file that holds its output.
	Log string

	pid   int
	err   error
	done  chan struct{}
	grace time.Duration
}

// Start runs the program at path in the folder dir, with a small environment of
// its own, and its output in the file log, which is started afresh.
func Start(path string, args []string, dir, log string) (*Child, error) {
	output, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = output, output
	// Variables such as ETCD_* and KUBE* of the caller would configure them.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir}
	cmd.SysProcAttr = attributes()
	c := &Child{Name: filepath.Base(path), Log: log, done: make(chan struct{}), grace: grace}
	started := make(chan error)
	// This goroutine ends when the child does. The kernel's signal follows the
	// thread that started the child, so that thread must live as long.
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			c.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			c.err = cmd.Wait()
			close(c.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	return c, nil
}

// Done is closed when the child has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// Failure describes an end that nobody asked for, with the last lines of the
// log. Call it after Done.
func (c *Child) Failure() error {
	state := "exit status 0"
	if c.err != nil {
		state = c.err.Error()
	}
	return fmt.Errorf("%s ended (%s); last lines of its log:\n%s", c.Name, state, c.tail(15))
}

// Stop ends the child and what it started: SIGTERM, then SIGKILL after a grace
// of 5 s. It returns when the child is gone.
func (c *Child) Stop() {
	c.signal(syscall.SIGTERM)
	select {
	case <-c.done:
	case <-time.After(c.grace):
	}
	c.signal(syscall.SIGKILL)
	<-c.done
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
