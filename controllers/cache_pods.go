package controllers

import (
	"crypto/sha256"
	"fmt"
	"unique"

	lru "github.com/hashicorp/golang-lru/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// shrinkPodMetadata returns the metadata of a pod that the controllers and the webhooks read. The annotations of others are dropped, because the
// cache holds the metadata of all pods of the cluster, and annotations can have 256 KiB for each. It is a cache.TransformFunc.
func shrinkPodMetadata(object any) (any, error) {
	full, ok := object.(*metav1.PartialObjectMetadata)
	if !ok {
		return nil, fmt.Errorf("shrink metadata of pod: %T", object)
	}
	small := &metav1.PartialObjectMetadata{TypeMeta: full.TypeMeta}
	small.ObjectMeta = metav1.ObjectMeta{
		Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion,
		CreationTimestamp: full.CreationTimestamp, DeletionTimestamp: full.DeletionTimestamp, DeletionGracePeriodSeconds: full.DeletionGracePeriodSeconds,
		Labels: full.Labels, Annotations: keepAnnotations(full, v1alpha1.AnnotationConfigHash, corev1.MirrorPodAnnotationKey),
		OwnerReferences: full.OwnerReferences,
	}
	return small, nil
}

// keepAnnotations returns the annotations of the object with the keys; nil if it has none of them.
func keepAnnotations(object metav1.Object, keys ...string) map[string]string {
	var kept map[string]string
	for _, key := range keys {
		if value, ok := object.GetAnnotations()[key]; ok {
			if kept == nil {
				kept = make(map[string]string, len(keys))
			}
			kept[key] = value
		}
	}
	return kept
}

// newGovernedPods returns a new cache of the pods with the label chaperone.dev/chatbot, and lets the manager run this cache. The manager's
// own cache holds only the metadata of pods, but of every pod of the cluster that has not ended. The API server filters the watch of this
// cache by the label, so that its size grows with the number of governed pods and not with the cluster.
func newGovernedPods(mgr ctrl.Manager) (cache.Cache, error) {
	governed, err := labels.NewRequirement(v1alpha1.LabelChatbot, selection.Exists, nil)
	if err != nil {
		return nil, fmt.Errorf("select governed pods: %w", err)
	}
	shrinker, err := newPodShrinker()
	if err != nil {
		return nil, err
	}
	// The cache uses the connection and the types of the manager.
	pods, err := cache.New(mgr.GetConfig(), cache.Options{
		Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(), HTTPClient: mgr.GetHTTPClient(),
		ByObject: map[client.Object]cache.ByObject{
			&corev1.Pod{}: {Label: labels.NewSelector().Add(*governed), Transform: shrinker.shrink},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("build cache of governed pods: %w", err)
	}
	if err := mgr.Add(onEveryReplica{pods}); err != nil {
		return nil, fmt.Errorf("run cache of governed pods: %w", err)
	}
	return pods, nil
}

// maxSharedSpecs bounds the number of different pod specs that a podShrinker keeps for sharing, and maxSharedSpecBytes the encoding of each. Most
// have 2 KiB, which take 5 KiB of memory. A user who creates pods with long specs has no more in memory than these pods.
const maxSharedSpecs, maxSharedSpecBytes = 1024, 8 << 10

// podShrinker shrinks pods for the cache of governed pods. What remains of the spec, apart from the volumes, is equal in all pods of a
// workload, so these pods share one copy: a pod that shares its spec takes 3 KiB, and one that does not takes 7 KiB.
type podShrinker struct {
	// sharedSpecs holds specs without volumes by the SHA-256 of their encoding.
	sharedSpecs *lru.Cache[[sha256.Size]byte, corev1.PodSpec]
}

// newPodShrinker returns a podShrinker that shares no spec yet.
func newPodShrinker() (*podShrinker, error) {
	sharedSpecs, err := lru.New[[sha256.Size]byte, corev1.PodSpec](maxSharedSpecs)
	if err != nil {
		return nil, fmt.Errorf("build cache of containers: %w", err)
	}
	return &podShrinker{sharedSpecs: sharedSpecs}, nil
}

// shrink returns the result of shrinkPod, whose spec shares its memory with the equal specs of other pods. It is a cache.TransformFunc.
func (s *podShrinker) shrink(object any) (any, error) {
	small, err := shrinkPod(object)
	if err != nil {
		return nil, err
	}
	// The volumes are not shared: they name the ConfigMap of one chatbot, and the rest can be equal in pods of several chatbots.
	volumes := small.Spec.Volumes
	small.Spec.Volumes = nil
	encoded, err := small.Spec.Marshal()
	if err != nil {
		return nil, fmt.Errorf("encode containers: %w", err)
	}
	if len(encoded) <= maxSharedSpecBytes {
		small.Spec = s.shareSpec(sha256.Sum256(encoded), small.Spec)
	}
	small.Spec.Volumes = volumes
	return small, nil
}

// shareSpec returns the spec with the SHA-256 that is known already, or else the spec itself, which is known from then on. All pods with this spec
// share its containers. Readers of the cache do not change them.
func (s *podShrinker) shareSpec(sum [sha256.Size]byte, spec corev1.PodSpec) corev1.PodSpec {
	if shared, ok := s.sharedSpecs.Get(sum); ok {
		return shared
	}
	s.sharedSpecs.Add(sum, spec)
	return spec
}

// shrinkPod returns the fields of a pod that show whether it runs the current sidecar, and which images run in it: the sidecar, its volumes,
// its status and the address at which it is asked, whether the kubelet has prepared the pod, of the other containers the images, and the ports, on which the sidecar's
// arguments depend, and what the rules about ways out of the pod read (shrinkSpec). shrinkPod drops the app's environment variables, which may hold
// secrets.
func shrinkPod(object any) (*corev1.Pod, error) {
	full, ok := object.(*corev1.Pod)
	if !ok {
		return nil, fmt.Errorf("shrink pod: %T", object)
	}
	small := &corev1.Pod{TypeMeta: full.TypeMeta}
	small.ObjectMeta = metav1.ObjectMeta{
		Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion,
		DeletionTimestamp: full.DeletionTimestamp, Labels: full.Labels,
		Annotations: keepAnnotations(full, append(facts.NetworkAnnotations(), v1alpha1.AnnotationConfigHash)...),
	}
	small.Spec = shrinkSpec(&full.Spec)
	small.Status.Phase, small.Status.PodIP = full.Status.Phase, full.Status.PodIP
	for i := range full.Status.InitContainerStatuses {
		if s := &full.Status.InitContainerStatuses[i]; s.Name == contract.Sidecar {
			small.Status.InitContainerStatuses = []corev1.ContainerStatus{{
				Name: s.Name, Started: s.Started, ImageID: share(s.ImageID), State: shrinkState(s.State),
			}}
		}
	}
	for _, c := range full.Status.Conditions {
		if c.Type == corev1.PodReadyToStartContainers {
			small.Status.Conditions = []corev1.PodCondition{{Type: c.Type, Status: c.Status, LastTransitionTime: c.LastTransitionTime}}
		}
	}
	for i := range full.Status.ContainerStatuses {
		s := &full.Status.ContainerStatuses[i]
		small.Status.ContainerStatuses = append(small.Status.ContainerStatuses, corev1.ContainerStatus{Name: share(s.Name), ImageID: share(s.ImageID)})
	}
	return small, nil
}

// shrinkState returns the reason why a container waits, or since when it runs. The message, which can have values of the pod, is dropped.
func shrinkState(full corev1.ContainerState) corev1.ContainerState {
	if full.Waiting == nil {
		return corev1.ContainerState{Running: full.Running}
	}
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: share(full.Waiting.Reason)}}
}

// share returns the text from memory that equal texts share: pods of one workload have equal names and images.
func share(text string) string { return unique.Make(text).Value() }
