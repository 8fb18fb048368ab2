// Package backend reads from a cluster which pods are behind a Service although no declaration governs them. The reconciler and the
// webhooks use it. It makes no decisions.
package backend

import (
	"context"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// maxTemplates is the number of pod templates of which a Finder remembers the ports. Each takes a few hundred bytes.
const maxTemplates = 4096

// maxEnded is the number of pods of which a Finder remembers that they have ended. Clusters keep 12,500 of them by default, and delete others
// (--terminated-pod-gc-threshold of kube-controller-manager).
const maxEnded = 16384

// Finder finds the ungoverned pods behind Services. It is safe for concurrent use.
type Finder struct {
	// cached lists the metadata of pods.
	cached client.Reader
	// live reads a pod from the API server. Caches hold only the metadata of ungoverned pods, and these are most pods of a cluster.
	live client.Reader
	// known has what the rules read of pods, by template (identifyTemplate). It does not change while a pod runs.
	known *lru.Cache[string, facts.UngovernedPods]
	// ended has the UIDs of pods that have ended or are gone. No such pod runs again.
	ended *lru.Cache[types.UID, struct{}]
}

// NewFinder returns a Finder. cached lists the metadata of pods, preferably from a cache, and live reads from the API server.
func NewFinder(cached, live client.Reader) *Finder {
	// An error would say that the size is not positive.
	known, _ := lru.New[string, facts.UngovernedPods](maxTemplates)
	ended, _ := lru.New[types.UID, struct{}](maxEnded)
	return &Finder{cached: cached, live: live, known: known, ended: ended}
}

// Find returns the pods that the Service of the namespace selects and that no declaration governs, one for each pod template. isSelected
// reports whether a declaration selects pods with the labels. Pods that claim a chatbot, those that are being deleted and those that have
// ended are left out.
func (f *Finder) Find(
	ctx context.Context, namespace string, service *corev1.Service, isSelected func(podLabels map[string]string) bool,
) ([]review.Ungoverned, error) {
	if len(service.Spec.Selector) == 0 {
		return nil, nil
	}
	var pods metav1.PartialObjectMetadataList
	pods.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("PodList"))
	selector := client.MatchingLabelsSelector{Selector: labels.SelectorFromSet(service.Spec.Selector)}
	if err := f.cached.List(ctx, &pods, client.InNamespace(namespace), selector, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list pods: %w", err)
	}
	var found []review.Ungoverned
	templates := sets.New[string]()
	for i := range pods.Items {
		pod := &pods.Items[i]
		template := identifyTemplate(pod)
		_, isClaimed := pod.Labels[v1alpha1.LabelChatbot]
		if !pod.DeletionTimestamp.IsZero() || isClaimed || templates.Has(template) || isSelected(pod.Labels) {
			continue
		}
		ungoverned, isRunning, err := f.read(ctx, pod, template)
		if err != nil {
			return nil, err
		}
		if isRunning {
			templates.Insert(template)
			found = append(found, review.Ungoverned{UngovernedPods: ungoverned, Labels: pod.Labels})
		}
	}
	return found, nil
}

// read returns what the rules read of a pod, of which only the metadata is known. isRunning is false if the pod is gone or has ended.
func (f *Finder) read(
	ctx context.Context, metadata *metav1.PartialObjectMetadata, template string,
) (ungoverned facts.UngovernedPods, isRunning bool, err error) {
	if _, hasEnded := f.ended.Get(metadata.UID); hasEnded {
		return facts.UngovernedPods{}, false, nil
	}
	if ungoverned, isKnown := f.known.Get(template); isKnown {
		return ungoverned, true, nil
	}
	pod := &corev1.Pod{}
	err = f.live.Get(ctx, client.ObjectKeyFromObject(metadata), pod)
	isGone := apierrors.IsNotFound(err)
	if err != nil && !isGone {
		return facts.UngovernedPods{}, false, fmt.Errorf("read pod: %w", err)
	}
	if isGone || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		f.ended.Add(metadata.UID, struct{}{})
		return facts.UngovernedPods{}, false, nil
	}
	ungoverned = facts.NewUngovernedPods(facts.NameWorkload(metadata), &pod.Spec)
	f.known.Add(template, ungoverned)
	return ungoverned, true, nil
}

// identifyTemplate returns what pods of one template have in common, and no others: the controller and, where its template can change, the
// revision. A pod without a controller is its own template.
func identifyTemplate(pod *metav1.PartialObjectMetadata) string {
	if controller := metav1.GetControllerOfNoCopy(pod); controller != nil {
		return string(controller.UID) + "/" + pod.Labels[appsv1.ControllerRevisionHashLabelKey]
	}
	return string(pod.UID)
}
