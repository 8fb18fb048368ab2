// Package env starts a real API server for integration tests: envtest runs the
// etcd and kube-apiserver that hack/localcluster built. Kubernetes' controllers do
// not run; tests that need them use hack/localcluster. Missing programs fail the test.
package env

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

const (
	assetsVariable = "KUBEBUILDER_ASSETS"
	module         = "module github.com/chaperone-dev/chaperone\n"
	startTimeout   = 2 * time.Minute // enough on a machine that compiles at the same time; an idle one needs 4 s
)

// Options configure the API server.
type Options struct {
	// CRDPaths are files or folders with CustomResourceDefinitions, relative to the
	// root of the repository. A path that does not exist is an error.
	CRDPaths []string
	// Webhooks are the webhook configurations to install, changed to call a local
	// server. Paths are relative to the root of the repository. May be empty.
	Webhooks envtest.WebhookInstallOptions
	// AdmissionConfig is the file of the flag --admission-control-config-file. May be empty.
	AdmissionConfig string
}

// Cluster is a running API server.
type Cluster struct {
	// Config connects as an administrator.
	Config *rest.Config
	// Webhooks has the address at which the test must serve its webhooks:
	// LocalServingHost, LocalServingPort and LocalServingCertDir.
	Webhooks envtest.WebhookInstallOptions

	environment *envtest.Environment
}

// Start starts an API server, which takes about five seconds, and stops it at
// the end of the test. A package with several such tests should use Main instead.
func Start(t testing.TB, o Options) *Cluster {
	t.Helper()
	c, err := start(o)
	if err != nil {
		t.Fatalf("start API server: %v", err)
	}
	t.Cleanup(func() {
		if err := c.environment.Stop(); err != nil {
			t.Errorf("stop API server: %v", err)
		}
	})
	return c
}

// Main runs all tests of a package with one API server and returns the exit code.
// It sets *c before the first test. The tests share the objects in the server.
//
//	var cluster env.Cluster
//
//	func TestMain(m *testing.M) { os.Exit(env.Main(m, env.Options{}, &cluster)) }
func Main(m *testing.M, o Options, c *Cluster) int {
	started, err := start(o)
	if err != nil {
		fmt.Fprintf(os.Stderr, "start API server: %v\n", err)
		return 1
	}
	*c = *started
	code := m.Run()
	if err := c.environment.Stop(); err != nil {
		fmt.Fprintf(os.Stderr, "stop API server: %v\n", err)
		return max(code, 1)
	}
	return code
}

func start(o Options) (*Cluster, error) {
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	assets, err := findAssets(root, os.Getenv(assetsVariable))
	if err != nil {
		return nil, err
	}
	e := &envtest.Environment{
		CRDDirectoryPaths:        joinAll(root, o.CRDPaths),
		ErrorIfCRDPathMissing:    true,
		WebhookInstallOptions:    o.Webhooks,
		ControlPlaneStartTimeout: startTimeout,
	}
	// The paths are set one by one, because envtest uses KUBEBUILDER_ASSETS even if it is set to the empty string.
	e.ControlPlane.Etcd = &envtest.Etcd{Path: filepath.Join(assets, "etcd")}
	e.ControlPlane.GetAPIServer().Path = filepath.Join(assets, "kube-apiserver")
	if o.AdmissionConfig != "" {
		e.ControlPlane.GetAPIServer().Configure().Set("admission-control-config-file", o.AdmissionConfig)
	}
	e.WebhookInstallOptions.Paths = joinAll(root, o.Webhooks.Paths)
	config, err := e.Start()
	if err != nil {
		return nil, errors.Join(err, e.Stop())
	}
	return &Cluster{config, e.WebhookInstallOptions, e}, nil
}

// findAssets returns the folder with etcd and kube-apiserver: user, or the folder of hack/localcluster if user is empty.
func findAssets(root, user string) (string, error) {
	dir := user
	if dir == "" {
		goMod, err := os.ReadFile(filepath.Join(root, "hack", "localcluster", "go.mod"))
		if err != nil {
			return "", fmt.Errorf("version of the control plane: %w", err)
		}
		version := regexp.MustCompile(`(?m)^\s*(?:require\s+)?k8s\.io/kubernetes\s+(v\S+)`).FindSubmatch(goMod)
		if version == nil {
			return "", errors.New("hack/localcluster/go.mod requires no k8s.io/kubernetes")
		}
		dir = filepath.Join(root, "bin", "localcluster", string(version[1]))
	}
	for _, name := range []string{"etcd", "kube-apiserver"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return "", fmt.Errorf("%s is not in %s: run `make localcluster` first, or set %s", name, dir, assetsVariable)
		}
	}
	return dir, nil
}

// findRoot returns the root of the repository: the folder with this module's go.mod, at or above the working directory.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if goMod, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && bytes.HasPrefix(goMod, []byte(module)) {
			return dir, nil
		}
		dir = filepath.Dir(dir)
	}
	return "", errors.Join(errors.New("the working directory is not inside the repository"), err)
}

func joinAll(root string, paths []string) []string {
	joined := make([]string, len(paths))
	for i, path := range paths {
		joined[i] = filepath.Join(root, path)
	}
	return joined
}
