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
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// maxTemplates is the number of pod templates of which a Finder remembers the names of ports. Each takes a few hundred bytes.
const maxTemplates = 4096

// Finder finds the ungoverned pods behind Services. It is safe for concurrent use.
type Finder struct {
	// cached lists the metadata of pods.
	cached client.Reader
	// live reads a pod from the API server. Caches hold only the metadata of ungoverned pods, and these are most pods of a cluster.
	live client.Reader
	// portNames has the names of the TCP ports by template (identifyTemplate). They do not change while a pod runs.
	portNames *lru.Cache[string, []string]
}

// NewFinder returns a Finder. cached lists the metadata of pods, preferably from a cache, and live reads from the API server.
func NewFinder(cached, live client.Reader) *Finder {
	portNames, _ := lru.New[string, []string](maxTemplates) // An error would say that the size is not positive.
	return &Finder{cached: cached, live: live, portNames: portNames}
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
	known := sets.New[string]()
	for i := range pods.Items {
		pod := &pods.Items[i]
		template := identifyTemplate(pod)
		_, isClaimed := pod.Labels[v1alpha1.LabelChatbot]
		if !pod.DeletionTimestamp.IsZero() || isClaimed || known.Has(template) || isSelected(pod.Labels) {
			continue
		}
		portNames, err := f.readPortNames(ctx, pod, template)
		if err != nil {
			return nil, err
		}
		if portNames != nil {
			known.Insert(template)
			ungoverned := facts.UngovernedPods{Workload: facts.NameWorkload(pod), PortNames: portNames}
			found = append(found, review.Ungoverned{UngovernedPods: ungoverned, Labels: pod.Labels})
		}
	}
	return found, nil
}

// readPortNames returns the names of the TCP ports of a pod, of which only the metadata is known. It returns nil if the pod is gone or has
// ended.
func (f *Finder) readPortNames(ctx context.Context, metadata *metav1.PartialObjectMetadata, template string) ([]string, error) {
	if portNames, isKnown := f.portNames.Get(template); isKnown {
		return portNames, nil
	}
	pod := &corev1.Pod{}
	if err := f.live.Get(ctx, client.ObjectKeyFromObject(metadata), pod); err != nil {
		if apierrors.IsNotFound(err) {
			return nil, nil
		}
		return nil, fmt.Errorf("read pod: %w", err)
	}
	if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return nil, nil
	}
	portNames := facts.ListPortNames(&pod.Spec)
	f.portNames.Add(template, portNames)
	return portNames, nil
}

// identifyTemplate returns what pods of one template have in common, and no others: the controller and, where its template can change, the
// revision. A pod without a controller is its own template.
func identifyTemplate(pod *metav1.PartialObjectMetadata) string {
	if controller := metav1.GetControllerOfNoCopy(pod); controller != nil {
		return string(controller.UID) + "/" + pod.Labels[appsv1.ControllerRevisionHashLabelKey]
	}
	return string(pod.UID)
}
