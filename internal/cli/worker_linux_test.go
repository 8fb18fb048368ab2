package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// listWorkers returns the workers that this process has started and that run.
func listWorkers(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	command := sandboxtest.Command(t)
	argument := []byte(command[len(command)-1])
	var workers []string
	for _, file := range files {
		children, err := os.ReadFile(file)
		if err != nil {
			continue // The thread has ended.
		}
		for _, pid := range strings.Fields(string(children)) {
			if line, err := os.ReadFile(fmt.Sprintf("/proc/%s/cmdline", pid)); err == nil && bytes.Contains(line, argument) {
				workers = append(workers, pid)
			}
		}
	}
	return workers
}

func TestNoCommandLeavesItsWorker(t *testing.T) {
	for _, command := range []string{"check", "split"} {
		t.Run(command, func(t *testing.T) {
			got := run(t, ownEngine, house+"\n---\n"+shop+"\n---\n"+input(t, builders.ChatbotDeployment()), command, "-")
			if got.exit == cli.ExitBadInput {
				t.Fatalf("exit code %d, stderr %s", got.exit, got.err)
			}
			if workers := listWorkers(t); len(workers) > 0 {
				t.Errorf("the processes %v are left", workers)
			}
		})
	}
}
