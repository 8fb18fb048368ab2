package controllers

import (
	"crypto/sha256"
	"fmt"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// CacheOptions limits the manager's cache to the objects that the controllers read, and to the parts of them that they read.
// namespace is Chaperone's own.
func CacheOptions(namespace string) cache.Options {
	ours := labels.SelectorFromSet(labels.Set{contract.LabelManagedBy: contract.ManagedBy})
	return cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			// RBAC grants these by name; a list or watch must select that name too.
			&corev1.Secret{}: {Namespaces: map[string]cache.Config{namespace: {FieldSelector: selectByName(contract.WebhookSecret)}}},
			&admissionv1.MutatingWebhookConfiguration{}:   {Field: selectByName(contract.MutatingWebhooks)},
			&admissionv1.ValidatingWebhookConfiguration{}: {Field: selectByName(contract.ValidatingWebhooks)},
			&corev1.ConfigMap{}:                           {Label: ours},
			&networkingv1.NetworkPolicy{}:                 {Label: ours},
			&appsv1.ReplicaSet{}:                          {Transform: shrinkReplicaSet},
		},
	}
}

func selectByName(name string) fields.Selector {
	return fields.OneTermEqualSelector(metav1.ObjectNameField, name)
}

// newGovernedPods returns a cache, run by the manager, of the pods with the label of a chatbot. The manager's own cache holds the
// metadata of every pod of the cluster and nothing else. This one costs a second watch that the API server filters by the label, so
// that it grows with the governed pods and not with the cluster.
func newGovernedPods(mgr ctrl.Manager) (cache.Cache, error) {
	governed, err := labels.NewRequirement(v1alpha1.LabelChatbot, selection.Exists, nil)
	if err != nil {
		return nil, fmt.Errorf("select governed pods: %w", err)
	}
	shrink, err := newPodShrinker()
	if err != nil {
		return nil, err
	}
	pods, err := cache.New(mgr.GetConfig(), cache.Options{
		Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(), HTTPClient: mgr.GetHTTPClient(),
		ByObject: map[client.Object]cache.ByObject{
			&corev1.Pod{}: {Label: labels.NewSelector().Add(*governed), Transform: shrink.pod},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("build cache of governed pods: %w", err)
	}
	if err := mgr.Add(pods); err != nil {
		return nil, fmt.Errorf("run cache of governed pods: %w", err)
	}
	return pods, nil
}

// maxShared bounds how many different sets of containers governed pods share. Each takes some 5 KiB.
const maxShared = 1024

// podShrinker shrinks pods for the cache of governed pods. The containers of most are equal but for a few ports, so that pods with
// equal ones share them: such a pod takes 3 KiB, one with containers of its own 7 KiB (its metadata alone: 1 KiB).
type podShrinker struct {
	shared *lru.Cache[[sha256.Size]byte, corev1.PodSpec]
}

func newPodShrinker() (*podShrinker, error) {
	shared, err := lru.New[[sha256.Size]byte, corev1.PodSpec](maxShared)
	if err != nil {
		return nil, fmt.Errorf("build cache of containers: %w", err)
	}
	return &podShrinker{shared: shared}, nil
}

func (s *podShrinker) pod(object any) (any, error) {
	small, err := shrinkPod(object)
	if err != nil {
		return nil, err
	}
	volumes := small.Spec.Volumes
	small.Spec.Volumes = nil
	encoded, err := small.Spec.Marshal()
	if err != nil {
		return nil, fmt.Errorf("encode containers: %w", err)
	}
	key := sha256.Sum256(encoded)
	if known, ok := s.shared.Get(key); ok {
		small.Spec = known
	} else {
		s.shared.Add(key, small.Spec)
	}
	small.Spec.Volumes = volumes
	return small, nil
}

// shrinkPod keeps what shows whether a pod runs the sidecar that it must hold: the sidecar and its volumes, the ports of the other
// containers (the sidecar's arguments depend on them), and the sidecar's status. It drops the environment variables of the app, which
// may hold secrets.
func shrinkPod(object any) (*corev1.Pod, error) {
	full, ok := object.(*corev1.Pod)
	if !ok {
		return nil, fmt.Errorf("shrink pod: %T", object)
	}
	small := &corev1.Pod{TypeMeta: full.TypeMeta}
	small.ObjectMeta = metav1.ObjectMeta{
		Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion,
		DeletionTimestamp: full.DeletionTimestamp, Labels: full.Labels,
	}
	if hash, ok := full.Annotations[v1alpha1.AnnotationConfigHash]; ok {
		small.Annotations = map[string]string{v1alpha1.AnnotationConfigHash: hash}
	}
	small.Spec = corev1.PodSpec{
		HostNetwork:    full.Spec.HostNetwork,
		InitContainers: shrinkContainers(full.Spec.InitContainers),
		Containers:     shrinkContainers(full.Spec.Containers),
	}
	for i := range full.Spec.Volumes {
		if strings.HasPrefix(full.Spec.Volumes[i].Name, contract.Sidecar) {
			small.Spec.Volumes = append(small.Spec.Volumes, full.Spec.Volumes[i])
		}
	}
	small.Status.Phase = full.Status.Phase
	for i := range full.Status.InitContainerStatuses {
		if s := &full.Status.InitContainerStatuses[i]; s.Name == contract.Sidecar {
			small.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: s.Name, Started: s.Started}}
		}
	}
	return small, nil
}

func shrinkContainers(full []corev1.Container) []corev1.Container {
	small := make([]corev1.Container, len(full))
	for i := range full {
		if full[i].Name == contract.Sidecar {
			small[i] = full[i]
		} else {
			small[i] = corev1.Container{Name: full[i].Name, Ports: full[i].Ports}
		}
	}
	return small
}

// shrinkReplicaSet keeps labels, the template's labels, the desired number of pods and the status. A cluster has many times
// more ReplicaSets than chatbots.
func shrinkReplicaSet(object any) (any, error) {
	full, ok := object.(*appsv1.ReplicaSet)
	if !ok {
		return nil, fmt.Errorf("shrink replica set: %T", object)
	}
	small := &appsv1.ReplicaSet{TypeMeta: full.TypeMeta, Status: full.Status}
	small.ObjectMeta = metav1.ObjectMeta{
		Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion, Labels: full.Labels,
	}
	small.Spec.Replicas = full.Spec.Replicas
	small.Spec.Template.Labels = full.Spec.Template.Labels
	return small, nil
}
