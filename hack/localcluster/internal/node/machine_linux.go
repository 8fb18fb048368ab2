package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/process"
)

// pidFile, in the data folder, holds the process id of the node's first process, as the host sees it.
const pidFile = "node.pid"

// uplink is the name of the link's end inside.
const uplink = "uplink"

// namespaces are the node's own. Users, cgroups and time stay the host's.
const namespaces = syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC

// instructions are what Init reads, once the link is there.
type instructions struct {
	Network    Network
	SearchPath string
	Args       []string
}

// Machine is a running node.
type Machine struct {
	// Network is where it is.
	Network Network

	init, sweep *process.Child
	// alive is an open end of the pipe that Sweep reads: it ends when this process and all of the node have.
	alive *os.File
}

// Start makes the namespaces, the link and the routes, and has Init run the cluster. Errors leave nothing behind.
func Start(o Options) (*Machine, error) {
	free, err := candidates(o.Base)
	if err != nil {
		return nil, err
	}
	tell, told, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = told.Close() }()
	ended, alive, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, tell.Close())
	}
	defer func() { _ = ended.Close() }()
	m := &Machine{alive: alive}
	err = errors.Join(m.begin(o, free, tell, ended), tell.Close())
	if err == nil {
		err = json.NewEncoder(told).Encode(instructions{Network: m.Network, SearchPath: o.SearchPath, Args: o.Run(m.Network)})
	}
	if err != nil {
		m.Stop()
		return nil, err
	}
	return m, nil
}

// begin starts Init, which waits for its instructions, then Sweep, and connects the node.
func (m *Machine) begin(o Options, free []Network, tell, ended *os.File) error {
	var err error
	m.init, err = process.Run(process.Command{
		Path: "/proc/self/exe", Args: []string{CommandInit}, Name: "the node", Namespaces: namespaces,
		Output: os.Stdout, Errors: os.Stderr, Files: []*os.File{tell, m.alive}, Environment: os.Environ(),
	})
	if err != nil {
		return fmt.Errorf("make namespaces: %w", err)
	}
	ip := tool{"ip", o.SearchPath}
	if m.Network, err = claim(ip, free, m.init.PID()); err != nil {
		return err
	}
	m.sweep, err = process.Run(process.Command{
		Path: "/proc/self/exe", Args: []string{CommandSweep, strconv.Itoa(m.Network.Slot)}, Dir: "/", Survives: true,
		Output: os.Stderr, Errors: os.Stderr, Input: ended, Environment: append(os.Environ(), "PATH="+o.SearchPath),
	})
	if err != nil {
		return err
	}
	if err := route(ip, m.Network); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.Data, pidFile), fmt.Appendln(nil, m.init.PID()), 0o600)
}

// claim makes the link in the first slot where its name is still free; only one cluster can.
func claim(ip tool, free []Network, pid int) (Network, error) {
	var last error
	for _, n := range free {
		last = ip.run("link", "add", n.Name(), "type", "veth", "peer", "name", uplink, "netns", strconv.Itoa(pid))
		if last == nil {
			return n, nil
		}
		if _, err := net.InterfaceByName(n.Name()); err != nil {
			break
		}
	}
	return Network{}, fmt.Errorf("make the link to the node: %w", last)
}

func route(ip tool, n Network) error {
	for _, args := range [][]string{
		{"addr", "add", netip.PrefixFrom(n.Host(), 24).String(), "dev", n.Name()},
		{"link", "set", n.Name(), "up"},
		{"route", "add", n.Pods().String(), "via", n.Node().String()},
		{"route", "add", n.Services().String(), "via", n.Node().String()},
	} {
		if err := ip.run(args...); err != nil {
			return fmt.Errorf("lead to the node: %w", err)
		}
	}
	return nil
}

// Done is closed when the cluster inside has ended.
func (m *Machine) Done() <-chan struct{} { return m.init.Done() }

// Failure says how it ended. Call it after Done.
func (m *Machine) Failure() error { return m.init.Failure() }

// Stop ends the node at once and returns when nothing of it is left. Its data is not worth an orderly end.
func (m *Machine) Stop() {
	if m.init != nil {
		m.init.Kill()
	}
	_ = m.alive.Close()
	if m.sweep != nil {
		<-m.sweep.Done()
	}
}

// PID returns the process id, on the host, of the first process of the node whose data folder is given.
func PID(data string) (int, error) {
	text, err := os.ReadFile(filepath.Join(data, pidFile))
	if err != nil {
		return 0, fmt.Errorf("no node runs with the data folder %s: %w", data, err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", pidFile, err)
	}
	return pid, nil
}

// Enter returns a command that runs inside the node, with the node's PATH. nsenter is part of every Linux system.
func Enter(ctx context.Context, data, searchPath string, args ...string) (*exec.Cmd, error) {
	pid, err := PID(data)
	if err != nil {
		return nil, err
	}
	all := append([]string{"--target", strconv.Itoa(pid), "--mount", "--net", "--pid", "--uts", "--ipc", "--"}, args...)
	cmd := exec.CommandContext(ctx, "nsenter", all...)
	cmd.Env = append(os.Environ(), "PATH="+searchPath, "KUBECONFIG="+filepath.Join(data, "kubeconfig"),
		"CONTAINERD_ADDRESS="+Containerd, "CONTAINERD_NAMESPACE=k8s.io")
	return cmd, nil
}

// Sweep waits until the owner and all of the node have ended, however that happens, and removes what is left of it on the host.
// It reads from in until the end: every process that must end first holds the other end of that pipe.
func Sweep(slot string, in *os.File) error {
	number, err := strconv.Atoi(slot)
	if err != nil {
		return fmt.Errorf("slot %q: %w", slot, err)
	}
	for buffer := make([]byte, 64); err == nil; {
		_, err = in.Read(buffer)
	}
	name := Network{Slot: number}.Name()
	problem := removeGroup(name, sweepTime)
	if _, err := net.InterfaceByName(name); err == nil {
		// The kernel removes the link too, but some time after the last process has ended.
		if err := (tool{"ip", os.Getenv("PATH")}).run("link", "del", name); err != nil {
			if _, still := net.InterfaceByName(name); still == nil {
				problem = errors.Join(problem, err)
			}
		}
	}
	if problem != nil {
		return fmt.Errorf("left behind by the node %s: %w", name, problem)
	}
	return nil
}

// sweepTime bounds how long cgroups may stay busy after their processes were killed.
const sweepTime = 10 * time.Second

// tool is a program of the system, found by a PATH that is not this process's.
type tool struct{ name, searchPath string }

func (t tool) run(args ...string) error {
	for _, dir := range strings.Split(t.searchPath, ":") {
		path := filepath.Join(dir, t.name)
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		out, err := exec.Command(path, args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s %s: %w: %s", t.name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
		}
		return nil
	}
	return fmt.Errorf("%s is missing", t.name)
}
