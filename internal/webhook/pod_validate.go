package webhook

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// The first entry sees every pod of a namespace that holds a declaration, the second the pods that call themselves chatbots
// everywhere else; each request reaches one of them.

// podValidator reviews the final pod. It also reviews pods that are being deleted, mirror pods, and updates through
// subresources: whatever changes what a decision reads is decided again.
type podValidator struct{ reviewers }

var _ admission.Handler = (*podValidator)(nil)

// Handle responds to a CREATE or UPDATE of a pod.
func (v *podValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	pod, old, err := decodeBoth(req, "pods", decodePod)
	if err != nil {
		return respondUnreadable(err)
	}
	pod.Admitted = true
	if old != nil {
		if isReviewedAlike(pod.Pod, old.Pod) {
			return permit()
		}
		if pod.ExistingEphemeral, err = decodeEphemeral(old.Pod); err != nil {
			return respondUnreadable(fmt.Errorf("old object: %w", err))
		}
		if pod.Claim == nil {
			// A governed pod does not stop being one by losing its label.
			pod.Claim = old.Claim
		}
	}
	pod.AddsContainers = req.SubResource == "ephemeralcontainers"
	return v.reviewPod(ctx, req, "Pod", pod)
}

// reviewPod responds for a pod, or for the pod template of a workload of the kind.
func (r *reviewers) reviewPod(ctx context.Context, req admission.Request, kind string, pod namedPod) admission.Response {
	scope, err := r.cluster.readScope(ctx, req.Namespace)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	result, err := r.reviewer.Pod(ctx, scope, req.Namespace, pod.Pod)
	if err != nil {
		return respondRefused(refuseUngovernable(pod.TemplatePath, err))
	}
	return r.respond(ctx, req, fmt.Sprintf("%s %q", kind, req.Namespace+"/"+pod.name), result)
}
