package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// stopGrace is how long a process may take to stop before it is killed.
const stopGrace = 20 * time.Second

// A process is a program that the demo started. On Linux it ends when the demo ends.
type process struct {
	name, log string
	cmd       *exec.Cmd
	exited    chan struct{}
}

// start starts a program, which runs until stopAll. Its output goes to a log file.
func (s *stage) start(name, program string, args ...string) (*process, error) {
	return s.startWith(nil, name, program, args...)
}

// startWith starts a process as start does, with further variables of the environment (NAME=value).
func (s *stage) startWith(variables []string, name, program string, args ...string) (*process, error) {
	log := filepath.Join(s.work, name+".log")
	file, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = s.root, append(os.Environ(), variables...)
	cmd.Stdout, cmd.Stderr = file, file
	cmd.SysProcAttr = processAttributes()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{name: name, log: log, cmd: cmd, exited: make(chan struct{})}
	// This goroutine ends with the process, which stopAll stops.
	go func() { _ = cmd.Wait(); close(p.exited) }()
	s.processes = append(s.processes, p)
	return p, nil
}

// checkAlive returns an error when the process has ended.
func (p *process) checkAlive() error {
	select {
	case <-p.exited:
		return fmt.Errorf("%s has ended: %s", p.name, p.cmd.ProcessState)
	default:
		return nil
	}
}

// waitReady polls check until it returns no error. If the process ends before that, waitReady returns an error at once.
func (s *stage) waitReady(ctx context.Context, p *process, check func() error) error {
	var ended error
	err := waitFor(ctx, p.name, func() error {
		if ended = p.checkAlive(); ended != nil {
			return nil // Stops the polling.
		}
		return check()
	})
	return errors.Join(ended, err)
}

// stop asks the process to end, and kills it after stopGrace.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(stopGrace):
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
}

// stopAll stops everything, last started first, and removes the work folder.
func (s *stage) stopAll() {
	for _, p := range slices.Backward(s.processes) {
		p.stop()
	}
	_ = os.RemoveAll(s.work)
}

// showLogs prints the last lines of every process, for a reader who has to find out why a step did not hold.
func (s *stage) showLogs() {
	const lines = 25
	for _, p := range s.processes {
		data, err := os.ReadFile(p.log)
		if err != nil {
			continue
		}
		tail := strings.Split(strings.TrimSpace(string(data)), "\n")
		tail = tail[max(0, len(tail)-lines):]
		fmt.Fprintf(s.out, "\n── last lines of %s\n%s\n", p.name, strings.Join(tail, "\n"))
	}
}
