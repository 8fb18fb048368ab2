package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

func (i *installation) clientAs(config *rest.Config) client.Client {
	i.t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		i.t.Fatal(err)
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		i.t.Fatal(err)
	}
	return c
}

func (i *installation) impersonate(user string, groups ...string) *rest.Config {
	config := rest.CopyConfig(i.cluster.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: append(groups, "system:authenticated")}
	return config
}

// build returns the objects that kustomize builds.
func (i *installation) build(folder string) []*unstructured.Unstructured {
	i.t.Helper()
	cmd := exec.CommandContext(i.t.Context(), "go", "tool", "-modfile=hack/tools/go.mod", "kustomize", "build", folder)
	cmd.Dir = filepath.Join("..", "..")
	var mistakes bytes.Buffer
	cmd.Stderr = &mistakes
	out, err := cmd.Output()
	if err != nil {
		i.t.Fatalf("kustomize build %s: %v\n%s", folder, err, mistakes.String())
	}
	var objects []*unstructured.Unstructured
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(out), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			i.t.Fatal(err)
		}
		objects = append(objects, object)
	}
}

// apply applies everything but the webhook configurations, which it returns; the API server refuses unknown fields.
func (i *installation) apply(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	i.t.Helper()
	var webhooks []*unstructured.Unstructured
	for _, object := range objects {
		if strings.HasSuffix(object.GetKind(), "WebhookConfiguration") {
			webhooks = append(webhooks, object)
			continue
		}
		i.applyOne(object)
	}
	return webhooks
}

func (i *installation) applyOne(object *unstructured.Unstructured) {
	i.t.Helper()
	configuration := client.ApplyConfigurationFromUnstructured(object.DeepCopy())
	if err := i.admin.Apply(i.t.Context(), configuration, client.FieldOwner("kubectl")); err != nil {
		i.t.Fatalf("apply %s %s: %v", object.GetKind(), object.GetName(), err)
	}
}

func (i *installation) create(object client.Object) {
	i.t.Helper()
	if err := i.admin.Create(i.t.Context(), object); err != nil {
		i.t.Fatal(err)
	}
}

// eventually tries until there is no error; the API server and the manager follow changes by watches.
func eventually(t *testing.T, limit time.Duration, try func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("still not after %s: %v", limit, err)
		case <-tick.C:
		}
	}
}

// refused returns an error unless err is a refusal with the text.
func refused(err error, text string) error {
	if err == nil || !strings.Contains(err.Error(), text) {
		return fmt.Errorf("want a refusal with %q, got %w", text, err)
	}
	return nil
}

func (i *installation) freePort() int {
	i.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		i.t.Fatalf("address %v", listener.Addr())
	}
	return address.Port
}

// managerKubeconfig returns the path of a kubeconfig of the manager's service account.
func (i *installation) managerKubeconfig() string {
	i.t.Helper()
	return i.kubeconfig(managerUser, "system:serviceaccounts", "system:serviceaccounts:chaperone-system", "system:authenticated")
}

// kubeconfig returns the path of a kubeconfig of an administrator who impersonates the user, unless that is empty.
func (i *installation) kubeconfig(user string, groups ...string) string {
	i.t.Helper()
	c := i.cluster.Config
	content := clientcmdapi.NewConfig()
	content.Clusters["c"] = &clientcmdapi.Cluster{Server: c.Host, CertificateAuthorityData: c.CAData}
	content.AuthInfos["u"] = &clientcmdapi.AuthInfo{
		ClientCertificateData: c.CertData, ClientKeyData: c.KeyData, Token: c.BearerToken,
		Impersonate: user, ImpersonateGroups: groups,
	}
	content.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	content.CurrentContext = "x"
	path := filepath.Join(i.t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*content, path); err != nil {
		i.t.Fatal(err)
	}
	return path
}

func (i *installation) get(t *testing.T, object client.Object, namespace, name string) {
	t.Helper()
	if err := i.admin.Get(t.Context(), types.NamespacedName{Namespace: namespace, Name: name}, object); err != nil {
		t.Fatal(err)
	}
}

func (i *installation) delete(t *testing.T, object client.Object) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	if err := i.admin.Delete(ctx, object, client.GracePeriodSeconds(0)); client.IgnoreNotFound(err) != nil {
		t.Error(err)
	}
}
