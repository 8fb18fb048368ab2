package cluster

import (
	"embed"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/node"
)

// NodeName is the name of the only node.
const NodeName = "node"

// pauseImage is the image of the first process of every pod.
const pauseImage = "local.test/pause:1"

// files are the configurations of the node's programs. The network plugin is ptp rather than a bridge: traffic between pods is
// routed then, and passes the chain in which NetworkPolicy is enforced.
//
//go:embed files
var files embed.FS

// writeNode writes the configurations, certificates and kubeconfigs of the node's programs.
func (l *layout) writeNode() error {
	runc, err := l.assets.System("runc")
	if err != nil {
		return err
	}
	// The set's own folder, also where the user brings other programs.
	plugin, err := l.assets.Program("ptp")
	if err != nil {
		return err
	}
	values := struct{ Data, Programs, Runc, PauseImage, Containerd, Name, Node, Pods, Cgroup string }{
		l.data.dir, filepath.Dir(plugin), runc, pauseImage, node.Containerd, NodeName,
		l.node.Node().String(), l.node.Pods().String(), l.node.Name(),
	}
	for _, dir := range []string{"etc", "etc/cni", "logs/pods"} {
		if err := os.MkdirAll(l.data.path(dir), 0o700); err != nil {
			return err
		}
	}
	parsed, err := template.ParseFS(files, "files/*")
	if err != nil {
		return err
	}
	for _, t := range parsed.Templates() {
		var text strings.Builder
		if err := t.Execute(&text, values); err != nil {
			return err
		}
		dir := "etc"
		if filepath.Ext(t.Name()) == ".conflist" {
			dir = "etc/cni"
		}
		if err := l.data.write(filepath.Join(dir, t.Name()), []byte(text.String())); err != nil {
			return err
		}
	}
	// Names outside the cluster are for nobody to resolve.
	if err := l.data.write("etc/resolv.conf", nil); err != nil {
		return err
	}
	return l.issueNode()
}

// issueNode makes the users of the node's programs. Node names and groups are those that the API server's Node authorizer and
// bootstrap roles know.
func (l *layout) issueNode() error {
	for _, u := range []user{
		{name: "system:node:" + NodeName, groups: []string{"system:nodes"}, file: "pki/kubelet", hosts: []string{l.address(), NodeName}},
		{name: "kube-apiserver-kubelet", groups: []string{"system:masters"}, file: "pki/kubelet-client"},
		{name: "system:kube-scheduler", file: "pki/kube-scheduler", hosts: []string{loopback}},
		{name: "system:kube-proxy", file: "pki/kube-proxy"},
		// They read pods, namespaces, Services and policies everywhere, for which there is no bootstrap role.
		{name: "netpol", groups: []string{"system:masters"}, file: "pki/netpol"},
		{name: "dns", groups: []string{"system:masters"}, file: "pki/dns"},
	} {
		if err := l.issue(u); err != nil {
			return err
		}
	}
	return nil
}

// kubeletAccessArgs are the arguments of an API server that has a node.
func (l *layout) kubeletAccessArgs() []string {
	return []string{
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
		"--kubelet-client-certificate=" + l.cert("kubelet-client"), "--kubelet-client-key=" + l.key("kubelet-client"),
		"--kubelet-certificate-authority=" + l.cert("ca"), "--kubelet-preferred-address-types=InternalIP",
	}
}
