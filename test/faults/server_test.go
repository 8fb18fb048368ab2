package faults

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"k8s.io/client-go/rest"
)

// Tokens of the API server. They are for this test only: its port is closed to other machines.
const (
	administratorToken = "administrator"
	managerToken       = "manager"
)

// apiServer is a kube-apiserver that can be restarted, and its etcd.
type apiServer struct {
	url     string
	program string
	args    []string
	command *exec.Cmd
}

// startServer starts etcd and an API server, which end with the test.
func startServer(t *testing.T, folder string) *apiServer {
	t.Helper()
	assets := os.Getenv("KUBEBUILDER_ASSETS")
	client, peer, secure := "http://"+freeAddress(t), "http://"+freeAddress(t), freeAddress(t)
	etcd := exec.Command(filepath.Join(assets, "etcd"), "--data-dir", filepath.Join(folder, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer, "--log-level", "error")
	etcd.SysProcAttr = processAttributes()
	if err := etcd.Start(); err != nil {
		t.Fatalf("start etcd: %v (run `make test-faults`, which builds what is needed)", err)
	}
	t.Cleanup(func() {
		_ = etcd.Process.Kill()
		_ = etcd.Wait()
	})
	key := writeFile(t, folder, "key.pem", newKey(t))
	tokens := writeFile(t, folder, "tokens.csv", []byte(administratorToken+",admin,1,system:masters\n"+
		managerToken+",system:serviceaccount:chaperone-system:chaperone-manager,2,\"system:serviceaccounts,system:serviceaccounts:chaperone-system\"\n"))
	_, port, _ := strings.Cut(secure, ":")
	s := &apiServer{url: "https://" + secure, program: filepath.Join(assets, "kube-apiserver"), args: []string{
		"--etcd-servers", client, "--cert-dir", filepath.Join(folder, "certificates"), "--secure-port", port, "--bind-address", "127.0.0.1",
		"--service-account-key-file", key, "--service-account-signing-key-file", key, "--service-account-issuer", "https://issuer.example",
		"--authorization-mode", "RBAC", "--token-auth-file", tokens, "--disable-admission-plugins", "ServiceAccount", "--allow-privileged",
	}}
	s.start(t)
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *apiServer) start(t *testing.T) {
	t.Helper()
	s.command = exec.Command(s.program, s.args...)
	s.command.SysProcAttr = processAttributes()
	if err := s.command.Start(); err != nil {
		t.Fatalf("start kube-apiserver: %v", err)
	}
	transport, err := rest.TransportFor(s.config(administratorToken))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the API server", func() error {
		response, err := (&http.Client{Transport: transport}).Get(s.url + "/readyz")
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK {
			body, _ := io.ReadAll(response.Body)
			return fmt.Errorf("%d: %s", response.StatusCode, body)
		}
		return nil
	})
}

// stop ends the API server at once, as a crash does.
func (s *apiServer) stop(t *testing.T) {
	t.Helper()
	if err := s.command.Process.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	_ = s.command.Wait()
}

func (s *apiServer) config(token string) *rest.Config {
	return &rest.Config{Host: s.url, BearerToken: token, QPS: -1, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}
}

func newKey(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}

func writeFile(t *testing.T, folder, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
