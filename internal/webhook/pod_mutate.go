package webhook

import (
	"context"
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// The webhook of injection fails open: without a response from it, the API server leaves the pod as it is and calls the validating
// webhooks. These fail closed, and they refuse a governed pod without its sidecar.

// podMutator injects the sidecar into pods that a declaration selects.
type podMutator struct{ reviewers }

var _ admission.Handler = (*podMutator)(nil)

// Handle responds to a CREATE of a pod with a patch. It leaves a pod that no declaration selects as it is, and also one that it cannot
// inject, with a warning that says why.
func (m *podMutator) Handle(ctx context.Context, req admission.Request) admission.Response {
	if req.Operation != admissionv1.Create {
		return respondUnreadable(fmt.Errorf("operation %q of pods is not injected here", req.Operation))
	}
	pod, err := decodePod(req.Object.Raw)
	if err != nil {
		return respondUnreadable(fmt.Errorf("object: %w", err))
	}
	scope, err := m.cluster.readScope(ctx, req.Namespace)
	if err != nil {
		return respondUntouched(ctx, err)
	}
	decision, err := m.reviewer.DecideInjection(ctx, scope, pod.Labels)
	switch {
	case err != nil:
		return respondUntouched(ctx, err)
	case decision == nil:
		return permit()
	case decision.UngovernableReason != "":
		return respondUntouched(ctx, fmt.Errorf("no sidecar to inject: %s", decision.UngovernableReason))
	}
	before, err := pod.Decode(req.Namespace)
	if err != nil {
		return respondUnreadable(err)
	}
	// Decode leaves out the name, but the warning about a failed injection names the pod.
	before.Name = pod.name
	return injectSidecar(ctx, before, decision)
}

// injectSidecar responds with the patch that puts the sidecar into the pod. If a part of the injection failed, the response has the patch
// for the other parts, and a warning.
func injectSidecar(ctx context.Context, pod *corev1.Pod, decision *review.Decision) admission.Response {
	injected, problem := inject.Sidecar(pod, decision.Declaration, decision.Sidecar)
	operations, err := newPatch(pod, injected)
	if err != nil {
		return respondUntouched(ctx, err)
	}
	response := permit()
	response.Patches = operations
	if problem != nil {
		return response.WithWarnings(newWarnings(problem.Error())...)
	}
	return response
}

// respondUntouched admits a pod without a patch, with a warning that has the error.
func respondUntouched(ctx context.Context, err error) admission.Response {
	logf.FromContext(ctx).Info("Left a pod without its sidecar", "reason", err.Error())
	return permit().WithWarnings(newWarnings("the governance sidecar was not injected: " + err.Error())...)
}
