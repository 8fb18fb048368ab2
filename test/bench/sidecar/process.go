package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/test/bench/proc"
)

// server is one process under test.
type server struct {
	name, address string
	cmd           *exec.Cmd
}

// start runs a program and waits until it listens.
func start(ctx context.Context, name, address, program string, args ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	s := &server{name: name, address: address, cmd: cmd}
	for range 200 {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return s, conn.Close()
		}
		time.Sleep(25 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("start %s: it does not listen on %s", name, address)
}

func (s *server) stop() {
	// It is this program's own child; how it ends does not matter any more.
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// resident is the memory of the process in KiB.
func (s *server) resident() (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		}
	}
	return 0, errors.New("no VmRSS in the process status")
}

// buildSidecar makes the binary as it is shipped: static, stripped.
func buildSidecar(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "sidecar")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary,
		"github.com/chaperone-dev/chaperone/cmd/sidecar")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build sidecar: %w: %s", err, out)
	}
	return binary, nil
}

// everything is a configuration with all filters on. With the mode ModeObserve the sidecar only counts what they would do.
func everything(listen, upstream, mode string) ([]byte, error) {
	return sidecarconfig.Config{
		Mode:    mode,
		Version: sidecarconfig.Version, Chatbot: "shop/support", Revision: "bench",
		Ports: []sidecarconfig.Port{{Name: "http", Shape: sidecarconfig.DefaultShape, Listen: listen, Upstream: upstream}},
		Disclose: &sidecarconfig.Disclose{
			Placements:      sidecarconfig.Placements(),
			Statements:      map[string]string{"en": statement, "de": "Sie chatten mit einem KI-System."},
			DefaultLanguage: "en", RepeatHours: 3, Marking: sidecarconfig.Markings(),
		},
		Redact:  sidecarconfig.Detectors(),
		Handoff: &sidecarconfig.Handoff{URL: "https://desk.shop.example/handoff", Mode: "on-request", MaxWaitSeconds: 180},
		Notice:  &sidecarconfig.Notice{PrivacyNoticeURL: "https://shop.example/privacy", TermsURL: "https://shop.example/terms"},
	}.Marshal()
}

const statement = "You are chatting with an AI system."

// servers are the processes of one run. A field is nil if its process has not started.
type servers struct{ app, bare, governed, observing *server }

// stop ends those that have started.
func (s servers) stop() {
	for _, one := range []*server{s.app, s.bare, s.governed, s.observing} {
		if one != nil {
			one.stop()
		}
	}
}

// startAll runs app, bare proxy, and two sidecars: one that governs and one that observes. After an error the caller must stop those that
// have started.
func startAll(ctx context.Context, dir, binary string) (s servers, err error) {
	self, err := os.Executable()
	if err != nil {
		return s, err
	}
	addresses, err := freeAddresses(2)
	if err != nil {
		return s, err
	}
	if s.app, err = start(ctx, "app", addresses[0], self, roleApp, addresses[0]); err != nil {
		return s, err
	}
	upstream := "http://" + addresses[0]
	if s.bare, err = start(ctx, "bare", addresses[1], self, roleBare, addresses[1], upstream); err != nil {
		return s, err
	}
	if s.governed, err = startSidecar(ctx, filepath.Join(dir, "governed.json"), binary, upstream, ""); err != nil {
		return s, err
	}
	s.observing, err = startSidecar(ctx, filepath.Join(dir, "observing.json"), binary, upstream, sidecarconfig.ModeObserve)
	return s, err
}

// startSidecar runs a sidecar in the mode; it writes the configuration to the file.
func startSidecar(ctx context.Context, config, binary, upstream, mode string) (*server, error) {
	addresses, err := freeAddresses(3)
	if err != nil {
		return nil, err
	}
	file, err := everything(addresses[0], upstream, mode)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(config, file, 0o600); err != nil {
		return nil, err
	}
	return start(ctx, "sidecar "+mode, addresses[0], binary, "--unsigned", "--config", config, "--admin", addresses[1], "--egress", addresses[2])
}

func freeAddresses(n int) ([]string, error) {
	addresses := make([]string, n)
	for i := range addresses {
		var err error
		if addresses[i], err = proc.FreeAddress(); err != nil {
			return nil, err
		}
	}
	return addresses, nil
}
