package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/podtemplate"
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

// listOptionalResources returns the resources of a namespace that are read where they are installed and may be listed, besides workloads
// (listWorkloads).
func listOptionalResources() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{
		v1alpha1.GroupVersion.WithResource("chatbotdeployments"),
		{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"},
	}
}

// listWorkloads returns the workloads of the namespace of kinds of other projects that are installed, each in the first version that has any.
func (f *clusterFlags) listWorkloads(ctx context.Context, config *rest.Config, client dynamic.Interface, kinds podtemplate.Table) ([]unstructured.Unstructured, error) {
	discoverer, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	installed, err := discoverer.ServerGroups()
	if err != nil {
		return nil, fmt.Errorf("list API groups: %w", err)
	}
	versions := map[string][]metav1.GroupVersionForDiscovery{}
	for _, group := range installed.Groups {
		versions[group.Name] = group.Versions
	}
	var found []unstructured.Unstructured
	for _, kind := range kinds.List() {
		if kind.IsOfKubernetes() {
			continue
		}
		for _, version := range versions[kind.Group] {
			resource := schema.GroupVersionResource{Group: kind.Group, Version: version.Version, Resource: kind.Resource}
			objects, err := f.list(ctx, client, resource)
			if err != nil {
				return nil, fmt.Errorf("list %s: %w", resource.Resource, err)
			}
			found = append(found, objects...)
			if len(objects) > 0 {
				break
			}
		}
	}
	return found, nil
}

// listClusterResources returns the resources of the whole cluster that are read where they are installed and may be listed, because
// declarations name them.
func listClusterResources() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{v1alpha1.GroupVersion.WithResource("chatshapes")}
}

// listLiveResources returns the resources of a namespace that are read. Secrets and ConfigMaps are not among them.
func listLiveResources() []schema.GroupVersionResource {
	apps := schema.GroupVersion{Group: "apps", Version: "v1"}
	batch := schema.GroupVersion{Group: "batch", Version: "v1"}
	core := schema.GroupVersion{Version: "v1"}
	return []schema.GroupVersionResource{
		apps.WithResource("deployments"), apps.WithResource("statefulsets"), apps.WithResource("daemonsets"), apps.WithResource("replicasets"),
		batch.WithResource("cronjobs"), batch.WithResource("jobs"), core.WithResource("pods"), core.WithResource("services"),
	}
}

// read returns the objects of the namespace, and the ChatShapes of the cluster, as a List in JSON, without what only the cluster knows of
// them, so that they are read like manifests. It leaves out objects that other listed objects control, such as the pods of a Deployment. It
// only lists; it changes nothing.
func (f *clusterFlags) read(ctx context.Context, kinds podtemplate.Table) ([]byte, error) {
	config, err := f.load()
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("--namespace %s: %w", f.namespace, err)
	}
	var found []unstructured.Unstructured
	for _, resource := range slices.Concat(listLiveResources(), listOptionalResources(), listClusterResources()) {
		objects, err := f.list(ctx, client, resource)
		if err != nil {
			return nil, fmt.Errorf("--namespace %s: list %s: %w", f.namespace, resource.Resource, err)
		}
		found = append(found, objects...)
	}
	workloads, err := f.listWorkloads(ctx, config, client, kinds)
	if err != nil {
		return nil, fmt.Errorf("--namespace %s: %w", f.namespace, err)
	}
	found = append(found, workloads...)
	listed := map[types.UID]bool{}
	for i := range found {
		listed[found[i].GetUID()] = true
	}
	items := []map[string]any{}
	for i := range found {
		if o := &found[i]; !isControlled(o, listed) {
			items = append(items, asManifest(o))
		}
	}
	return json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}

// list returns the objects of the resource. It returns none for a resource other than listLiveResources that is not installed or may not be
// listed.
func (f *clusterFlags) list(ctx context.Context, client dynamic.Interface, resource schema.GroupVersionResource) ([]unstructured.Unstructured, error) {
	namespace := f.namespace
	if slices.Contains(listClusterResources(), resource) {
		namespace = metav1.NamespaceAll
	}
	list, err := client.Resource(resource).Namespace(namespace).List(ctx, metav1.ListOptions{})
	switch {
	case err == nil:
		return list.Items, nil
	case (apierrors.IsNotFound(err) || apierrors.IsForbidden(err)) && !slices.Contains(listLiveResources(), resource):
		return nil, nil
	}
	return nil, err
}

// isControlled reports whether an object is left out, because a listed object controls it, or because it is an old ReplicaSet without pods.
// What an object of an unlisted kind controls, such as the StatefulSet of an operator, stays: nothing else in the list stands for its pods.
func isControlled(o *unstructured.Unstructured, listed map[types.UID]bool) bool {
	controller := metav1.GetControllerOfNoCopy(o)
	if controller == nil {
		return false
	}
	replicas, hasReplicas, _ := unstructured.NestedInt64(o.Object, "spec", "replicas")
	return listed[controller.UID] || hasReplicas && replicas == 0
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

// asManifest returns a stored object as its manifest: without status, UID, owners and the other fields of metadata that a cluster sets.
func asManifest(o *unstructured.Unstructured) map[string]any {
	unstructured.RemoveNestedField(o.Object, "status")
	for _, field := range []string{"uid", "resourceVersion", "managedFields", "generation", "creationTimestamp", "ownerReferences"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	return o.Object
}
