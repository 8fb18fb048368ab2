package process

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFailureNamesTheProgramAndQuotesItsLog(t *testing.T) {
	c, err := Start("/bin/sh", []string{"-c", "echo address in use; exit 3"}, t.TempDir(), filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	got := c.Failure().Error()
	want := "sh ended (exit status 3); last lines of its log:\naddress in use"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestStopEndsAProgramThatIgnoresTheRequest(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	c, err := Start("/bin/sh", []string{"-c", "trap '' TERM; echo deaf; sleep 600 & wait"}, t.TempDir(), log)
	if err != nil {
		t.Fatal(err)
	}
	for c.tail(1) != "deaf" {
		runtime.Gosched()
	}
	c.grace = 50 * time.Millisecond
	c.Stop()
	if got := c.Failure().Error(); !strings.Contains(got, "signal: killed") {
		t.Errorf("got %q, want an end by SIGKILL", got)
	}
	// The program's own child is gone once its new parent has collected it.
	deadline := time.After(10 * time.Second)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !errors.Is(syscall.Kill(-c.pid, 0), syscall.ESRCH) {
		select {
		case <-deadline:
			t.Fatal("the program's own child is still there")
		case <-ticker.C:
		}
	}
}

func TestProgramThatIsNotThere(t *testing.T) {
	_, err := Start("/nonexistent/etcd", nil, t.TempDir(), filepath.Join(t.TempDir(), "log"))
	if err == nil || !strings.Contains(err.Error(), "start etcd: ") {
		t.Errorf("error %v, want one that names etcd", err)
	}
}
