package webhook

import (
	"context"
	"fmt"
	"slices"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// breakGlassVerb is a virtual verb on ChatbotDeployments: who has it on one may do by hand what nobody else may do to its pods.
// The ClusterRole chaperone-break-glass gives it (config/rbac/users.yaml).
const breakGlassVerb = "breakglass"

// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create

// orBreakGlass returns what judge says without break-glass, or, when that denies and break-glass would not, what it says with it
// if the user of the request may break the glass of every one of the chatbots. broken are the rules that denied and were let
// pass for that; empty when the glass is whole. Nobody's rights are asked for unless the answer matters.
func (d *decider) orBreakGlass(ctx context.Context, req admission.Request, chatbots []string, judge func(breakGlass bool) policy.Verdict) (verdict policy.Verdict, broken []string) {
	verdict = judge(false)
	if verdict.Outcome != policy.OutcomeDeny {
		return verdict, nil
	}
	opened := judge(true)
	if opened.Refuses() {
		return verdict, nil
	}
	for _, chatbot := range chatbots {
		allowed, err := d.mayBreakGlass(ctx, req.UserInfo, req.Namespace, chatbot)
		if err != nil {
			return policy.NewUndecided(verdict.Revision, verdict.AsOf, err.Error()), nil
		}
		if !allowed {
			return verdict, nil
		}
	}
	denying := slices.DeleteFunc(slices.Clone(verdict.Findings), func(f policy.Finding) bool { return f.Action != policy.ActionDeny })
	broken = policy.Verdict{Findings: denying}.Rules()
	logf.FromContext(ctx).Info("Let through by break-glass", "rules", broken, "chatbots", chatbots)
	return opened, broken
}

// mayBreakGlass asks whether the user may break the glass of a ChatbotDeployment.
func (d *decider) mayBreakGlass(ctx context.Context, user authenticationv1.UserInfo, namespace, chatbot string) (bool, error) {
	allowed, err := d.may(ctx, user, authorizationv1.ResourceAttributes{Namespace: namespace, Name: chatbot, Verb: breakGlassVerb, Resource: "chatbotdeployments"})
	if err != nil {
		return false, fmt.Errorf("ask who may break the glass of ChatbotDeployment %q: %w", namespace+"/"+chatbot, err)
	}
	return allowed, nil
}

// may asks the API server about the user as it was authenticated, groups and extra included, and a verb on a resource of ours.
func (d *decider) may(ctx context.Context, user authenticationv1.UserInfo, what authorizationv1.ResourceAttributes) (bool, error) {
	what.Group, what.Version = v1alpha1.GroupVersion.Group, v1alpha1.GroupVersion.Version
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user.Username, UID: user.UID, Groups: user.Groups, Extra: map[string]authorizationv1.ExtraValue{}, ResourceAttributes: &what,
	}}
	for key, values := range user.Extra {
		review.Spec.Extra[key] = authorizationv1.ExtraValue(values)
	}
	if err := d.live.Create(ctx, review); err != nil {
		return false, err
	}
	return review.Status.Allowed, nil
}
