package cluster

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/node"
)

// nodeComponents lists the programs of the node, in the order of their start.
func (l *layout) nodeComponents() []component {
	return []component{
		{name: "containerd", args: []string{"--config", l.data.path("etc", "containerd.toml")}, ready: accepts("unix", node.Containerd), restarts: true},
		{name: "kube-scheduler", args: l.schedulerArgs(), ports: []*port{l.scheduler}, ready: l.answers(l.scheduler.url("/healthz"))},
		{name: "kubelet", args: l.kubeletArgs(), prepare: l.importPause, ready: l.nodeReady, restarts: true},
		{name: "kube-proxy", args: []string{"--config", l.data.path("etc", "kube-proxy.yaml")}, ready: l.answers("http://127.0.0.1:10256/healthz")},
		{name: "netpol", args: l.netpolArgs(), ready: exists(l.data.path("netpol.ready"))},
		{name: "dns", args: []string{"-conf", l.data.path("etc", "Corefile")}, ready: accepts("tcp", net.JoinHostPort(l.address(), "53"))},
	}
}

func (l *layout) schedulerArgs() []string {
	kubeconfig := l.data.path("pki", "kube-scheduler.kubeconfig")
	return []string{
		"--bind-address=" + loopback, "--secure-port=" + l.scheduler.String(),
		"--tls-cert-file=" + l.cert("kube-scheduler"), "--tls-private-key-file=" + l.key("kube-scheduler"),
		"--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
		"--leader-elect=false",
	}
}

func (l *layout) kubeletArgs() []string {
	return []string{
		"--config=" + l.data.path("etc", "kubelet.yaml"), "--kubeconfig=" + l.data.path("pki", "kubelet.kubeconfig"),
		"--root-dir=" + l.data.path("kubelet"), "--hostname-override=" + NodeName, "--node-ip=" + l.address(),
	}
}

func (l *layout) netpolArgs() []string {
	return []string{"--kubeconfig=" + l.data.path("pki", "netpol.kubeconfig"), "--ready-file=" + l.data.path("netpol.ready")}
}

// importPause gives the container runtime the image that every pod begins with.
func (l *layout) importPause(ctx context.Context) error {
	pause, err := l.assets.Program("pause")
	if err != nil {
		return err
	}
	archive := l.data.path("pause.tar")
	if err := writePauseImage(pause, archive); err != nil {
		return fmt.Errorf("make image %s: %w", pauseImage, err)
	}
	ctr, err := l.assets.Program("ctr")
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, ctr, "--address", node.Containerd, "--namespace", "k8s.io", "images", "import", archive).CombinedOutput()
	if err != nil {
		return fmt.Errorf("import image %s: %w: %s", pauseImage, err, strings.TrimSpace(string(out)))
	}
	return nil
}
