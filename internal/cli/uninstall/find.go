// Package uninstall takes Chaperone out of a cluster: it finds what an installation has left there, says what becomes of the pods that run, and
// removes it. It needs no manager: a dead one, and its webhooks that fail closed, do not stop it. It reads and writes metadata only.
package uninstall

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// Installation is Chaperone in a cluster.
type Installation struct {
	Client metadata.Interface
	// Namespace is the namespace of Chaperone itself.
	Namespace string
}

// Item is an object that is removed, or from which something is removed.
type Item struct {
	Resource        schema.GroupVersionResource
	Namespace, Name string
	// Finalizers are all finalizers of the object.
	Finalizers []string
	// IsEnding is true if the object is being deleted.
	IsEnding bool
	version  string
}

// String returns `<resource> <namespace>/<name>`, or `<resource> <name>` for an object without a namespace.
func (i Item) String() string {
	if i.Namespace == "" {
		return i.Resource.Resource + " " + i.Name
	}
	return i.Resource.Resource + " " + i.Namespace + "/" + i.Name
}

// Step is one of the steps in which an installation is removed.
type Step struct {
	// Title says what the step does with the items: `Delete the webhook configurations`.
	Title string
	Items []Item
	act   func(context.Context, metadata.Interface, Item) error
}

// stage finds the items of a step.
type stage struct {
	title string
	find  func(context.Context, Installation) ([]Item, error)
	act   func(context.Context, metadata.Interface, Item) error
}

// listStages returns the order in which an installation is removed. The manager loses its rights first, because it puts back what is deleted.
// Webhooks and policies go before what they would keep from being changed, and finalizers before the definitions, whose deletion waits for them.
func listStages() []stage {
	return []stage{
		{"Stop the manager, which would put back what is deleted", findManager, remove},
		{"Delete the webhook configurations", findAll(webhookConfigurations(), isInstalled), remove},
		{"Delete the policies that API servers enforce themselves", findAll(admissionPolicies(), isInstalled), remove},
		{"Take Chaperone's finalizers from its objects, which go with their definitions", findDeclared, dropFinalizers},
		{"Delete Chaperone's objects in the namespaces of chatbots", findWritten, remove},
		{"Take the label " + v1alpha1.LabelEnforce + " from namespaces", findEnforced, dropLabel},
		{"Delete the definitions, with all objects of their kinds", findDefinitions, remove},
		{"Delete the roles", findAll([]schema.GroupVersionResource{roles}, isRole), remove},
		{"Delete Chaperone's namespace, with its Secrets", findNamespace, remove},
	}
}

const rbac = "rbac.authorization.k8s.io"

var (
	bindings    = schema.GroupVersionResource{Group: rbac, Version: "v1", Resource: "clusterrolebindings"}
	roles       = schema.GroupVersionResource{Group: rbac, Version: "v1", Resource: "clusterroles"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	namespaces  = corev1.SchemeGroupVersion.WithResource("namespaces")
	configMaps  = corev1.SchemeGroupVersion.WithResource("configmaps")
	policies    = schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}
	pods        = corev1.SchemeGroupVersion.WithResource("pods")
)

// clusterPolicies returns ClusterNetworkPolicies in a version that the manager writes. Few clusters have them.
func clusterPolicies(version string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "policy.networking.k8s.io", Version: version, Resource: "clusternetworkpolicies"}
}

const admission = "admissionregistration.k8s.io"

func webhookConfigurations() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{
		{Group: admission, Version: "v1", Resource: "mutatingwebhookconfigurations"},
		{Group: admission, Version: "v1", Resource: "validatingwebhookconfigurations"},
	}
}

// admissionPolicies has the bindings first: a policy without a binding does nothing.
func admissionPolicies() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{
		{Group: admission, Version: "v1", Resource: "validatingadmissionpolicybindings"},
		{Group: admission, Version: "v1", Resource: "validatingadmissionpolicies"},
	}
}

// Find returns the steps that remove what is there, in order, without those that have nothing to do.
func (i Installation) Find(ctx context.Context) ([]Step, error) {
	var steps []Step
	for _, s := range listStages() {
		items, err := s.find(ctx, i)
		if err != nil {
			return nil, err
		}
		if len(items) > 0 {
			steps = append(steps, Step{Title: s.title, Items: items, act: s.act})
		}
	}
	return steps, nil
}

// isInstalled reports whether an object without a namespace is a part of an installation, of this version or of another one: it has the name
// and the label of all such objects. controller-gen gives the role of the manager no label.
func isInstalled(o *metav1.PartialObjectMetadata) bool {
	return o.Name == contract.Manager || strings.HasPrefix(o.Name, contract.Sidecar+"-") && o.Labels["app.kubernetes.io/name"] == "chaperone"
}

// isRole is isInstalled for roles, of which those for users have other names (chatbot-editor).
func isRole(o *metav1.PartialObjectMetadata) bool {
	return o.Name == contract.Manager || o.Labels["app.kubernetes.io/name"] == "chaperone"
}

// findManager finds what gives the manager its rights, and its Deployment. Without rights, a manager that cannot be reached or that runs outside
// the cluster changes nothing either.
func findManager(ctx context.Context, i Installation) ([]Item, error) {
	found, err := i.list(ctx, bindings, "", "", isInstalled)
	if err != nil {
		return nil, err
	}
	deployed, err := i.list(ctx, deployments, i.Namespace, "", func(o *metav1.PartialObjectMetadata) bool { return o.Name == contract.Manager })
	return append(found, deployed...), err
}

func findAll(resources []schema.GroupVersionResource, keep func(*metav1.PartialObjectMetadata) bool) func(context.Context, Installation) ([]Item, error) {
	return func(ctx context.Context, i Installation) ([]Item, error) {
		var all []Item
		for _, resource := range resources {
			found, err := i.list(ctx, resource, "", "", keep)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, nil
	}
}

// findDeclared finds the objects of Chaperone's kinds with a finalizer of Chaperone.
func findDeclared(ctx context.Context, i Installation) ([]Item, error) {
	kinds, err := findDefinitions(ctx, i)
	if err != nil {
		return nil, err
	}
	var all []Item
	for _, definition := range kinds {
		resource, _, _ := strings.Cut(definition.Name, ".")
		found, err := i.list(ctx, v1alpha1.GroupVersion.WithResource(resource), "", "", func(o *metav1.PartialObjectMetadata) bool {
			return slices.ContainsFunc(o.Finalizers, isOwnFinalizer)
		})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func isOwnFinalizer(name string) bool { return strings.HasPrefix(name, contract.KeyPrefix) }

// findWritten finds what the manager has written for chatbots. Its owner's end would delete it too, but only where the garbage collector runs.
func findWritten(ctx context.Context, i Installation) ([]Item, error) {
	var all []Item
	for _, resource := range []schema.GroupVersionResource{policies, configMaps, clusterPolicies("v1beta1"), clusterPolicies("v1alpha2")} {
		found, err := i.list(ctx, resource, "", contract.LabelManagedBy+"="+contract.ManagedBy, func(o *metav1.PartialObjectMetadata) bool {
			return strings.HasPrefix(o.Name, contract.Sidecar+"-")
		})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		if len(found) > 0 && resource == clusterPolicies("v1beta1") {
			break // The older version has the same objects.
		}
	}
	return all, nil
}

func findEnforced(ctx context.Context, i Installation) ([]Item, error) {
	return i.list(ctx, namespaces, "", v1alpha1.LabelEnforce, func(*metav1.PartialObjectMetadata) bool { return true })
}

func findDefinitions(ctx context.Context, i Installation) ([]Item, error) {
	return i.list(ctx, definitions, "", "", func(o *metav1.PartialObjectMetadata) bool {
		return strings.HasSuffix(o.Name, "."+v1alpha1.GroupVersion.Group)
	})
}

// findNamespace finds Chaperone's namespace until it is being deleted. A namespace that Chaperone shares with others lacks the label, and stays.
func findNamespace(ctx context.Context, i Installation) ([]Item, error) {
	return i.list(ctx, namespaces, "", "app.kubernetes.io/name=chaperone", func(o *metav1.PartialObjectMetadata) bool {
		return o.Name == i.Namespace && o.DeletionTimestamp == nil
	})
}

// list returns the objects of a resource that are kept, none if the cluster does not have the resource.
func (i Installation) list(
	ctx context.Context, resource schema.GroupVersionResource, namespace, selector string, keep func(*metav1.PartialObjectMetadata) bool,
) ([]Item, error) {
	list, err := i.Client.Resource(resource).Namespace(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", resource.Resource, err)
	}
	var items []Item
	for n := range list.Items {
		if o := &list.Items[n]; keep(o) {
			items = append(items, Item{resource, o.Namespace, o.Name, o.Finalizers, o.DeletionTimestamp != nil, o.ResourceVersion})
		}
	}
	return items, nil
}
