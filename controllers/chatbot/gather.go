package chatbot

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/inject/selection"
	"github.com/chaperone-dev/chaperone/internal/organisation"
)

// observation is everything that was read about one declaration.
type observation struct {
	// declaration is the cache's copy made for us; only writeStatus changes it.
	declaration *v1alpha1.ChatbotDeployment
	// environment is what the decision depends on besides it. Read only.
	environment facts.Environment
	// stalled says why the selector cannot be used; zero when it can.
	stalled stall
	// pods that the selector matches and that are not being deleted; empty when stalled.
	pods []metav1.PartialObjectMetadata
	// refusals are ReplicaSets of the selector whose pods were refused; empty when stalled.
	refusals []refusal
	objects  objects
}

// stall is a state in which nothing happens until a user edits the object.
type stall struct {
	// reason is a condition reason; empty when not stalled.
	reason  string
	message string
}

// refusal is a ReplicaSet that could not create pods because Chaperone refused them.
type refusal struct {
	replicaSet string
	pods       int32
}

// objects are what Chaperone created for a declaration; nil when absent.
type objects struct {
	configMap     *corev1.ConfigMap
	networkPolicy *networkingv1.NetworkPolicy
}

// gather reads what a decision about the declaration needs. It returns nil when the declaration is gone or going: its owner
// references clean up, and controllers/namespace takes care of the label.
func (r *Reconciler) gather(ctx context.Context, name types.NamespacedName) (*observation, error) {
	declaration := &v1alpha1.ChatbotDeployment{}
	if err := r.Client.Get(ctx, name, declaration); err != nil {
		if client.IgnoreNotFound(err) == nil {
			r.selectors.Delete(name)
			return nil, nil
		}
		return nil, fmt.Errorf("read declaration: %w", err)
	}
	if !declaration.DeletionTimestamp.IsZero() {
		return nil, nil
	}
	r.selectors.Put(declaration)
	found := &observation{declaration: declaration}
	var err error
	if found.environment, _, err = organisation.ReadEnvironment(ctx, r.Client, name.Namespace); err != nil {
		return nil, err
	}
	if found.objects, err = r.gatherObjects(ctx, name); err != nil {
		return nil, err
	}
	selector, err := selection.Selector(declaration)
	if err != nil {
		found.stalled = stall{reason: v1alpha1.ReasonInvalidSelector, message: err.Error()}
		return found, nil
	}
	if others := r.selectors.Overlapping(name); len(others) > 0 {
		found.stalled = overlapStall(name, others)
		return found, nil
	}
	return found, r.gatherWorkloads(ctx, found, selector)
}

func (r *Reconciler) gatherObjects(ctx context.Context, name types.NamespacedName) (objects, error) {
	key := types.NamespacedName{Namespace: name.Namespace, Name: inject.ConfigMapName(name.Name)}
	found := objects{configMap: &corev1.ConfigMap{}, networkPolicy: &networkingv1.NetworkPolicy{}}
	if err := r.Client.Get(ctx, key, found.configMap); err != nil {
		if client.IgnoreNotFound(err) != nil {
			return objects{}, fmt.Errorf("read sidecar configuration: %w", err)
		}
		found.configMap = nil
	}
	if err := r.Client.Get(ctx, key, found.networkPolicy); err != nil {
		if client.IgnoreNotFound(err) != nil {
			return objects{}, fmt.Errorf("read network policy: %w", err)
		}
		found.networkPolicy = nil
	}
	return found, nil
}

func (r *Reconciler) gatherWorkloads(ctx context.Context, found *observation, selector labels.Selector) error {
	// Metadata is enough: the webhooks vouch that the label and the annotation are only on pods with the sidecar.
	var pods metav1.PartialObjectMetadataList
	pods.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("PodList"))
	options := []client.ListOption{client.InNamespace(found.declaration.Namespace), client.MatchingLabelsSelector{Selector: selector}}
	if err := r.Client.List(ctx, &pods, options...); err != nil {
		return fmt.Errorf("list pods: %w", err)
	}
	for _, pod := range pods.Items {
		if pod.DeletionTimestamp.IsZero() {
			found.pods = append(found.pods, pod)
		}
	}
	// A ReplicaSet carries the labels of its pods, as the Deployment controller makes it.
	var replicaSets appsv1.ReplicaSetList
	if err := r.Client.List(ctx, &replicaSets, options...); err != nil {
		return fmt.Errorf("list replica sets: %w", err)
	}
	for i := range replicaSets.Items {
		if missing := refusedPods(&replicaSets.Items[i]); missing > 0 {
			found.refusals = append(found.refusals, refusal{replicaSet: replicaSets.Items[i].Name, pods: missing})
		}
	}
	return nil
}

// refusedPods returns how many pods of the ReplicaSet are missing because Chaperone refused them, by its webhooks or by the
// floor in the API server; both sign their refusals with its name.
func refusedPods(replicaSet *appsv1.ReplicaSet) int32 {
	wanted := int32(1)
	if replicaSet.Spec.Replicas != nil {
		wanted = *replicaSet.Spec.Replicas
	}
	for _, c := range replicaSet.Status.Conditions {
		if c.Type == appsv1.ReplicaSetReplicaFailure && c.Status == corev1.ConditionTrue && strings.Contains(c.Message, "chaperone") {
			return max(wanted-replicaSet.Status.Replicas, 0)
		}
	}
	return 0
}

func overlapStall(name types.NamespacedName, others []types.NamespacedName) stall {
	texts := make([]string, 0, len(others))
	for _, other := range others[:min(len(others), maxNames)] {
		texts = append(texts, other.String())
	}
	if more := len(others) - maxNames; more > 0 {
		texts = append(texts, fmt.Sprintf("%d more", more))
	}
	return stall{
		reason: v1alpha1.ReasonOverlappingSelector,
		message: fmt.Sprintf("spec.selector of %s can match the same pods as that of %s. "+
			"Change one of them so that one label has different values in each.", name, strings.Join(texts, ", ")),
	}
}
