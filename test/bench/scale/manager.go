package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/chaperone-dev/chaperone/test/bench/proc"
)

// image stands for the sidecar's; nothing pulls it.
const image = "registry.example/chaperone/sidecar@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

// manager is the manager of one tree, which can run several times.
type manager struct {
	program, kubeconfig, folder string
	webhookAddress              string
	// memoryLimit is the value of GOMEMLIMIT; empty for none.
	memoryLimit string

	probe   string
	command *exec.Cmd
	log     *os.File
}

// start starts the manager and returns when it is ready.
func (m *manager) start(ctx context.Context) error {
	var err error
	if m.probe, err = proc.FreeAddress(); err != nil {
		return err
	}
	_, port, _ := strings.Cut(m.webhookAddress, ":")
	if m.log, err = os.OpenFile(filepath.Join(m.folder, "manager.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	// The process outlives the step that starts it. stop ends it.
	m.command = exec.CommandContext(context.WithoutCancel(ctx), m.program, "--kubeconfig", m.kubeconfig, "--sidecar-image", image,
		"--webhook-host", "127.0.0.1", "--webhook-url-host", "127.0.0.1", "--webhook-port", port, "--shutdown-delay", "100ms",
		"--health-probe-bind-address", m.probe, "--metrics-bind-address", "0")
	m.command.Stdout, m.command.Stderr = m.log, m.log
	m.command.Env = append(os.Environ(), "GOMEMLIMIT="+m.memoryLimit)
	if err := m.command.Start(); err != nil {
		return fmt.Errorf("start manager: %w", err)
	}
	for range 1200 {
		if m.isReady(ctx) {
			return nil
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("the manager is not ready after two minutes; see %s", m.log.Name())
}

func (m *manager) isReady(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.probe+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// stop asks the manager to end, so that it gives up leadership, and waits for it.
func (m *manager) stop() error {
	if m.command == nil || m.command.Process == nil {
		return nil
	}
	err := m.command.Process.Signal(syscall.SIGTERM)
	if err == nil {
		err = m.command.Wait()
	}
	m.command = nil
	return errors.Join(err, m.log.Close())
}

func (m *manager) pid() int { return m.command.Process.Pid }

// readPeak returns the greatest resident memory that the process has had, in MiB.
func readPeak(pid int) (int, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			return kib / 1024, err
		}
	}
	return 0, errors.New("/proc/PID/status has no VmHWM")
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
