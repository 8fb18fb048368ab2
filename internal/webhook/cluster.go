package webhook

import (
	"context"
	"fmt"
	"maps"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/backend"
	"github.com/chaperone-dev/chaperone/internal/organisation"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// What the webhooks may read. Of pods they read the metadata, which the controllers watch anyway, and, of a pod that is behind the Service
// of a chatbot and that no declaration governs, the names of its ports.
//
// +kubebuilder:rbac:groups=chaperone.dev,resources=chatbotdeployments;policyexceptions;chatshapes,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=pods;services,verbs=get;list;watch
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies,verbs=get;list;watch
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create

// cluster reads what reviews need. Its results may be shared with the cache, so callers must not change them: a copy would cost more
// than most decisions.
type cluster struct {
	// reader reads from the cache.
	reader client.Reader
	// live asks the API server.
	live  Live
	clock clock.PassiveClock
	// backends finds the ungoverned pods behind a Service.
	backends *backend.Finder
}

// readScope reads what the review of a pod, a workload or a declaration of the namespace needs: all of the Scope but PodLabels and NetworkPolicies. The error
// is a failed List of the declarations. If the environment cannot be read, the error is in the Scope: only some reviews need the
// environment.
func (c *cluster) readScope(ctx context.Context, namespace string) (review.Scope, error) {
	declarations, err := c.listDeclarations(ctx, namespace)
	if err != nil {
		return review.Scope{}, err
	}
	scope := review.Scope{Now: c.clock.Now(), Declarations: declarations}
	scope.Environment, scope.EnvironmentError = organisation.ReadEnvironment(ctx, c.reader, namespace)
	if apierrors.IsNotFound(scope.EnvironmentError) {
		// A namespace that the cache does not have may be new.
		scope.Environment, scope.EnvironmentError = organisation.ReadEnvironment(ctx, c.live, namespace)
	}
	return scope, nil
}

// readBackendScope reads what the review of a Service, or of a connection to one, needs: the result of readScope, and PodLabels.
func (c *cluster) readBackendScope(ctx context.Context, namespace string) (review.Scope, error) {
	scope, err := c.readScope(ctx, namespace)
	if err != nil {
		return review.Scope{}, err
	}
	scope.PodLabels, err = c.listGovernedPodLabels(ctx, namespace)
	return scope, err
}

// readServiceScope reads what the review of a Service needs: the result of readBackendScope, and Ungoverned if the Service leads to a
// chatbot.
func (c *cluster) readServiceScope(ctx context.Context, namespace string, service *corev1.Service) (review.Scope, error) {
	scope, err := c.readBackendScope(ctx, namespace)
	if err != nil {
		return review.Scope{}, err
	}
	chatbots, err := scope.Backends(service)
	if err != nil || len(chatbots) == 0 {
		return scope, err
	}
	isSelected := func(podLabels map[string]string) bool { return !scope.Declarations.IsUngoverned(podLabels) }
	scope.Ungoverned, err = c.backends.Find(ctx, namespace, service, isSelected)
	return scope, err
}

// readOpenings adds to the scope of a governed pod the NetworkPolicies that it gets by being made or by its new labels: those of its namespace,
// from the cache, except those that an update leaves as they were.
func (c *cluster) readOpenings(ctx context.Context, namespace string, pod namedPod, scope *review.Scope) error {
	podLabels, isGoverned := scope.Declarations.ComputeLabels(pod.Labels)
	if !isGoverned || pod.former != nil && maps.Equal(pod.former, pod.Labels) {
		return nil
	}
	var list networkingv1.NetworkPolicyList
	if err := c.reader.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("list NetworkPolicies of namespace %q: %w", namespace, err)
	}
	for i := range list.Items {
		p := &list.Items[i]
		wasSelected := pod.former != nil && review.SelectsPod(p, pod.former)
		if !wasSelected && review.SelectsPod(p, podLabels) {
			scope.NetworkPolicies = append(scope.NetworkPolicies, *p)
		}
	}
	return nil
}

// listDeclarations returns the declarations of the namespace, from the cache.
func (c *cluster) listDeclarations(ctx context.Context, namespace string) (review.Declarations, error) {
	var list v1alpha1.ChatbotDeploymentList
	if err := c.reader.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return review.Declarations{}, fmt.Errorf("list ChatbotDeployments of namespace %q: %w", namespace, err)
	}
	return review.NewDeclarations(list.Items), nil
}

// listGovernedPodLabels returns the labels of each pod of the namespace that has the label chaperone.dev/chatbot and has not ended. The
// validating webhook lets only governed pods have it.
func (c *cluster) listGovernedPodLabels(ctx context.Context, namespace string) ([]map[string]string, error) {
	var list metav1.PartialObjectMetadataList
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("PodList"))
	err := c.reader.List(ctx, &list, client.InNamespace(namespace), client.HasLabels{v1alpha1.LabelChatbot}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, fmt.Errorf("list governed pods of namespace %q: %w", namespace, err)
	}
	podLabels := make([]map[string]string, 0, len(list.Items))
	for i := range list.Items {
		podLabels = append(podLabels, list.Items[i].Labels)
	}
	return podLabels, nil
}

// readPodLabels returns the labels of a pod. A pod that the cache does not have may be new or may have ended, so readPodLabels then asks
// the API server.
func (c *cluster) readPodLabels(ctx context.Context, key client.ObjectKey) (map[string]string, error) {
	pod := &metav1.PartialObjectMetadata{}
	pod.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Pod"))
	err := c.reader.Get(ctx, key, pod)
	if apierrors.IsNotFound(err) {
		err = c.live.Get(ctx, key, pod)
	}
	if err != nil {
		return nil, fmt.Errorf("read Pod %q: %w", key, err)
	}
	return pod.Labels, nil
}

// readService reads a Service from the API server, because it may be newer than the cache, and connections to Services are rare.
func (c *cluster) readService(ctx context.Context, key client.ObjectKey) (*corev1.Service, error) {
	service := &corev1.Service{}
	if err := c.live.Get(ctx, key, service); err != nil {
		return nil, fmt.Errorf("read Service %q: %w", key, err)
	}
	return service, nil
}

// isAllowed reports whether the user has the verb on the resource that the attributes name. The resource is one of Chaperone's, so
// isAllowed sets the group and the version.
func (c *cluster) isAllowed(ctx context.Context, user authenticationv1.UserInfo, attributes authorizationv1.ResourceAttributes) (bool, error) {
	attributes.Group, attributes.Version = v1alpha1.GroupVersion.Group, v1alpha1.GroupVersion.Version
	return c.hasRight(ctx, user, attributes)
}

// hasRight reports whether the user has the right. It asks the API server with a SubjectAccessReview.
func (c *cluster) hasRight(ctx context.Context, user authenticationv1.UserInfo, attributes authorizationv1.ResourceAttributes) (bool, error) {
	access := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user.Username, UID: user.UID, Groups: user.Groups, Extra: map[string]authorizationv1.ExtraValue{}, ResourceAttributes: &attributes,
	}}
	for key, values := range user.Extra {
		access.Spec.Extra[key] = authorizationv1.ExtraValue(values)
	}
	if err := c.live.Create(ctx, access); err != nil {
		return false, err
	}
	return access.Status.Allowed, nil
}
