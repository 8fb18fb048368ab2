package chatbot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/organisation"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

// observation is everything that gather reads about one declaration.
type observation struct {
	// declaration is a copy; only writeStatus changes it.
	declaration *v1alpha1.ChatbotDeployment
	// environment is what the decision depends on besides the declaration. Read only.
	environment facts.Environment
	// stalled says why the selector cannot be used; zero when it can.
	stalled stall
	// pods are those that the selector matches and that are neither being deleted nor ended; empty when stalled.
	pods []selectedPod
	// refusals are ReplicaSets of the selector whose pods were refused; empty when stalled.
	refusals []refusal
	objects  objects
}

// stall is a state that only an edit by a user ends.
type stall struct {
	// reason is a condition reason; empty when not stalled.
	reason  string
	message string
}

// selectedPod is one pod that the selector matches.
type selectedPod struct {
	name, configHash string
	sidecar          sidecarState
}

// refusal is a ReplicaSet whose pods Chaperone refuses.
type refusal struct {
	replicaSet string
	pods       int32
}

// objects are those that Chaperone created for a declaration; nil when absent.
type objects struct {
	configMap     *corev1.ConfigMap
	networkPolicy *networkingv1.NetworkPolicy
}

// gather reads what a decision about the declaration needs. It returns nil when the declaration does not exist or is being deleted:
// garbage collection deletes its objects, and controllers/namespace maintains the label.
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
	if found.environment, err = organisation.ReadEnvironment(ctx, r.Client, name.Namespace); err != nil {
		return nil, err
	}
	if found.objects, err = r.gatherObjects(ctx, name); err != nil {
		return nil, err
	}
	selector, err := selection.Parse(declaration)
	if err != nil {
		found.stalled = stall{reason: v1alpha1.ReasonInvalidSelector, message: err.Error()}
		return found, nil
	}
	if others := r.selectors.FindOverlapping(name); len(others) > 0 {
		found.stalled = newOverlapStall(name, others)
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
	options := []client.ListOption{client.InNamespace(found.declaration.Namespace), client.MatchingLabelsSelector{Selector: selector}}
	if err := r.gatherPods(ctx, found, options); err != nil {
		return err
	}
	// The Deployment controller gives a ReplicaSet the labels of its pods.
	var replicaSets appsv1.ReplicaSetList
	if err := r.Client.List(ctx, &replicaSets, options...); err != nil {
		return fmt.Errorf("list replica sets: %w", err)
	}
	for i := range replicaSets.Items {
		if missing := countRefusedPods(&replicaSets.Items[i]); missing > 0 {
			found.refusals = append(found.refusals, refusal{replicaSet: replicaSets.Items[i].Name, pods: missing})
		}
	}
	return nil
}

// gatherPods lists the metadata of every selected pod, and looks up those that carry the label of the chatbot.
func (r *Reconciler) gatherPods(ctx context.Context, found *observation, options []client.ListOption) error {
	var all metav1.PartialObjectMetadataList
	all.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("PodList"))
	if err := r.Client.List(ctx, &all, append(options, client.UnsafeDisableDeepCopy)...); err != nil {
		return fmt.Errorf("list pods: %w", err)
	}
	template := inject.Template(found.declaration, r.Image, "")
	for i := range all.Items {
		pod := &all.Items[i]
		governed, err := r.readGovernedPod(ctx, pod, found.declaration.Name)
		if err != nil {
			return err
		}
		state := computeSidecarState(pod.Labels, governed, found.declaration, template)
		if pod.DeletionTimestamp.IsZero() && state != sidecarEnded {
			found.pods = append(found.pods, selectedPod{pod.Name, pod.Annotations[v1alpha1.AnnotationConfigHash], state})
		}
	}
	return nil
}

// readGovernedPod returns the pod of the metadata; nil when it does not carry the label of the chatbot, or when the cache of governed
// pods does not have it or has an earlier pod of the same name.
func (r *Reconciler) readGovernedPod(ctx context.Context, pod *metav1.PartialObjectMetadata, chatbot string) (*corev1.Pod, error) {
	if pod.Labels[v1alpha1.LabelChatbot] != chatbot {
		return nil, nil
	}
	governed := &corev1.Pod{}
	if err := r.Pods.Get(ctx, client.ObjectKeyFromObject(pod), governed, client.UnsafeDisableDeepCopy); err != nil {
		if apierrors.IsNotFound(err) {
			return nil, nil
		}
		return nil, fmt.Errorf("read governed pod: %w", err)
	}
	if governed.UID != pod.UID {
		return nil, nil
	}
	return governed, nil
}

// countRefusedPods returns the number of pods that the ReplicaSet lacks because the webhooks or the floor refused them. Both name
// Chaperone in their messages.
func countRefusedPods(replicaSet *appsv1.ReplicaSet) int32 {
	desired := int32(1)
	if replicaSet.Spec.Replicas != nil {
		desired = *replicaSet.Spec.Replicas
	}
	for _, c := range replicaSet.Status.Conditions {
		if c.Type == appsv1.ReplicaSetReplicaFailure && c.Status == corev1.ConditionTrue && strings.Contains(c.Message, "chaperone") {
			return max(desired-replicaSet.Status.Replicas, 0)
		}
	}
	return 0
}

func newOverlapStall(name types.NamespacedName, others []types.NamespacedName) stall {
	texts := make([]string, 0, len(others))
	for _, other := range others {
		texts = append(texts, other.String())
	}
	return stall{
		reason: v1alpha1.ReasonOverlappingSelector,
		message: fmt.Sprintf("spec.selector of %s can match the same pods as that of %s. "+
			"Change one of them so that one label has different values in each.", name, listNames(texts)),
	}
}

// sidecarState tells how far a selected pod is governed.
type sidecarState int

const (
	// sidecarMissing: the pod does not hold the declaration's sidecar.
	sidecarMissing sidecarState = iota
	// sidecarDiffers: a container in its place is not the current sidecar.
	sidecarDiffers
	// sidecarStarting: the sidecar is right and has not started, so that nothing else in the pod has.
	sidecarStarting
	// sidecarStopped: the sidecar is right and no longer runs, while the pod does.
	sidecarStopped
	// sidecarRunning: the sidecar is right and runs.
	sidecarRunning
	// sidecarEnded: the pod has ended and will not run again.
	sidecarEnded
)

// computeSidecarState returns the state of a pod's sidecar by the pod's spec and status; its labels only claim a chatbot. pod is nil
// when the cache of governed pods does not have it.
func computeSidecarState(labels map[string]string, pod *corev1.Pod, d *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) sidecarState {
	if labels[v1alpha1.LabelChatbot] != d.Name {
		return sidecarMissing
	}
	if pod == nil {
		// Of the two watches, that of metadata may be ahead. The event of the other one follows.
		return sidecarStarting
	}
	if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return sidecarEnded
	}
	sidecar := facts.NewSidecar(inject.NewWorkloadInput(pod, d, policy.Verdict{}, template))
	switch {
	case !sidecar.Present:
		return sidecarMissing
	case sidecar.Index > 0 || len(sidecar.Differences) > 0:
		return sidecarDiffers
	case hasStarted(pod):
		return sidecarRunning
	case pod.Status.Phase == corev1.PodRunning:
		return sidecarStopped
	default:
		return sidecarStarting
	}
}

func hasStarted(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.InitContainerStatuses, func(s corev1.ContainerStatus) bool {
		return s.Name == contract.Sidecar && ptr.Deref(s.Started, false)
	})
}
