package review

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

// listSelected returns the names of the declared chatbots whose pods the NetworkPolicy selects, sorted. It selects the pods of a chatbot
// in either of two cases:
//   - Its podSelector concerns the pods that the declaration selects, with the label chaperone.dev/chatbot (selection.ConcernsPods).
//   - Its podSelector matches an existing pod whose label chaperone.dev/chatbot has the declaration's name (Scope.PodLabels).
//
// A chatbot without a declaration has no NetworkPolicy of Chaperone, so that another one opens nothing of it that would be closed. Those of
// Chaperone itself are left out: they open the ports of former sidecars too, and the admission baseline lets no other client write an object
// with their label (chaperone-floor-objects). One with an invalid selector, which API servers only keep from former versions, selects no
// pod. listSelected returns an error if the selector of a declaration of the namespace is invalid.
func (s Scope) listSelected(p *networkingv1.NetworkPolicy) ([]string, error) {
	if contract.IsManaged(p.Labels) {
		return nil, nil
	}
	if s.Declarations.selectorError != nil {
		return nil, s.Declarations.selectorError
	}
	selector, err := metav1.LabelSelectorAsSelector(&p.Spec.PodSelector)
	if err != nil {
		return nil, nil // The selector is invalid.
	}
	existing := sets.New[string]()
	for _, podLabels := range s.PodLabels {
		if selection.CanMatch(selector, podLabels) {
			existing.Insert(podLabels[v1alpha1.LabelChatbot])
		}
	}
	var names []string
	for i := range s.Declarations.items {
		declaration := &s.Declarations.items[i]
		isConcerned, err := selection.ConcernsPods(selector, declaration)
		if err != nil {
			return nil, err
		}
		if isConcerned || existing.Has(declaration.Name) {
			names = append(names, declaration.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// NetworkPolicy decides about a NetworkPolicy of the scope's namespace. The Result is zero if it selects no pod of a declared chatbot. The
// errors are those of Scope.listSelected.
func (r *Reviewer) NetworkPolicy(ctx context.Context, scope Scope, p *networkingv1.NetworkPolicy) (Result, error) {
	names, err := scope.listSelected(p)
	if err != nil || len(names) == 0 {
		return Result{}, err
	}
	return r.decideNetwork(ctx, names, facts.NewNetworkPolicyInput(p, r.listChatbots(ctx, scope, names), scope.Now)), nil
}

// SelectsPod reports whether the NetworkPolicy, which is not one of Chaperone, selects a pod with these labels, or could select it once the pod
// is bound to a node.
func SelectsPod(p *networkingv1.NetworkPolicy, podLabels map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(&p.Spec.PodSelector)
	return err == nil && !contract.IsManaged(p.Labels) && selection.CanMatch(selector, podLabels)
}

// addOpenings adds to the result of a pod of the chatbot what the NetworkPolicies of the scope open that select the pod. What one of them opens
// would be open from the moment in which the pod is there.
func (r *Reviewer) addOpenings(ctx context.Context, scope Scope, chatbot string, pod Pod, result Result) Result {
	podLabels := maps.Clone(pod.Labels)
	if podLabels == nil {
		podLabels = map[string]string{}
	}
	podLabels[v1alpha1.LabelChatbot] = chatbot
	for i := range scope.NetworkPolicies {
		p := &scope.NetworkPolicies[i]
		if !SelectsPod(p, podLabels) {
			continue
		}
		names := []string{chatbot}
		opens := r.decideNetwork(ctx, names, facts.NewNetworkPolicyInput(p, r.listChatbots(ctx, scope, names), scope.Now)).Verdict
		opens.Findings = slices.Clone(opens.Findings)
		for j := range opens.Findings {
			opens.Findings[j].Field = fmt.Sprintf("NetworkPolicy %s: %s", p.Name, opens.Findings[j].Field)
		}
		result.Verdict = result.Verdict.Join(opens)
	}
	return result
}

// EndpointSet is addresses with the TCP ports, by number (0: all ports), to which they lead: an EndpointSlice, or a subset of Endpoints.
type EndpointSet struct {
	Addresses []string
	Ports     []facts.Target
}

// Endpoints decides about endpoints that a user has written into the scope's namespace. governed has the chatbot of each governed pod of
// the namespace by its addresses. The Result is zero if no endpoint leads to one of them.
func (r *Reviewer) Endpoints(ctx context.Context, scope Scope, endpoints []EndpointSet, governed map[netip.Addr]string) Result {
	found := sets.New[string]()
	var ports []facts.Target
	for _, set := range endpoints {
		chatbots := findChatbots(set.Addresses, governed)
		if len(chatbots) > 0 {
			found, ports = found.Union(chatbots), append(ports, set.Ports...)
		}
	}
	names := sets.List(found)
	if len(names) == 0 {
		return Result{}
	}
	in := facts.NetworkInput{Chatbots: r.listChatbots(ctx, scope, names), Endpoints: ports, AsOf: scope.formatDay()}
	return r.decideNetwork(ctx, names, in)
}

// findChatbots returns the chatbots of the governed pods that have one of the addresses.
func findChatbots(addresses []string, governed map[netip.Addr]string) sets.Set[string] {
	found := sets.New[string]()
	for _, text := range addresses {
		address, err := netip.ParseAddr(text)
		if err != nil {
			continue // It is the name of a host.
		}
		if name, ok := governed[address.Unmap()]; ok {
			found.Insert(name)
		}
	}
	return found
}

func (r *Reviewer) decideNetwork(ctx context.Context, names []string, in facts.NetworkInput) Result {
	verdict := decideInTime(ctx, r.engine.Revision(), in.AsOf, func() policy.Verdict { return r.engine.Network(ctx, in) })
	return Result{Chatbots: names, Verdict: verdict}
}
