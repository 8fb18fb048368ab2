//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// runsProgram is set in the environment of a test binary that runs the program instead of the tests.
const runsProgram = "RUN_KUBECTL_CHAPERONE"

func TestMain(m *testing.M) {
	if os.Getenv(runsProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// A program that waits for input ends on a signal.
func TestSignalsEndTheProgram(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, command := range []string{"check", "split"} {
			t.Run(command+" "+signal.String(), func(t *testing.T) {
				t.Parallel()
				program := exec.CommandContext(t.Context(), os.Args[0], command, "-")
				program.Env = append(os.Environ(), runsProgram+"=1")
				in, err := program.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := program.Start(); err != nil {
					t.Fatal(err)
				}
				// More than a pipe holds: when all is written, the program has begun to read, and waits for more.
				if _, err := in.Write(bytes.Repeat([]byte("#"), 1<<20)); err != nil {
					t.Fatal(err)
				}
				if err := program.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				// A program that went on would now read the end of its input, and exit.
				if err := in.Close(); err != nil {
					t.Fatal(err)
				}
				_ = program.Wait()
				if status := program.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != signal {
					t.Errorf("the program ended with %v, want the signal", program.ProcessState)
				}
			})
		}
	}
}
