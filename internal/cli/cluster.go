package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// clusterFlags name a namespace of a cluster, as in kubectl.
type clusterFlags struct {
	namespace, kubeconfig, context string
}

// addTo adds the flags to a command. namespace is the default of --namespace, and usage its description.
func (f *clusterFlags) addTo(cmd *cobra.Command, namespace, usage string) {
	cmd.Flags().StringVarP(&f.namespace, "namespace", "n", namespace, usage)
	cmd.Flags().StringVar(&f.kubeconfig, "kubeconfig", "", "file with the addresses of clusters, for --namespace")
	cmd.Flags().StringVar(&f.context, "context", "", "context of the kubeconfig, for --namespace")
}

// listLiveResources returns the resources of a namespace that are read. Secrets and ConfigMaps are not among them.
func listLiveResources() []schema.GroupVersionResource {
	apps := schema.GroupVersion{Group: "apps", Version: "v1"}
	batch := schema.GroupVersion{Group: "batch", Version: "v1"}
	core := schema.GroupVersion{Version: "v1"}
	return []schema.GroupVersionResource{
		apps.WithResource("deployments"), apps.WithResource("statefulsets"), apps.WithResource("daemonsets"), apps.WithResource("replicasets"),
		batch.WithResource("cronjobs"), batch.WithResource("jobs"), core.WithResource("pods"), core.WithResource("services"),
		v1alpha1.GroupVersion.WithResource("chatbotdeployments"),
	}
}

// read returns the objects of the namespace as a List in JSON, without what only the cluster knows of them, so that they are read like
// manifests. It leaves out objects that others control, such as the pods of a Deployment. It only lists; it changes nothing.
func (f *clusterFlags) read(ctx context.Context) ([]byte, error) {
	config, err := f.load()
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("--namespace %s: %w", f.namespace, err)
	}
	items := []map[string]any{}
	for _, resource := range listLiveResources() {
		list, err := client.Resource(resource).Namespace(f.namespace).List(ctx, metav1.ListOptions{})
		isNotInstalled := apierrors.IsNotFound(err) && resource.Group == v1alpha1.GroupVersion.Group
		if isNotInstalled {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("--namespace %s: list %s: %w", f.namespace, resource.Resource, err)
		}
		for i := range list.Items {
			if metav1.GetControllerOfNoCopy(&list.Items[i]) == nil {
				items = append(items, asManifest(&list.Items[i]))
			}
		}
	}
	return json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}

// load returns the configuration of the client of the cluster that the flags and the environment name.
func (f *clusterFlags) load() (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = f.kubeconfig
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: f.context}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("--namespace %s: no cluster is configured (%w): set --kubeconfig or KUBECONFIG", f.namespace, err)
	}
	return config, nil
}

// asManifest returns a stored object as its manifest: without status, UID and the other fields of metadata that a cluster sets.
func asManifest(o *unstructured.Unstructured) map[string]any {
	unstructured.RemoveNestedField(o.Object, "status")
	for _, field := range []string{"uid", "resourceVersion", "managedFields", "generation", "creationTimestamp"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	return o.Object
}
