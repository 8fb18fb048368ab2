//go:build linux

package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/assets"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/cluster"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/node"
)

// needsNode skips the test where the machine cannot run a node, and says why; where it can, all programs must be there.
func needsNode(t *testing.T) {
	t.Helper()
	// The check runs this program again, inside new namespaces.
	t.Setenv(asProgram, "1")
	if err := cluster.CheckNode(openAssets(t), node.DefaultBase, t.TempDir()); err != nil {
		t.Skipf("this machine cannot run a node: %v", err)
	}
}

// traces returns everything of the node that the host can see.
func (r *running) traces(t *testing.T) []string {
	t.Helper()
	var found []string
	for name := range r.processes(t) {
		found = append(found, "process "+name)
	}
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, r.data) {
			found = append(found, "mount "+line)
		}
	}
	if _, err := net.InterfaceByName(r.link); err == nil {
		found = append(found, "link "+r.link)
	}
	routes, err := os.ReadFile("/proc/net/route")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(routes), r.link+"\t") {
		found = append(found, "route through "+r.link)
	}
	groups, err := filepath.Glob("/sys/fs/cgroup/*/" + r.link)
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range append(groups, "/sys/fs/cgroup/"+r.link) {
		if _, err := os.Stat(group); !errors.Is(err, fs.ErrNotExist) {
			found = append(found, "cgroup "+group)
		}
	}
	return found
}

// linkOf finds the link by the address of the API server, which is the node's.
func linkOf(t *testing.T, kubeconfig string) string {
	t.Helper()
	for slot := range 16 {
		n := node.Network{Base: node.DefaultBase, Slot: slot}
		if strings.Contains(kubeconfig, "https://"+n.Node().String()+":") {
			return n.Name()
		}
	}
	t.Fatal("the kubeconfig names no node's address")
	return ""
}

const pausePod = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": %q}, "spec": {"containers": [{"name": "a", "image": "local.test/pause:1"}]}}`

// startNode starts a cluster with a node and returns when the line is there.
func startNode(t *testing.T, line string) *running {
	t.Helper()
	r := startUntil(t, line, "--node")
	kubeconfig, err := os.ReadFile(filepath.Join(r.data, "kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	r.link = linkOf(t, string(kubeconfig))
	return r
}

// bringOwnKubectl makes a folder of the user's own, with one program, as for envtest: all others are still the set's.
func bringOwnKubectl(t *testing.T) {
	t.Helper()
	kubectl, err := openAssets(t).Program("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(kubectl, filepath.Join(folder, "kubectl")); err != nil {
		t.Fatal(err)
	}
	t.Setenv(assets.Env, folder)
}

func (r *running) podRuns(t *testing.T) {
	t.Helper()
	if out, err := r.try(t, strings.ReplaceAll(pausePod, "%q", `"p"`), "apply", "-f", "-"); err != nil {
		t.Fatal(out)
	}
	r.kubectl(t, "wait", "pod/p", "--for=condition=Ready", "--timeout=60s")
}

func TestNodesBesideEachOtherLeaveNothing(t *testing.T) {
	needsNode(t)
	bringOwnKubectl(t)
	first, second := startNode(t, "ready in "), startNode(t, "ready in ")
	if first.link == second.link {
		t.Fatalf("both nodes have the link %s", first.link)
	}
	for _, r := range []*running{first, second} {
		r.podRuns(t)
		if traces := strings.Join(r.traces(t), "\n"); !strings.Contains(traces, "link ") || !strings.Contains(traces, "cgroup ") || !strings.Contains(traces, "route ") {
			t.Fatalf("the test does not see the node: %q", traces)
		}
	}

	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, first.stderr)
	}
	if left := first.traces(t); len(left) > 0 {
		t.Errorf("left after SIGTERM: %q", left)
	}
	if _, err := os.Stat(first.data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("data folder after SIGTERM: %v, want it gone", err)
	}
	// The other one does not notice.
	second.kubectl(t, "get", "pod", "p")

	if err := second.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = second.cmd.Wait()
	eventuallyNone(t, func() []string { return second.traces(t) })
}

func TestInterruptedNodeLeavesNothing(t *testing.T) {
	needsNode(t)
	for _, line := range []string{"etcd is up", "containerd is up", "kubelet is up"} {
		t.Run(line, func(t *testing.T) {
			r := startNode(t, line)
			if err := r.cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			if err := r.cmd.Wait(); r.cmd.ProcessState.ExitCode() != 1 {
				t.Errorf("exit %v, want 1: the cluster never became ready", err)
			}
			if left := r.traces(t); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}
