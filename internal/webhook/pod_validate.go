package webhook

import (
	"context"
	"fmt"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// podValidator reviews the final pod. Two entries of the webhook configuration lead here: one for every pod of a namespace that holds a
// declaration, and one for pods with the label chaperone.dev/chatbot in other namespaces. podValidator also reviews pods that are being
// deleted, mirror pods, and updates through the subresources ephemeralcontainers and resize: a change of what a decision reads needs a new
// decision. Updates through the subresource status do not come here: the admission baseline keeps the labels and annotations under
// chaperone.dev/ unchanged there.
type podValidator struct{ reviewers }

var _ admission.Handler = (*podValidator)(nil)

// Handle responds to a CREATE or UPDATE of a pod. It permits an update without a review if the update
// changes nothing that a decision reads.
func (v *podValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	pod, old, err := decodeBoth(req, "pods", decodePod)
	if err != nil {
		return respondUnreadable(err)
	}
	// The mutating webhooks are done: the sidecar must be in the pod now, and the review checks it.
	pod.Admitted = true
	if old != nil {
		if isSamePodForReview(pod.Pod, old.Pod) {
			return permit()
		}
		if pod.ExistingEphemeral, err = decodeEphemeralNames(old.Pod); err != nil {
			return respondUnreadable(fmt.Errorf("old object: %w", err))
		}
		pod.former = old.Labels
		if pod.former == nil {
			pod.former = map[string]string{}
		}
		// A governed pod stays governed when it loses its label.
		if pod.Claim == nil {
			pod.Claim = old.Claim
		}
	}
	pod.AddsContainers = req.SubResource == "ephemeralcontainers"
	return v.reviewPod(ctx, req, "Pod", pod)
}

// reviewPod reviews a pod, or the pod template of a workload, and responds. The kind is that of the object in the request.
func (r *reviewers) reviewPod(ctx context.Context, req admission.Request, kind string, pod namedPod) admission.Response {
	scope, err := r.cluster.readScope(ctx, req.Namespace)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	if err := r.cluster.readOpenings(ctx, req.Namespace, pod, &scope); err != nil {
		return respondRefused(refuseUndecided(err))
	}
	result, err := r.reviewer.Pod(ctx, scope, req.Namespace, pod.Pod)
	if err != nil {
		return respondRefused(refuseUngovernable(err).withFieldPrefix(pod.TemplatePath))
	}
	// A declaration that is being deleted gets no new pod: a user who may edit it may delete it while it has none, a finalizer can keep it in that
	// state, and the garbage collector takes its objects away.
	d, isCreated := result.Declaration, kind == "Pod" && req.Operation == admissionv1.Create
	if isCreated && d != nil && !d.DeletionTimestamp.IsZero() {
		return respondRefused(refuse(declarationEnds, d.Namespace+"/"+d.Name, strings.Join(d.Finalizers, ", ")))
	}
	if !result.IsGoverned() {
		return r.permitUngoverned(ctx, req.Namespace, kind, pod, scope)
	}
	return r.respond(ctx, req, fmt.Sprintf("%s %q", kind, req.Namespace+"/"+pod.name), result)
}
