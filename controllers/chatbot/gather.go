package chatbot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/internal/organisation"
	"github.com/chaperone-dev/chaperone/internal/readback"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

// observation is what gather reads about one declaration.
type observation struct {
	// declaration shares its spec and status with the cache, so they must not be changed. Only writeStatus replaces it.
	declaration *v1alpha1.ChatbotDeployment
	// environment is what the decision depends on besides the declaration. It is shared with the cache and must not be changed.
	environment facts.Environment
	// stalledBecause is why the selector cannot be used: it is invalid, or it overlaps with that of another declaration, and then an edit
	// of either can end this. It is zero if the selector can be used.
	stalledBecause cause
	// pods are the pods that the selector matches, without those that are leaving (isLeaving) and those that have ended. The list is empty if the
	// selector cannot be used.
	pods []selectedPod
	// served are the names of the declared ports that the sidecar serves, for each injected pod that runs, also those that are being deleted.
	served [][]string
	// keepers are what the governed pods belong to, or the pods themselves: as owners, they keep the objects while a pod is left, also when the
	// declaration is gone (docs/adr/0112-running-chatbots-that-no-longer-comply.md).
	keepers []metav1.OwnerReference
	// claims is the number of pods with the label of the chatbot. It is known only while the selector cannot be used.
	claims int32
	// refusals are the ReplicaSets that the selector matches and that lack pods because Chaperone refused them; empty if the selector
	// cannot be used.
	refusals []refusal
	// replicas is the number of pods that each ReplicaSet wants that the selector matches, by its UID.
	replicas map[types.UID]int32
	// services are the decisions about the Services that lead to the pods (reviewServices). gather leaves them empty.
	services []serviceReview
	// knownServices are the names of the Services that lead to the pods or did so before, and left are those of them that lead where nothing is
	// governed (sortOut). gather leaves them empty.
	knownServices []string
	left          []leftService
	// policies are the decisions about the NetworkPolicies that open ports of the pods around the sidecar (reviewNetworkPolicies). gather
	// leaves them empty.
	policies []networkPolicyReview
	// desk is where humans take over.
	desk desk
	// objects are the existing objects of the declaration. They share their content with the cache, so it must not be changed.
	objects objects
	// lost are the objects that another client deleted or changed, as they were before.
	lost objects
	// keys are the keys that sign configurations.
	keys keyring.Ring
}

// cause is why a condition has its status. The zero value means that there is no cause.
type cause struct {
	// reason is the reason of the condition.
	reason string
	// message is the message of the condition.
	message string
}

// selectedPod is one pod that the selector matches.
type selectedPod struct {
	name string
	uid  types.UID
	// labels are those of the pod. They are shared with the cache and must not be changed.
	labels map[string]string
	// workload is the kind and the name of the workload from which the pod comes, or of the pod itself (facts.NameWorkload).
	workload string
	// isStatic is true if the pod is the mirror of a static pod.
	isStatic bool
	// configHash is the hash of the sidecar configuration with which the pod was created; empty if the pod was not injected.
	configHash string
	sidecar    sidecarState
	// id identifies the run of the sidecar, address is that of its admin port, and answer is what it said last; empty and nil if it cannot be
	// asked or has not answered. isAssumedCurrent is true before the first question, if no sidecar was stale when the status was written.
	// isSilent is true if it has answered none of the last questions, or, before it has ever answered, if there was such a sidecar when the status was
	// written.
	id               sidecarID
	address          string
	answer           *readback.Answer
	isAssumedCurrent bool
	isSilent         bool
	// preparingSince is when the kubelet began to prepare the pod, of which no container can start before its volumes and its network are
	// there; zero if they are, or if the kubelet does not say it.
	preparingSince time.Time
	// created is when the pod was created, and hasController whether something makes another one when it is gone.
	created       time.Time
	hasController bool
	// cannotCreate is true if the kubelet has tried to create the sidecar, and could not.
	cannotCreate bool
	// ungovernedPorts are the declared ports (contract.PortName) that have no sidecar in front of them, although the pod has the label of
	// the chatbot: the NetworkPolicy would close a port of the pod that its clients use.
	ungovernedPorts []string
	// otherNames are further names of the numbers of governed ports, which lead to the app (facts.Port.OtherNames).
	otherNames []string
	// closedPorts are the app's ports that the declaration neither governs nor opens, as texts for people.
	closedPorts []string
	// formerPorts are the ports of the pod's sidecar that sidecars no longer use (contract.IsFormerSidecarPort).
	formerPorts []int32
	// portNames are the names of the ports of all containers, the sidecar's too; nil if the spec of the pod is not known, because the pod does
	// not have the label of the chatbot, or because the cache does not have it yet.
	portNames []string
	// images are the images that run in the pod (listImages).
	images []v1alpha1.RunningImage
	// open is set if settings of the pod can lead around its sidecar.
	open *openPod
}

// refusal is a ReplicaSet that lacks pods because Chaperone refused them (countRefusedPods).
type refusal struct {
	// replicaSet is the name of the ReplicaSet.
	replicaSet string
	// pods is the number of pods that it lacks.
	pods int32
}

// objects are the objects that Chaperone maintains for a declaration. A field is nil if its object does not exist or is not to be applied.
type objects struct {
	configMap     *corev1.ConfigMap
	networkPolicy *networkingv1.NetworkPolicy
}

// gather reads what Reconcile needs about the declaration. It returns nil when the declaration does not exist, or when the garbage collector
// deletes its objects before it. A declaration that is being deleted goes on to govern as long as a finalizer keeps it.
func (r *Reconciler) gather(ctx context.Context, name types.NamespacedName) (*observation, error) {
	declaration := &v1alpha1.ChatbotDeployment{}
	if err := r.Client.Get(ctx, name, declaration, client.UnsafeDisableDeepCopy); err != nil {
		if client.IgnoreNotFound(err) == nil {
			r.selectors.Delete(name)
			r.reaching.set(name, false)
			return nil, nil
		}
		return nil, fmt.Errorf("read declaration: %w", err)
	}
	if !declaration.DeletionTimestamp.IsZero() && slices.Contains(declaration.Finalizers, metav1.FinalizerDeleteDependents) {
		return nil, nil
	}
	// The watch also puts the declaration into the index, but possibly later: the cache has a declaration before its event is handled.
	r.selectors.Put(declaration)
	found := &observation{declaration: declaration}
	var err error
	if found.keys, err = r.Keys(); err != nil {
		return nil, err
	}
	if found.environment, err = organisation.ReadEnvironment(ctx, r.Client, name.Namespace); err != nil {
		return nil, err
	}
	if found.objects, err = r.gatherObjects(ctx, name); err != nil {
		return nil, err
	}
	found.lost = r.lost.find(name)
	if err = r.gatherDesk(ctx, found); err != nil {
		return nil, err
	}
	// Pods and ReplicaSets are read only with a selector that is valid and overlaps no other.
	selector, err := selection.Parse(declaration)
	if err != nil {
		found.stalledBecause = cause{reason: v1alpha1.ReasonInvalidSelector, message: err.Error()}
		return found, r.gatherClaims(ctx, found)
	}
	if others := r.selectors.FindOverlapping(name); len(others) > 0 {
		found.stalledBecause = explainOverlap(name, others)
		return found, r.gatherClaims(ctx, found)
	}
	return found, r.gatherWorkloads(ctx, found, selector)
}

// gatherObjects reads the ConfigMap and the NetworkPolicy of the declaration.
func (r *Reconciler) gatherObjects(ctx context.Context, name types.NamespacedName) (objects, error) {
	key := types.NamespacedName{Namespace: name.Namespace, Name: inject.ConfigMapName(name.Name)}
	found := objects{configMap: &corev1.ConfigMap{}, networkPolicy: &networkingv1.NetworkPolicy{}}
	if err := r.Client.Get(ctx, key, found.configMap, client.UnsafeDisableDeepCopy); err != nil {
		if client.IgnoreNotFound(err) != nil {
			return objects{}, fmt.Errorf("read sidecar configuration: %w", err)
		}
		found.configMap = nil
	}
	if err := r.Client.Get(ctx, key, found.networkPolicy, client.UnsafeDisableDeepCopy); err != nil {
		if client.IgnoreNotFound(err) != nil {
			return objects{}, fmt.Errorf("read network policy: %w", err)
		}
		found.networkPolicy = nil
	}
	return found, nil
}

// gatherWorkloads adds to found the pods that the selector matches, and the refusals: the ReplicaSets that the selector matches and that
// lack pods because Chaperone refused them.
func (r *Reconciler) gatherWorkloads(ctx context.Context, found *observation, selector labels.Selector) error {
	options := []client.ListOption{client.InNamespace(found.declaration.Namespace), client.MatchingLabelsSelector{Selector: selector}}
	if err := r.gatherPods(ctx, found, options); err != nil {
		return err
	}
	// A ReplicaSet of a Deployment has the labels of its pods, so that the selector of the pods matches it too.
	var replicaSets appsv1.ReplicaSetList
	if err := r.Client.List(ctx, &replicaSets, options...); err != nil {
		return fmt.Errorf("list replica sets: %w", err)
	}
	found.replicas = map[types.UID]int32{}
	for i := range replicaSets.Items {
		found.replicas[replicaSets.Items[i].UID] = ptr.Deref(replicaSets.Items[i].Spec.Replicas, 1)
		if missing := countRefusedPods(&replicaSets.Items[i]); missing > 0 {
			found.refusals = append(found.refusals, refusal{replicaSet: replicaSets.Items[i].Name, pods: missing})
		}
	}
	return nil
}

// gatherPods adds the selected pods to found, except those that are being deleted and those that have ended. It lists the metadata of all
// selected pods. Only of those with the label does it also read spec and status, as far as the cache of governed pods keeps them.
func (r *Reconciler) gatherPods(ctx context.Context, found *observation, options []client.ListOption) error {
	var all metav1.PartialObjectMetadataList
	all.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("PodList"))
	if err := r.Client.List(ctx, &all, append(options, client.UnsafeDisableDeepCopy)...); err != nil {
		return fmt.Errorf("list pods: %w", err)
	}
	// The template of the sidecar is made without the hash of the configuration, because computeSidecarState does not compare the hash.
	template := inject.WithKeys(inject.Template(found.declaration, r.Image, ""), facts.SidecarKeys{
		New: found.keys.ListAccepted(), Accepted: found.keys.ListAccepted(),
	})
	for i := range all.Items {
		pod := &all.Items[i]
		governed, err := r.readGovernedPod(ctx, pod, found.declaration.Name)
		if err != nil {
			return err
		}
		state := computeSidecarState(pod.Labels, governed, found.declaration, template)
		// The mirror of a static pod can have a sidecar that the pod on the node does not have: no admission changes what the kubelet runs.
		_, isStatic := pod.Annotations[corev1.MirrorPodAnnotationKey]
		if isStatic && state != sidecarEnded {
			state = sidecarMissing
		}
		if served, isInjected := listServed(governed); isInjected && state != sidecarEnded {
			found.served = append(found.served, served)
		}
		if !isLeaving(pod) && state != sidecarEnded {
			selected := selectedPod{
				name: pod.Name, uid: pod.UID, labels: pod.Labels, workload: facts.NameWorkload(pod), isStatic: isStatic, configHash: pod.Annotations[v1alpha1.AnnotationConfigHash], sidecar: state,
				formerPorts: findFormerPorts(governed), portNames: listPortNames(governed), images: listImages(governed),
				preparingSince: findPreparation(governed), cannotCreate: cannotCreateSidecar(governed),
				created: pod.CreationTimestamp.Time, hasController: metav1.GetControllerOfNoCopy(pod) != nil && !isStatic,
			}
			selected.addFacts(governed, found.declaration, template)
			r.addAnswer(&selected, governed, found.declaration)
			found.pods = append(found.pods, selected)
		}
	}
	found.keepers = listKeepers(all.Items, found.declaration.Name)
	return nil
}

// maxGrace is how long a pod that is being deleted may take and count as one that is gone. The user who deletes a pod chooses its grace period, and until
// then it runs and people reach it.
const maxGrace = 10 * time.Minute

// isLeaving reports whether the pod is being deleted and will soon be gone.
func isLeaving(pod *metav1.PartialObjectMetadata) bool {
	return !pod.DeletionTimestamp.IsZero() && time.Duration(ptr.Deref(pod.DeletionGracePeriodSeconds, 0))*time.Second <= maxGrace
}

// readGovernedPod returns the pod from the cache of governed pods, with the fields that this cache keeps (Options.Pods); pod is its
// metadata. It returns nil if the pod does not have the label of the chatbot, or if the cache does not have the pod yet. An earlier pod of
// the same name, which has another UID, is not the pod.
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

// countRefusedPods returns the number of pods that the ReplicaSet lacks if Chaperone's webhooks or admission policies refused the last one
// that it tried to create, and zero otherwise. The message of every such refusal contains the word chaperone; an error of another kind
// whose message contains the word counts too.
func countRefusedPods(replicaSet *appsv1.ReplicaSet) int32 {
	replicas := ptr.Deref(replicaSet.Spec.Replicas, 1)
	for _, c := range replicaSet.Status.Conditions {
		if c.Type == appsv1.ReplicaSetReplicaFailure && c.Status == corev1.ConditionTrue && strings.Contains(c.Message, "chaperone") {
			return max(replicas-replicaSet.Status.Replicas, 0)
		}
	}
	return 0
}

// explainOverlap returns why the selector of a declaration cannot be used: it overlaps with those of the others.
func explainOverlap(name types.NamespacedName, others []types.NamespacedName) cause {
	texts := make([]string, 0, len(others))
	for _, other := range others {
		texts = append(texts, other.String())
	}
	return cause{
		reason: v1alpha1.ReasonOverlappingSelector,
		message: fmt.Sprintf("spec.selector of %s can match the same pods as that of %s. "+
			"Change one of them so that one label has different values in each.", name, listNames(texts)),
	}
}
