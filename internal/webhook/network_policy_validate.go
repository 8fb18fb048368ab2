package webhook

import (
	"cmp"
	"context"
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// networkPolicyValidator reviews NetworkPolicies that select pods of chatbots: NetworkPolicies add up, so that any of them can open what
// Chaperone's own closes.
type networkPolicyValidator struct{ reviewers }

var _ admission.Handler = (*networkPolicyValidator)(nil)

// Handle responds to a CREATE or UPDATE of a NetworkPolicy. It permits an update without a review if the update changes nothing that a
// decision reads.
func (v *networkPolicyValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	p, old, err := decodeBoth(req, "networkpolicies", decodeNetworkPolicy)
	if err != nil {
		return respondUnreadable(err)
	}
	if old != nil && isSameNetworkPolicyForReview(p, *old) {
		return permit()
	}
	if old == nil {
		p.UID = "" // The API server has given it one, although no cluster has the NetworkPolicy before it is admitted.
	}
	scope, err := v.cluster.readBackendScope(ctx, req.Namespace)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	result, err := v.reviewer.NetworkPolicy(ctx, scope, p)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	name := cmp.Or(p.Name, p.GenerateName)
	return v.respond(ctx, req, fmt.Sprintf("NetworkPolicy %q", req.Namespace+"/"+name), result)
}

// isSameNetworkPolicyForReview reports whether two states of a NetworkPolicy are equal in everything that a decision reads.
func isSameNetworkPolicyForReview(a, b *networkingv1.NetworkPolicy) bool {
	return contract.IsManaged(a.Labels) == contract.IsManaged(b.Labels) &&
		equality.Semantic.DeepEqual(a.Spec.PodSelector, b.Spec.PodSelector) &&
		equality.Semantic.DeepEqual(a.Spec.PolicyTypes, b.Spec.PolicyTypes) &&
		equality.Semantic.DeepEqual(a.Spec.Ingress, b.Spec.Ingress)
}

// decodeNetworkPolicy decodes the JSON of a NetworkPolicy.
func decodeNetworkPolicy(raw []byte) (*networkingv1.NetworkPolicy, error) {
	p := &networkingv1.NetworkPolicy{}
	if err := utiljson.Unmarshal(raw, p); err != nil {
		return nil, fmt.Errorf("decode NetworkPolicy: %w", err)
	}
	return p, nil
}
