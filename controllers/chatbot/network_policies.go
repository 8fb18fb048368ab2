package chatbot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// networkPolicyReview is the decision about a NetworkPolicy that selects pods of the declaration.
type networkPolicyReview struct {
	name    string
	verdict policy.Verdict
}

// reviewWays adds to found the decisions about the pods whose settings can lead around the sidecar, and about the Services and the NetworkPolicies that
// lead to the pods or open their ports. It adds none while the selector of the declaration cannot be used. The verdict is that about the declaration.
func (r *Reconciler) reviewWays(ctx context.Context, found *observation, scope review.Scope, verdict policy.Verdict) (err error) {
	found.knownServices = found.declaration.Status.Services
	if found.stalledBecause.reason != "" {
		return nil
	}
	scope.Declarations = review.NewDeclarations([]v1alpha1.ChatbotDeployment{*found.declaration})
	scope.PodLabels = found.listGovernedLabels()
	if err = r.reviewOpenPods(ctx, found, scope); err != nil {
		return err
	}
	if err = r.reviewServices(ctx, found, scope, verdict); err != nil {
		return err
	}
	scope.PodLabels = found.listAdmittedLabels()
	found.policies, err = r.reviewNetworkPolicies(ctx, *found, scope)
	return err
}

// reviewNetworkPolicies returns the decisions about the NetworkPolicies of the declaration's namespace that select its pods, sorted by their
// names. One that was there before the declaration passed no admission.
func (r *Reconciler) reviewNetworkPolicies(ctx context.Context, found observation, scope review.Scope) ([]networkPolicyReview, error) {
	var all networkingv1.NetworkPolicyList
	if err := r.Client.List(ctx, &all, client.InNamespace(found.declaration.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list network policies: %w", err)
	}
	var reviews []networkPolicyReview
	for i := range all.Items {
		result, err := r.Reviewer.NetworkPolicy(ctx, scope, &all.Items[i])
		if err != nil {
			return nil, fmt.Errorf("review network policy %s: %w", all.Items[i].Name, err)
		}
		if result.IsGoverned() {
			reviews = append(reviews, networkPolicyReview{name: all.Items[i].Name, verdict: result.Verdict})
		}
	}
	slices.SortFunc(reviews, func(a, b networkPolicyReview) int { return strings.Compare(a.name, b.name) })
	return reviews, nil
}

// listAdmittedLabels returns the labels of each selected pod as they are once it has the sidecar. Those without it get the label of the chatbot
// when they are made again, and a NetworkPolicy that selects them then keeps them from that.
func (o observation) listAdmittedLabels() []map[string]string {
	var found []map[string]string
	for _, pod := range o.pods {
		admitted := maps.Clone(pod.labels)
		if admitted == nil {
			admitted = map[string]string{}
		}
		admitted[v1alpha1.LabelChatbot] = o.declaration.Name
		found = append(found, admitted)
	}
	return found
}

// listRefusing returns the NetworkPolicies, as texts for people, because of which admission refuses new pods.
func (o observation) listRefusing() []string {
	var policies []string
	for _, p := range o.policies {
		if p.verdict.Refuses() {
			policies = append(policies, "NetworkPolicy "+p.name)
		}
	}
	return policies
}

// listOpening returns the decisions about the NetworkPolicies that open ports around the sidecar.
func (o observation) listOpening() []networkPolicyReview {
	return slices.DeleteFunc(slices.Clone(o.policies), func(p networkPolicyReview) bool { return len(p.verdict.Findings) == 0 })
}

// findUndecided returns the first Service or NetworkPolicy about which no decision was reached, as a text for people, with its verdict. The
// text is empty if there is none.
func (o observation) findUndecided() (string, policy.Verdict) {
	for _, s := range o.services {
		if isUndecided(s.verdict) {
			return "Service " + s.service, s.verdict
		}
	}
	for _, p := range o.policies {
		if isUndecided(p.verdict) {
			return "NetworkPolicy " + p.name, p.verdict
		}
	}
	return "", policy.Verdict{}
}

// explainOpening returns which NetworkPolicies open ports around the sidecar, and what that means now, in sentences.
func explainOpening(opening []networkPolicyReview, desired desiredState) string {
	var names []string
	for _, p := range opening {
		names = append(names, p.name)
	}
	text := "1 NetworkPolicy opens"
	if len(names) > 1 {
		text = fmt.Sprintf("%d NetworkPolicies open", len(names))
	}
	text = fmt.Sprintf("%s ports around the sidecar: %s.", text, listNames(names))
	if desired.objects.networkPolicy != nil {
		return text + " NetworkPolicies add up, so that Chaperone's own does not close these ports."
	}
	return text + " NetworkPolicies add up, so that Chaperone's own would not close these ports."
}

// enqueueSelected returns a handler that enqueues the declarations of the namespace of a NetworkPolicy that is not Chaperone's own.
func (r *Reconciler) enqueueSelected() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, object client.Object) []reconcile.Request {
		if isOwn(object) || !r.selectors.HasNamespace(object.GetNamespace()) {
			return nil
		}
		// Not a request for the namespace, which leaves out declarations about which the same would be decided: the status changes, and not the
		// decision.
		return r.requestDeclarations(ctx, object.GetNamespace(), func(*v1alpha1.ChatbotDeployment) bool { return true })
	})
}

// filterNetworkPolicies returns a predicate for creations, deletions and those updates that change the spec, of which controllers/cache.go
// keeps what decisions read, or the labels, by which a NetworkPolicy is Chaperone's own.
func filterNetworkPolicies() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, beforeIsPolicy := e.ObjectOld.(*networkingv1.NetworkPolicy)
		after, afterIsPolicy := e.ObjectNew.(*networkingv1.NetworkPolicy)
		return beforeIsPolicy && afterIsPolicy &&
			(!equality.Semantic.DeepEqual(before.Spec, after.Spec) || !maps.Equal(before.Labels, after.Labels))
	}}
}
