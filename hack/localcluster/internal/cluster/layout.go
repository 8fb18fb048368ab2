package cluster

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/certs"
)

const (
	serviceRange = "10.96.0.0/16"
	// serviceAddress is the first of serviceRange: the Service "kubernetes".
	serviceAddress    = "10.96.0.1"
	controllerManager = "system:kube-controller-manager"
)

// layout is everything of a cluster that is decided before it starts: ports,
// certificates and files.
type layout struct {
	data      *data
	authority *certs.Authority
	admin     certs.Pair
	etcd      *port
	etcdPeer  *port
	api       *port
	manager   *port
}

// newLayout chooses ports and writes certificates and kubeconfigs. The
// administrator's kubeconfig is written here too; it is of use once the cluster
// is ready.
func newLayout(d *data, now time.Time) (*layout, error) {
	l := &layout{data: d}
	for _, p := range []**port{&l.etcd, &l.etcdPeer, &l.api, &l.manager} {
		var err error
		if *p, err = newPort(); err != nil {
			return nil, err
		}
	}
	var err error
	if l.authority, err = certs.NewAuthority("localcluster", now); err != nil {
		return nil, err
	}
	if err := l.writePair("ca", l.authority.Pair); err != nil {
		return nil, err
	}
	if err := l.issueServing(); err != nil {
		return nil, err
	}
	return l, l.issueUsers()
}

// issueServing makes the certificates that programs show, and the key that
// signs the tokens of service accounts.
func (l *layout) issueServing() error {
	names := []string{"127.0.0.1", "localhost", serviceAddress, "kubernetes", "kubernetes.default",
		"kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}
	for name, hosts := range map[string][]string{"etcd": {"127.0.0.1"}, "kube-apiserver": names} {
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
	return l.data.write("pki/service-account.key", key, 0o600)
}

// issueUsers makes the users of the API server. Their rights come from the API
// server's own bootstrap roles.
func (l *layout) issueUsers() error {
	manager, err := l.authority.Issue(pkix.Name{CommonName: controllerManager}, "127.0.0.1")
	if err != nil {
		return err
	}
	if err := l.writePair("kube-controller-manager", manager); err != nil {
		return err
	}
	if err := l.writeKubeconfig("pki/kube-controller-manager.kubeconfig", manager); err != nil {
		return err
	}
	l.admin, err = l.authority.Issue(pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}})
	if err != nil {
		return err
	}
	return l.writeKubeconfig("kubeconfig", l.admin)
}

// components lists the programs in the order of their start. What needs a
// program stands below it.
func (l *layout) components() []component {
	return []component{
		{"etcd", l.etcdArgs(), []*port{l.etcd, l.etcdPeer}, l.etcd.url("/health")},
		{"kube-apiserver", l.apiServerArgs(), []*port{l.api}, l.api.url("/readyz")},
		// Without its service account a namespace refuses every pod: the
		// controllers are ready once they have made the first.
		{"kube-controller-manager", l.controllerManagerArgs(), []*port{l.manager},
			l.api.url("/api/v1/namespaces/default/serviceaccounts/default")},
	}
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
	return []string{
		"--bind-address=127.0.0.1", "--secure-port=" + l.api.String(),
		// Loopback may not be an endpoint of the Service "kubernetes".
		"--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
		"--tls-cert-file=" + l.cert("kube-apiserver"), "--tls-private-key-file=" + l.key("kube-apiserver"),
		"--client-ca-file=" + l.cert("ca"),
		"--etcd-servers=" + l.etcd.url(""), "--etcd-cafile=" + l.cert("ca"),
		"--etcd-certfile=" + l.cert("etcd"), "--etcd-keyfile=" + l.key("etcd"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + key, "--service-account-signing-key-file=" + key,
		"--service-cluster-ip-range=" + serviceRange,
		"--allow-privileged",
	}
}

func (l *layout) controllerManagerArgs() []string {
	kubeconfig := l.data.path("pki", "kube-controller-manager.kubeconfig")
	return []string{
		"--bind-address=127.0.0.1", "--secure-port=" + l.manager.String(),
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

// client is the administrator's. The pair is one that issueUsers just made.
func (l *layout) client() *http.Client {
	admin, _ := tls.X509KeyPair(l.admin.Cert, l.admin.Key)
	return newClient(l.authority.Pair.Cert, admin)
}

func (l *layout) cert(name string) string { return l.data.path("pki", name+".crt") }
func (l *layout) key(name string) string  { return l.data.path("pki", name+".key") }

func (l *layout) writePair(name string, pair certs.Pair) error {
	if err := l.data.write("pki/"+name+".crt", pair.Cert, 0o600); err != nil {
		return err
	}
	return l.data.write("pki/"+name+".key", pair.Key, 0o600)
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
	return l.data.write(name, []byte(content), 0o600)
}
