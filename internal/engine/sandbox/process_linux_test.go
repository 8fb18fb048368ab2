package sandbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/worker"
)

// listWorkers returns the process IDs of the workers that a process has started.
func listWorkers(t testing.TB, parent int) []int {
	t.Helper()
	var found []int
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // A thread that has ended.
		}
		for _, field := range strings.Fields(string(content)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil && bytes.Contains(line, []byte(worker.Argument)) {
				found = append(found, pid)
			}
		}
	}
	return found
}

// findWorker returns the process ID of the only worker of this process.
func findWorker(t testing.TB) int {
	t.Helper()
	pids := listWorkers(t, os.Getpid())
	if len(pids) != 1 {
		t.Fatalf("there are %d workers", len(pids))
	}
	return pids[0]
}

// eventually waits until a condition that depends on another process holds.
func eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !happened(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

func TestWorkerHasNothing(t *testing.T) {
	t.Setenv("SECRET", "for the parent only")
	kept, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	compile(t, newRunner(t, sandbox.Limits{}), sandboxtest.NewSource(sandboxtest.Passing))
	proc := fmt.Sprintf("/proc/%d/", findWorker(t))
	if environment, err := os.ReadFile(proc + "environ"); err != nil || len(environment) > 0 {
		t.Errorf("environment %q, %v", environment, err)
	}
	if folder, err := os.Readlink(proc + "cwd"); err != nil || folder != "/" {
		t.Errorf("working directory %q, %v", folder, err)
	}
	files, err := os.ReadDir(proc + "fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		target, err := os.Readlink(proc + "fd/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		// What the program itself opens when it starts: the runtime its poller and the limit of CPUs, a library /dev/null.
		if !slices.ContainsFunc([]string{"pipe:", "anon_inode:", "/sys/fs/cgroup", "/dev/null"}, func(own string) bool {
			return strings.HasPrefix(target, own)
		}) {
			t.Errorf("open file %s", target)
		}
	}
	limits, err := os.ReadFile(proc + "limits")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Max open files            0 ", "Max file size             0 ", "Max core file size        0 "} {
		if !strings.Contains(string(limits), want) {
			t.Errorf("limits without %q:\n%s", want, limits)
		}
	}
	if strings.Contains(string(limits), "Max data size             unlimited") {
		t.Errorf("the kernel gives it any memory:\n%s", limits)
	}
}

// TestWorkerKilled kills the worker from outside. If the worker has responded before, the request is repeated. Otherwise the error does not
// blame the rule.
func TestWorkerKilled(t *testing.T) {
	r := newRunner(t, sandbox.Limits{Time: 2 * time.Second})
	good := compile(t, r, sandboxtest.NewSource(sandboxtest.Passing))
	if err := syscall.Kill(findWorker(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Evaluate(t.Context(), good, sandboxtest.RuleID, newInput(`{}`)); err != nil {
		t.Errorf("killed while it had nothing to do: %v", err)
	}
	r.Close()

	r = newRunner(t, sandbox.Limits{Time: 2 * time.Second})
	endless, err := worker.Compile(sandboxtest.NewSource(sandboxtest.EndlessLoop))
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		_, err := r.Evaluate(t.Context(), endless, sandboxtest.RuleID, newInput(`{}`))
		failed <- err
	}()
	eventually(t, "a worker", func() bool { return len(listWorkers(t, os.Getpid())) == 1 })
	if err := syscall.Kill(findWorker(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	var limit *sandbox.LimitError
	if err := <-failed; err == nil || errors.As(err, &limit) {
		t.Errorf("killed in its first evaluation: got %v, want an error that is not a LimitError", err)
	}
	if _, err := r.Evaluate(t.Context(), good, sandboxtest.RuleID, newInput(`{}`)); err != nil {
		t.Errorf("the next evaluation: %v", err)
	}
}

// TestWorkerStops exceeds the time limit: a worker survives an evaluation that it can stop, and ends after one that it cannot.
func TestWorkerStops(t *testing.T) {
	r := newRunner(t, sandbox.Limits{Time: 50 * time.Millisecond})
	for body, survives := range map[string]bool{sandboxtest.EndlessLoop: true, endlessBuiltin: false} {
		p := compile(t, r, sandboxtest.NewSource(body))
		before := findWorker(t)
		_, err := r.Evaluate(t.Context(), p, sandboxtest.RuleID, newInput(`{}`))
		checkLimit(t, err, sandboxtest.RuleID, sandbox.LimitTime)
		after := listWorkers(t, os.Getpid())
		if got := slices.Contains(after, before); got != survives {
			t.Errorf("the worker survives: %v, want %v:\n%s", got, survives, body)
		}
	}
}

// TestWorkerHangs suspends a worker that has responded before: the runner replaces it and repeats the request.
func TestWorkerHangs(t *testing.T) {
	r := newRunner(t, sandbox.Limits{Time: 20 * time.Millisecond})
	good := compile(t, r, sandboxtest.NewSource(sandboxtest.Passing))
	pid := findWorker(t)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a stopped worker", func() bool { return readState(pid) == "T" })
	if _, err := r.Evaluate(t.Context(), good, sandboxtest.RuleID, newInput(`{}`)); err != nil {
		t.Error(err)
	}
	if findWorker(t) == pid {
		t.Error("the worker that hung is still there")
	}
}

// TestFirstRequestFails starts workers that fail at their first request. No other module can be the cause, so the request is not repeated,
// and the error tells what happened.
func TestFirstRequestFails(t *testing.T) {
	program, err := worker.Compile(sandboxtest.NewSource(sandboxtest.Passing))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		script string
		want   string
	}{
		"it never responds: the time limit":     {"exec sleep 1000", "organisation.tested exceeds the limit of time: 20ms are allowed"},
		"it got no memory: the memory limit":    {"echo fatal error: runtime: out of memory >&2; exit 2", "organisation.tested exceeds the limit of memory: 64 MiB are allowed"},
		"it ends: how, and what it said":        {"echo what it said >&2; echo and more >&2; exit 3", "worker ended (exit status 3) what it said:"},
		"it is killed: the signal, not a limit": {"kill -KILL $$", "worker ended (signal: killed)"},
	} {
		t.Run(name, func(t *testing.T) {
			r := sandbox.NewRunner(sandbox.Options{
				Command: []string{"/bin/sh", "-c", "PATH=/usr/bin:/bin; head -c 1 >/dev/null; " + test.script},
				Limits:  sandbox.Limits{Time: 20 * time.Millisecond, CompileTime: 20 * time.Millisecond},
			})
			defer r.Close()
			_, err := r.Evaluate(t.Context(), program, sandboxtest.RuleID, newInput(`{}`))
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			var limit *sandbox.LimitError
			if isLimit := strings.Contains(test.want, "exceeds the limit"); errors.As(err, &limit) != isLimit {
				t.Errorf("error %T, want a LimitError: %t", err, isLimit)
			}
		})
	}
}

func TestNoCommand(t *testing.T) {
	r := sandbox.NewRunner(sandbox.Options{})
	defer r.Close()
	if _, err := r.Compile(t.Context(), sandboxtest.NewSource(sandboxtest.Passing)); err == nil || !strings.Contains(err.Error(), "it has no worker") {
		t.Errorf("error %v", err)
	}
}

func TestCloseEndsTheWorker(t *testing.T) {
	r := newRunner(t, sandbox.Limits{})
	compile(t, r, sandboxtest.NewSource(sandboxtest.Passing))
	r.Close()
	if pids := listWorkers(t, os.Getpid()); len(pids) > 0 {
		t.Errorf("there are workers left: %v", pids)
	}
}

// TestManyPrograms checks that programs that are no longer used do not fill a worker.
func TestManyPrograms(t *testing.T) {
	r := newRunner(t, sandbox.Limits{})
	first := compile(t, r, sandboxtest.NewSource(sandboxtest.Passing))
	pid := findWorker(t)
	for i := range 20 {
		compile(t, r, sandboxtest.NewSource(sandboxtest.Passing+strings.Repeat("#", 60<<10)+fmt.Sprint(i)))
	}
	if findWorker(t) == pid {
		t.Error("one worker keeps more than a MiB of programs")
	}
	if _, err := r.Evaluate(t.Context(), first, sandboxtest.RuleID, newInput(`{}`)); err != nil {
		t.Error(err)
	}
}

const asParent = "MODULE_TEST_PARENT"

// TestParentDies kills a parent whose worker is idle, and one whose worker is busy.
func TestParentDies(t *testing.T) {
	for name, body := range map[string]string{"idle": sandboxtest.Passing, "busy": sandboxtest.EndlessLoop} {
		t.Run(name, func(t *testing.T) {
			parent := exec.Command(os.Args[0], "-test.run=^TestParentToBeKilled$")
			parent.Env = append(os.Environ(), asParent+"="+body)
			out, err := parent.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := parent.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := out.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			pids := listWorkers(t, parent.Process.Pid)
			if len(pids) != 1 {
				t.Fatalf("the parent has %d workers", len(pids))
			}
			if err := parent.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = parent.Wait()
			eventually(t, "the end of the worker", func() bool { return hasEnded(pids[0]) })
		})
	}
}

// hasEnded reports whether a process has ended. Its parent may or may not have waited for it.
func hasEnded(pid int) bool {
	state := readState(pid)
	return state == "" || state == "Z"
}

// readState returns the state of a process in the letters of proc(5) (R, S, T, Z), or "" if there is no such process.
func readState(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, rest, _ := bytes.Cut(stat, []byte(") "))
	return string(rest[:1])
}

// TestParentToBeKilled runs the parent process of TestParentDies.
func TestParentToBeKilled(t *testing.T) {
	body := os.Getenv(asParent)
	if body == "" {
		t.Skip("it is run by TestParentDies")
	}
	r := newRunner(t, sandbox.Limits{Time: time.Minute})
	p := compile(t, r, sandboxtest.NewSource(body))
	if body == sandboxtest.EndlessLoop {
		go func() { _, _ = r.Evaluate(t.Context(), p, sandboxtest.RuleID, newInput(`{}`)) }()
	}
	fmt.Println("ready")
	select {}
}

// BenchmarkEvaluate evaluates a small rule in the worker, for a new input each time. It also reports the memory of the worker.
func BenchmarkEvaluate(b *testing.B) {
	r := newRunner(b, sandbox.Limits{})
	p := compile(b, r, newRetentionSource(20))
	b.Run("another input", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			input := newInput(fmt.Sprintf(`{"retention": {"transcriptDays": %d}}`, i))
			if _, err := r.Evaluate(b.Context(), p, sandboxtest.RuleID, input); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("same input", func(b *testing.B) {
		input := newInput(`{"retention": {"transcriptDays": 30}}`)
		for b.Loop() {
			if _, err := r.Evaluate(b.Context(), p, sandboxtest.RuleID, input); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("resident memory", func(b *testing.B) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", findWorker(b)))
		if err != nil {
			b.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(status), "VmRSS:")
		kib, err := strconv.Atoi(strings.Fields(rest)[0])
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
		}
		b.ReportMetric(float64(kib)/1024, "MiB")
	})
}
