package cluster

import (
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/assets"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/certs"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/node"
)

// loopback is where a control plane without a node listens, and where the parts
// of any cluster that only serve each other do.
const loopback = "127.0.0.1"

// defaultServices is the range of Services of a control plane without a node.
var defaultServices = netip.MustParsePrefix("10.96.0.0/16")

// layout is everything of a cluster that is decided before it starts: ports,
// certificates and files.
type layout struct {
	data      *data
	assets    *assets.Set
	node      *node.Network
	authority *certs.Authority
	client    *http.Client
	etcd      *port
	etcdPeer  *port
	api       *port
	manager   *port
	scheduler *port
}

// newLayout chooses ports and writes certificates and kubeconfigs. The
// administrator's kubeconfig is written here too; it is of use once the cluster
// is ready.
func newLayout(d *data, set *assets.Set, network *node.Network, now time.Time) (*layout, error) {
	l := &layout{data: d, assets: set, node: network}
	var err error
	for _, p := range []**port{&l.etcd, &l.etcdPeer, &l.manager, &l.scheduler} {
		if *p, err = newPort(loopback); err != nil {
			return nil, err
		}
	}
	if l.api, err = newPort(l.address()); err != nil {
		return nil, err
	}
	if l.authority, err = certs.NewAuthority("localcluster", now); err != nil {
		return nil, err
	}
	if err := l.writePair("ca", l.authority.Pair); err != nil {
		return nil, err
	}
	if err := l.issueServing(); err != nil {
		return nil, err
	}
	if err := l.issueUsers(); err != nil {
		return nil, err
	}
	if network != nil {
		return l, l.writeNode()
	}
	return l, nil
}

// address is where the API server listens.
func (l *layout) address() string {
	if l.node != nil {
		return l.node.Node().String()
	}
	return loopback
}

func (l *layout) services() netip.Prefix {
	if l.node != nil {
		return l.node.Services()
	}
	return defaultServices
}

// issueServing makes the certificates that programs show, and the key that
// signs the tokens of service accounts.
func (l *layout) issueServing() error {
	// The first address of the range is that of the Service "kubernetes".
	names := []string{loopback, "localhost", l.address(), l.services().Addr().Next().String(), "kubernetes",
		"kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}
	for name, hosts := range map[string][]string{"etcd": {loopback}, "kube-apiserver": names} {
		pair, err := l.authority.Issue(pkix.Name{CommonName: name}, hosts...)
		if err != nil {
			return err
		}
		if err := l.writePair(name, pair); err != nil {
			return err
		}
	}
	_, key, err := certs.NewKey()
	if err != nil {
		return err
	}
	return l.data.write("pki/service-account.key", key)
}

// user is somebody whom the API server knows by a certificate. Rights come from
// the API server's own bootstrap roles.
type user struct {
	name, file string
	groups     []string
	// hosts are for users that serve, too.
	hosts []string
}

// issueUsers makes the users of the control plane, and their kubeconfigs.
func (l *layout) issueUsers() error {
	if err := l.issue(user{name: "system:kube-controller-manager", file: "pki/kube-controller-manager", hosts: []string{loopback}}); err != nil {
		return err
	}
	admin, err := l.authority.Issue(pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}})
	if err != nil {
		return err
	}
	if l.client, err = newClient(l.authority.Pair.Cert, admin); err != nil {
		return err
	}
	return l.writeKubeconfig("kubeconfig", admin)
}

// issue writes the certificate, the key and the kubeconfig of a user.
func (l *layout) issue(u user) error {
	pair, err := l.authority.Issue(pkix.Name{CommonName: u.name, Organization: u.groups}, u.hosts...)
	if err != nil {
		return err
	}
	if err := l.writePair(filepath.Base(u.file), pair); err != nil {
		return err
	}
	return l.writeKubeconfig(u.file+".kubeconfig", pair)
}

// components lists the programs in the order of their start. What needs a
// program stands below it.
func (l *layout) components() []component {
	list := []component{
		{name: "etcd", args: l.etcdArgs(), ports: []*port{l.etcd, l.etcdPeer}, ready: l.answers(l.etcd.url("/health"))},
		{name: "kube-apiserver", args: l.apiServerArgs(), ports: []*port{l.api}, ready: l.answers(l.api.url("/readyz"))},
		// Without its service account a namespace refuses every pod: the
		// controllers are ready once they have made the first.
		{name: "kube-controller-manager", args: l.controllerManagerArgs(), ports: []*port{l.manager},
			ready: l.answers(l.api.url("/api/v1/namespaces/default/serviceaccounts/default"))},
	}
	if l.node != nil {
		list = append(list, l.nodeComponents()...)
	}
	return list
}

func (l *layout) etcdArgs() []string {
	return []string{
		"--name=default",
		"--data-dir=" + l.data.path("etcd"),
		// A test cluster need not survive a power cut, and fsync costs seconds.
		"--unsafe-no-fsync",
		"--listen-client-urls=" + l.etcd.url(""),
		"--advertise-client-urls=" + l.etcd.url(""),
		"--listen-peer-urls=" + l.etcdPeer.url(""),
		"--initial-advertise-peer-urls=" + l.etcdPeer.url(""),
		"--initial-cluster=default=" + l.etcdPeer.url(""),
		"--client-cert-auth", "--trusted-ca-file=" + l.cert("ca"),
		"--cert-file=" + l.cert("etcd"), "--key-file=" + l.key("etcd"),
		"--peer-client-cert-auth", "--peer-trusted-ca-file=" + l.cert("ca"),
		"--peer-cert-file=" + l.cert("etcd"), "--peer-key-file=" + l.key("etcd"),
	}
}

func (l *layout) apiServerArgs() []string {
	key := l.data.path("pki", "service-account.key")
	args := []string{
		"--bind-address=" + l.address(), "--secure-port=" + l.api.String(), "--advertise-address=" + l.address(),
		"--tls-cert-file=" + l.cert("kube-apiserver"), "--tls-private-key-file=" + l.key("kube-apiserver"),
		"--client-ca-file=" + l.cert("ca"),
		"--etcd-servers=" + l.etcd.url(""), "--etcd-cafile=" + l.cert("ca"),
		"--etcd-certfile=" + l.cert("etcd"), "--etcd-keyfile=" + l.key("etcd"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + key, "--service-account-signing-key-file=" + key,
		"--service-cluster-ip-range=" + l.services().String(),
		"--allow-privileged",
	}
	if l.node != nil {
		return append(args, l.kubeletAccessArgs()...)
	}
	// Loopback may not be an endpoint of the Service "kubernetes".
	return append(args, "--authorization-mode=RBAC", "--endpoint-reconciler-type=none")
}

func (l *layout) controllerManagerArgs() []string {
	kubeconfig := l.data.path("pki", "kube-controller-manager.kubeconfig")
	return []string{
		"--bind-address=" + loopback, "--secure-port=" + l.manager.String(),
		"--tls-cert-file=" + l.cert("kube-controller-manager"),
		"--tls-private-key-file=" + l.key("kube-controller-manager"),
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
		"--leader-elect=false",
		"--use-service-account-credentials",
		// The default of 20 requests a second is for a shared API server; it would
		// cost seconds at the start, when each controller makes its account.
		"--kube-api-qps=500", "--kube-api-burst=1000",
		"--service-account-private-key-file=" + l.data.path("pki", "service-account.key"),
		"--root-ca-file=" + l.cert("ca"),
		"--cluster-signing-cert-file=" + l.cert("ca"), "--cluster-signing-key-file=" + l.key("ca"),
	}
}

// server is the address of the API server.
func (l *layout) server() string { return l.api.url("") }

func (l *layout) cert(name string) string { return l.data.path("pki", name+".crt") }
func (l *layout) key(name string) string  { return l.data.path("pki", name+".key") }

func (l *layout) writePair(name string, pair certs.Pair) error {
	if err := l.data.write("pki/"+name+".crt", pair.Cert); err != nil {
		return err
	}
	return l.data.write("pki/"+name+".key", pair.Key)
}

// writeKubeconfig writes a kubeconfig that needs no other file.
func (l *layout) writeKubeconfig(name string, user certs.Pair) error {
	const format = `apiVersion: v1
kind: Config
clusters:
- name: local
  cluster:
    server: %s
    certificate-authority-data: %s
users:
- name: local
  user:
    client-certificate-data: %s
    client-key-data: %s
contexts:
- name: local
  context:
    cluster: local
    user: local
current-context: local
`
	base64 := base64.StdEncoding.EncodeToString
	content := fmt.Sprintf(format, l.server(), base64(l.authority.Pair.Cert), base64(user.Cert), base64(user.Key))
	return l.data.write(name, []byte(content))
}
