package webhook

import (
	"context"
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/inject"
)

// Injection fails open: whatever goes wrong here, the validating webhooks refuse a governed pod without its sidecar.
//

// podMutator injects the sidecar into pods that a declaration selects.
type podMutator struct{ decide *decider }

var _ admission.Handler = (*podMutator)(nil)

// Handle answers a CREATE of a pod with a patch, or leaves the pod as it is with a warning that says why.
func (p *podMutator) Handle(ctx context.Context, req admission.Request) admission.Response {
	if req.Operation != admissionv1.Create {
		return unreadable(fmt.Errorf("operation %q of pods is not injected here", req.Operation))
	}
	pod, err := readContent(req.Object.Raw)
	if err != nil {
		return unreadable(fmt.Errorf("object: %w", err))
	}
	declaration, err := p.decide.governing(ctx, req.Namespace, pod.labels, "")
	if err != nil {
		return untouched(ctx, err)
	}
	if declaration == nil {
		return permitted()
	}
	return p.inject(ctx, req.Namespace, pod, declaration)
}

func (p *podMutator) inject(ctx context.Context, namespace string, c content, declaration *v1alpha1.ChatbotDeployment) admission.Response {
	g := p.decide.prepare(ctx, declaration)
	if g.obstacle != "" {
		return untouched(ctx, fmt.Errorf("no sidecar to inject: %s", g.obstacle))
	}
	pod, err := c.pod(namespace)
	if err != nil {
		return unreadable(err)
	}
	pod.Name = c.name
	injected, problem := inject.Sidecar(pod, declaration, g.template)
	response, err := patched(pod, injected)
	if err != nil {
		return untouched(ctx, err)
	}
	if problem != nil {
		return response.WithWarnings(plain(problem.Error()))
	}
	return response
}

func patched(before, after *corev1.Pod) (admission.Response, error) {
	operations, err := patch(before, after)
	if err != nil {
		return admission.Response{}, err
	}
	response := permitted()
	response.Patches = operations
	return response, nil
}

func untouched(ctx context.Context, err error) admission.Response {
	logf.FromContext(ctx).Info("Left a pod without its sidecar", "reason", err.Error())
	return permitted().WithWarnings(plain("the governance sidecar was not injected: " + err.Error()))
}
