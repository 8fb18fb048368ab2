package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/test/bench/proc"
)

// managerUser is the service account of the manager.
const managerUser = "system:serviceaccount:" + contract.OperatorNamespace + ":" + contract.Manager

// plane is an API server with etcd on which Chaperone is installed.
type plane struct {
	environment *envtest.Environment
	config      *rest.Config
	admin       client.Client
	// webhooks are the webhook configurations, which are installed last: nothing serves them before the manager runs.
	webhooks []*unstructured.Unstructured
}

// startPlane starts a control plane with the definitions of the tree at root. KUBEBUILDER_ASSETS names the folder with the programs.
func startPlane(root string) (*plane, error) {
	e := &envtest.Environment{
		CRDDirectoryPaths: []string{filepath.Join(root, "config", "crd", "bases")}, ErrorIfCRDPathMissing: true,
		ControlPlaneStartTimeout: 2 * time.Minute,
	}
	// One declaration of ten has a Service with an address, and the usual range has 254.
	e.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.0.0.0/16")
	config, err := e.Start()
	if err != nil {
		return nil, fmt.Errorf("start control plane: %w", err)
	}
	p := &plane{environment: e, config: config}
	p.config.QPS = -1
	scheme := runtime.NewScheme()
	_ = clientgoscheme.AddToScheme(scheme) // Neither can fail: the types are those that were generated for the scheme.
	_ = v1alpha1.AddToScheme(scheme)
	if p.admin, err = client.New(config, client.Options{Scheme: scheme}); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return p, nil
}

// readCPU returns the processor time that the API server and etcd have used. They are the children of this process with their names.
func (p *plane) readCPU() (time.Duration, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		return 0, err
	}
	total, parent := time.Duration(0), fmt.Sprintf("PPid:\t%d\n", os.Getpid())
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil { // The process has ended.
			continue
		}
		text := string(data)
		isOurs := strings.HasPrefix(text, "Name:\tkube-apiserver\n") || strings.HasPrefix(text, "Name:\tetcd\n")
		if !isOurs || !strings.Contains(text, parent) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return 0, err
		}
		used, err := proc.CPU(pid)
		if err != nil {
			return 0, err
		}
		total += used
	}
	return total, nil
}

// stop ends the control plane.
func (p *plane) stop() {
	if err := p.environment.Stop(); err != nil {
		fmt.Println("stop control plane:", err)
	}
}

// install applies the objects of an installation, except the manager itself and the webhook configurations. webhookPort is the port at which
// the manager will serve the webhooks.
func (p *plane) install(ctx context.Context, objects []*unstructured.Unstructured, webhookPort string) error {
	for _, object := range objects {
		switch kind := object.GetKind(); {
		case kind == "CustomResourceDefinition" || kind == "Deployment" || kind == "PodDisruptionBudget":
			continue
		case strings.HasSuffix(kind, "WebhookConfiguration"):
			if err := pointWebhooks(object, webhookPort); err != nil {
				return err
			}
			p.webhooks = append(p.webhooks, object)
			continue
		}
		if err := p.apply(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// apply applies one object as kubectl does.
func (p *plane) apply(ctx context.Context, object *unstructured.Unstructured) error {
	configuration := client.ApplyConfigurationFromUnstructured(object.DeepCopy())
	if err := p.admin.Apply(ctx, configuration, client.FieldOwner("kubectl"), client.ForceOwnership); err != nil {
		return fmt.Errorf("apply %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

// pointWebhooks makes the webhooks of a configuration lead to the port of this machine.
func pointWebhooks(configuration *unstructured.Unstructured, port string) error {
	list, _, err := unstructured.NestedSlice(configuration.Object, "webhooks")
	if err != nil {
		return err
	}
	for _, entry := range list {
		webhook, _ := entry.(map[string]any)
		path, _, err := unstructured.NestedString(webhook, "clientConfig", "service", "path")
		if err != nil {
			return err
		}
		webhook["clientConfig"] = map[string]any{"url": "https://127.0.0.1:" + port + path}
	}
	return unstructured.SetNestedSlice(configuration.Object, list, "webhooks")
}

// createNamespaces creates the namespaces of the declarations. That of number 0 has a label by which a policy selects it.
func (p *plane) createNamespaces(ctx context.Context, n int) error {
	for i := range n {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespaceName(i)}}
		if i == 0 {
			namespace.Labels = map[string]string{"bench": "one"}
		}
		if err := p.admin.Create(ctx, namespace); err != nil {
			return err
		}
	}
	return nil
}

// writeKubeconfig writes a file with which a program connects as the manager.
func (p *plane) writeKubeconfig(folder string) (string, error) {
	content := clientcmdapi.NewConfig()
	content.Clusters["c"] = &clientcmdapi.Cluster{Server: p.config.Host, CertificateAuthorityData: p.config.CAData}
	content.AuthInfos["u"] = &clientcmdapi.AuthInfo{
		ClientCertificateData: p.config.CertData, ClientKeyData: p.config.KeyData, Impersonate: managerUser,
		ImpersonateGroups: []string{"system:serviceaccounts", "system:serviceaccounts:" + contract.OperatorNamespace, "system:authenticated"},
	}
	content.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	content.CurrentContext = "x"
	path := filepath.Join(folder, "kubeconfig")
	if err := clientcmd.WriteToFile(*content, path); err != nil {
		return "", fmt.Errorf("write kubeconfig: %w", err)
	}
	return path, os.Chmod(path, 0o600)
}
