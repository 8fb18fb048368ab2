package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
)

// Files that Init inherits: what to do, and the pipe that Sweep watches.
const (
	instructionsFile = 3
	aliveFile        = 4
)

// Init is the first process of the node. It returns the exit code of the cluster that it ran.
func Init() (int, error) {
	var todo instructions
	in := os.NewFile(instructionsFile, "instructions")
	if err := json.NewDecoder(in).Decode(&todo); err != nil {
		return 1, fmt.Errorf("read instructions: %w", err)
	}
	if err := in.Close(); err != nil {
		return 1, err
	}
	if err := mounts(); err != nil {
		return 1, err
	}
	if err := connect(tool{"ip", todo.SearchPath}, todo.Network); err != nil {
		return 1, fmt.Errorf("connect the node: %w", err)
	}
	if err := makeGroup(todo.Network.Name()); err != nil {
		return 1, err
	}
	if err := syscall.Sethostname([]byte(todo.Network.Name())); err != nil {
		return 1, fmt.Errorf("name the node: %w", err)
	}
	return runAndCollect(todo)
}

// mounts gives the node folders of its own where its programs write, whatever their flags say: /run, and /var as a copy that
// is written to memory.
func mounts() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts from the host: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	if err := syscall.Mount("run", "/run", "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mount /run: %w", err)
	}
	for _, dir := range []string{"netns", "cni-ipam", "containerd", "var-upper", "var-work"} {
		if err := os.MkdirAll(filepath.Join("/run", dir), 0o755); err != nil {
			return err
		}
	}
	if err := syscall.Mount("var", "/var", "overlay", 0, "lowerdir=/var,upperdir=/run/var-upper,workdir=/run/var-work"); err != nil {
		return fmt.Errorf("mount an overlay on /var: %w", err)
	}
	return nil
}

func connect(ip tool, n Network) error {
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"addr", "add", netip.PrefixFrom(n.Node(), 24).String(), "dev", uplink},
		{"link", "set", uplink, "up"},
		{"route", "add", "default", "via", n.Host().String()},
	} {
		if err := ip.run(args...); err != nil {
			return err
		}
	}
	// Pods reach each other, and the host, through the node.
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644)
}

// runAndCollect runs the cluster and waits for every process that ends, as a first process must. os/exec would wait for its own
// children beside that, so it is not used here.
func runAndCollect(todo instructions) (int, error) {
	if err := os.Setenv("PATH", todo.SearchPath); err != nil {
		return 1, err
	}
	pid, err := syscall.ForkExec("/proc/self/exe", append([]string{os.Args[0]}, todo.Args...), &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{0, 1, 2, aliveFile},
	})
	if err != nil {
		return 1, fmt.Errorf("run the cluster: %w", err)
	}
	for {
		var status syscall.WaitStatus
		got, err := syscall.Wait4(-1, &status, 0, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return 1, fmt.Errorf("wait for the cluster: %w", err)
		}
		if got == pid {
			return max(status.ExitStatus(), 0) + signaled(status), nil
		}
	}
}

// signaled is 128 and the signal for a process that a signal ended, as shells count.
func signaled(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return 0
}
