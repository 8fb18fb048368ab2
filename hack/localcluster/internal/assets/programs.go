package assets

const (
	kubernetes = "k8s.io/kubernetes"
	etcd       = "go.etcd.io/etcd/server/v3"
	containerd = "github.com/containerd/containerd/v2"
	plugins    = "github.com/containernetworking/plugins"
	coreDNS    = "github.com/coredns/coredns"
	// own is this module: its programs have no version but their source.
	own = "github.com/chaperone-dev/chaperone/hack/localcluster"
	// The folders, below this module's, of two modules of their own: containerd and CoreDNS want other versions of what they share
	// with Kubernetes.
	runtimeFolder = "runtime"
	dnsFolder     = "dns"
)

// program is one binary of the set, the module that its version comes from, and the folder of the go.mod that pins it, relative
// to this module's. Each package that is not of this module is also a tool of that go.mod, which pins what it needs.
type program struct {
	name, pkg, module, folder string
}

// controlPlane lists the programs of a cluster without a node, quick ones first so that progress shows early.
func controlPlane() []program {
	return []program{
		{"etcd", etcd, etcd, "."},
		{"kube-apiserver", kubernetes + "/cmd/kube-apiserver", kubernetes, "."},
		{"kubectl", kubernetes + "/cmd/kubectl", kubernetes, "."},
		{"kube-controller-manager", kubernetes + "/cmd/kube-controller-manager", kubernetes, "."},
	}
}

// node lists what a node needs beside the control plane.
func node() []program {
	return []program{
		{"kube-scheduler", kubernetes + "/cmd/kube-scheduler", kubernetes, "."},
		{"kubelet", kubernetes + "/cmd/kubelet", kubernetes, "."},
		{"kube-proxy", kubernetes + "/cmd/kube-proxy", kubernetes, "."},
		{"containerd", containerd + "/cmd/containerd", containerd, runtimeFolder},
		{"containerd-shim-runc-v2", containerd + "/cmd/containerd-shim-runc-v2", containerd, runtimeFolder},
		{"ctr", containerd + "/cmd/ctr", containerd, runtimeFolder},
		{"ptp", plugins + "/plugins/main/ptp", plugins, runtimeFolder},
		{"loopback", plugins + "/plugins/main/loopback", plugins, runtimeFolder},
		{"host-local", plugins + "/plugins/ipam/host-local", plugins, runtimeFolder},
		{"pause", own + "/pause", own, "."},
		{"netpol", own + "/netpol", own, "."},
		{"dns", own + "/dns", coreDNS, dnsFolder},
	}
}
