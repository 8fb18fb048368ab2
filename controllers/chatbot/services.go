package chatbot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/condition"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// serviceReview is the decision about a Service that leads to the pods of the declaration.
type serviceReview struct {
	service string
	verdict policy.Verdict
	// selector is that of the Service, and targets are the names of ports to which it leads.
	selector map[string]string
	targets  []string
}

// listEffects returns the findings without those of the group hygiene, such as one about a port for metrics that the NetworkPolicy closes.
func (s serviceReview) listEffects() []policy.Finding {
	return slices.DeleteFunc(slices.Clone(s.verdict.Findings), func(f policy.Finding) bool { return f.Group == policy.GroupHygiene })
}

// isCutOff reports whether a NetworkPolicy that opens only the sidecar's ports would close a port to which the Service leads: one of its
// findings is about a port. External IPs, the other subject of findings, go on leading where they lead.
func (s serviceReview) isCutOff() bool {
	return slices.ContainsFunc(s.listEffects(), func(f policy.Finding) bool { return strings.HasPrefix(f.Field, "spec.ports") })
}

// fieldSelector is the field of the finding that a Service leads to ungoverned pods. Findings about it say nothing about where its ports
// lead.
const fieldSelector = "spec.selector"

// leadsAround reports whether the Service leads around the sidecar.
func (s serviceReview) leadsAround() bool {
	return slices.ContainsFunc(s.listEffects(), func(f policy.Finding) bool { return f.Field != fieldSelector })
}

// reachesUngoverned reports whether the Service also leads to pods that no declaration governs.
func (s serviceReview) reachesUngoverned() bool {
	return slices.ContainsFunc(s.listEffects(), func(f policy.Finding) bool { return f.Field == fieldSelector })
}

// reviewServices adds to found the decisions about the Services of the declaration's namespace that lead to its pods, in the order of their
// names, and the Services that led to them before. It leaves out Services that lead only to the pods of other declarations. The verdict is that about
// the declaration.
func (r *Reconciler) reviewServices(ctx context.Context, found *observation, scope review.Scope, verdict policy.Verdict) error {
	var services corev1.ServiceList
	if err := r.Client.List(ctx, &services, client.InNamespace(found.declaration.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("list services: %w", err)
	}
	var reviews []serviceReview
	var leading []string
	for i := range services.Items {
		result, err := r.reviewService(ctx, *found, scope, &services.Items[i])
		if err != nil {
			return fmt.Errorf("review service: %w", err)
		}
		if slices.Contains(result.Chatbots, found.declaration.Name) {
			reviews, leading = append(reviews, newServiceReview(&services.Items[i], result.Verdict)), append(leading, services.Items[i].Name)
		}
	}
	r.reaching.set(client.ObjectKeyFromObject(found.declaration), slices.ContainsFunc(reviews, serviceReview.reachesUngoverned))
	slices.SortFunc(reviews, func(a, b serviceReview) int { return strings.Compare(a.service, b.service) })
	found.services = reviews
	known, moved := sortOut(found.declaration.Status.Services, services.Items, leading)
	found.knownServices, found.left = known, r.listElsewhere(ctx, scope, verdict, moved)
	return nil
}

// reviewService returns the decision about a Service. It reads the ungoverned pods behind the Service only if the Service leads to pods of
// the declaration.
func (r *Reconciler) reviewService(ctx context.Context, found observation, scope review.Scope, service *corev1.Service) (review.Result, error) {
	chatbots, err := scope.Backends(service)
	if err != nil || !slices.Contains(chatbots, found.declaration.Name) {
		return review.Result{}, err
	}
	namespace := found.declaration.Namespace
	isSelected := func(podLabels map[string]string) bool { return len(r.selectors.FindMatching(namespace, podLabels)) > 0 }
	if scope.Ungoverned, err = r.backends.Find(ctx, namespace, service, isSelected); err != nil {
		return review.Result{}, err
	}
	return r.Reviewer.Service(ctx, scope, service)
}

// newServiceReview returns the decision about the Service with what newServicesGoverned reads of the Service.
func newServiceReview(service *corev1.Service, verdict policy.Verdict) serviceReview {
	s := serviceReview{service: service.Name, verdict: verdict, selector: service.Spec.Selector}
	for _, port := range service.Spec.Ports {
		if port.TargetPort.StrVal != "" {
			s.targets = append(s.targets, port.TargetPort.StrVal)
		}
	}
	return s
}

// findDeadEnd returns the name of a declared port to which the Service leads and that no pod is known to have; "" if there is none, or if the
// Service leads to no pod. isKnown is true if the ports of all these pods are known.
func (o observation) findDeadEnd(s serviceReview) (port string, isKnown bool) {
	selector := labels.SelectorFromSet(s.selector)
	isSelected := func(pod selectedPod) bool { return selector.Matches(labels.Set(pod.labels)) }
	isUnknown := func(pod selectedPod) bool { return isSelected(pod) && pod.portNames == nil }
	for _, declared := range o.declaration.Spec.Ports {
		name := contract.PortName(declared.Name, declared.Port)
		hasPort := func(pod selectedPod) bool { return isSelected(pod) && slices.Contains(pod.portNames, name) }
		if slices.Contains(s.targets, name) && slices.ContainsFunc(o.pods, isSelected) && !slices.ContainsFunc(o.pods, hasPort) {
			return name, !slices.ContainsFunc(o.pods, isUnknown)
		}
	}
	return "", true
}

// explainTargets returns the condition ServicesGoverned if no Service leads around the sidecar.
func explainTargets(found observation) metav1.Condition {
	for _, s := range found.services {
		if port, isKnown := found.findDeadEnd(s); port != "" {
			return explainDeadEnd(s.service, port, isKnown, found.listUngovernedBehind(s))
		}
	}
	message := "No Service leads to the pods."
	if n := len(found.services); n > 0 {
		message = fmt.Sprintf("%s to the sidecar.", formatLeads(n))
	}
	return newCondition(v1alpha1.ConditionServicesGoverned, metav1.ConditionTrue, v1alpha1.ReasonAllGoverned, message)
}

// listUngovernedBehind returns the names of the declaration's pods that run without its sidecar and to which the Service leads, sorted: those that
// were created before the declaration, the ports of which are not known.
func (o observation) listUngovernedBehind(s serviceReview) []string {
	selector := labels.SelectorFromSet(s.selector)
	return o.listPodNames(func(pod selectedPod) bool {
		isLabelled := pod.labels[v1alpha1.LabelChatbot] == o.declaration.Name
		return pod.sidecar == sidecarMissing && pod.portNames == nil && !isLabelled && selector.Matches(labels.Set(pod.labels))
	})
}

// explainDeadEnd returns the condition for a Service that leads to the name of a port that no pod is known to have. pods are those of
// listUngovernedBehind.
func explainDeadEnd(service, port string, isKnown bool, pods []string) metav1.Condition {
	const conditionType = v1alpha1.ConditionServicesGoverned
	if isKnown {
		message := fmt.Sprintf("Service %s leads nowhere: no pod has the port %s. Give the container port this name in the pod template, or restart the "+
			"pods, so that they have the sidecar.", service, port)
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonServiceLeadsNowhere, message)
	}
	if len(pods) > 0 {
		message := fmt.Sprintf("Service %s leads to pods without the sidecar, ungoverned, until they are replaced: %s. No pod that has the sidecar has the "+
			"port %s; whether these have it is not known. Restart their workload.", service, listNames(pods), port)
		return newCondition(conditionType, metav1.ConditionUnknown, v1alpha1.ReasonServiceReachesUngoverned, message)
	}
	message := fmt.Sprintf("Service %s leads to the port %s, and no pod that has the sidecar has it. Restart the pods, so that they have the sidecar: the "+
		"ports of others are not known.", service, port)
	return newCondition(conditionType, metav1.ConditionUnknown, v1alpha1.ReasonServiceLeadsNowhere, message)
}

// listGovernedLabels returns the labels of each selected pod that has the label of the chatbot.
func (o observation) listGovernedLabels() []map[string]string {
	var found []map[string]string
	for _, pod := range o.pods {
		if pod.labels[v1alpha1.LabelChatbot] == o.declaration.Name {
			found = append(found, pod.labels)
		}
	}
	return found
}

// newServicesGoverned returns the condition ServicesGoverned. A finding of the group effect makes it False whatever its action is: under
// Audit and Warn the findings only report, and the condition says what has to be repaired before Deny.
func newServicesGoverned(found observation, desired desiredState) metav1.Condition {
	const conditionType = v1alpha1.ConditionServicesGoverned
	if found.stalledBecause.reason != "" {
		return newCondition(conditionType, metav1.ConditionUnknown, found.stalledBecause.reason, "Services are not reviewed until spec.selector is changed.")
	}
	if object, undecided := found.findUndecided(); object != "" {
		message := fmt.Sprintf("No decision about %s was reached: %s", object, condition.Truncate(undecided.Reason, maxError))
		return newCondition(conditionType, metav1.ConditionUnknown, v1alpha1.ReasonUndecided, message)
	}
	left := found.listLeft()
	switch ways := found.sortWays(); {
	case len(ways.repairs) > 0:
		return explainWays(ways, left, desired)
	case len(left) > 0:
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonServiceLeadsElsewhere, explainLeft(left))
	}
	return explainTargets(found)
}

// waysAround are the ways around the sidecar, and what repairs them.
type waysAround struct {
	// bypassing and reaching are the names of the Services that lead around the sidecar, and of those that lead to ungoverned pods too.
	bypassing, reaching []string
	opening             []networkPolicyReview
	repairs             []string
}

func (o observation) sortWays() waysAround {
	ways := waysAround{opening: o.listOpening()}
	for _, s := range o.services {
		switch {
		case s.leadsAround():
			ways.bypassing = append(ways.bypassing, s.service)
		case s.reachesUngoverned():
			ways.reaching = append(ways.reaching, s.service)
		default:
			continue
		}
		ways.repairs = append(ways.repairs, describeRepair(s.service, s.listEffects()))
	}
	for _, p := range ways.opening {
		ways.repairs = append(ways.repairs, describeRepair(p.name, p.verdict.Findings))
	}
	return ways
}

// explainWays returns the condition ServicesGoverned while there are ways around the sidecar.
func explainWays(ways waysAround, left []leftService, desired desiredState) metav1.Condition {
	reason, sentences := v1alpha1.ReasonServiceReachesUngoverned, []string{}
	if len(ways.opening) > 0 {
		reason = v1alpha1.ReasonNetworkPolicyOpensPorts
		sentences = append(sentences, explainOpening(ways.opening, desired))
	}
	if n := len(ways.bypassing); n > 0 {
		reason = v1alpha1.ReasonServiceBypassesSidecar
		sentences = append(sentences, fmt.Sprintf("%s around the sidecar: %s.", formatLeads(n), listNames(ways.bypassing)), explainBypass(desired))
	}
	if n := len(ways.reaching); n > 0 {
		sentences = append(sentences, fmt.Sprintf("%s to pods without a sidecar, too, which no ChatbotDeployment governs: %s.", formatLeads(n), listNames(ways.reaching)))
	}
	if len(left) > 0 {
		sentences = append(sentences, explainLeft(left))
	}
	message := strings.Join(append(sentences, ways.repairs[:min(len(ways.repairs), maxNames)]...), " ")
	return newCondition(v1alpha1.ConditionServicesGoverned, metav1.ConditionFalse, reason, message)
}

// explainBypass returns what becomes of clients of Services that lead around the sidecar, in a sentence.
func explainBypass(desired desiredState) string {
	if desired.objects.networkPolicy != nil {
		return "The NetworkPolicy closes the app's ports, so that clients are cut off."
	}
	return "Clients reach the app ungoverned, and would be cut off once a NetworkPolicy closes its ports."
}

// describeRepair returns the findings about a Service or a NetworkPolicy with their remedies, in one sentence or more.
func describeRepair(name string, findings []policy.Finding) string {
	texts := make([]string, 0, len(findings))
	for _, f := range findings[:min(len(findings), maxRepairs)] {
		texts = append(texts, fmt.Sprintf("%s (%s)", strings.TrimSuffix(f.Remedy, "."), f.Rule))
	}
	if more := len(findings) - len(texts); more > 0 {
		texts = append(texts, formatCount(more, "more finding")+", which `kubectl chaperone check FILE` shows")
	}
	return fmt.Sprintf("%s: %s.", name, strings.Join(texts, "; "))
}

// formatLeads returns "1 Service leads" or "2 Services lead".
func formatLeads(n int) string {
	if n == 1 {
		return "1 Service leads"
	}
	return fmt.Sprintf("%d Services lead", n)
}

// enqueueBackends returns a handler that enqueues the declarations to whose pods a Service leads, or has led, and those whose desk it is. For an
// update, controller-runtime calls the handler for the old and for the new Service.
func (r *Reconciler) enqueueBackends() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, object client.Object) []reconcile.Request {
		service, ok := object.(*corev1.Service)
		if !ok {
			return nil
		}
		requests := append(r.requestBackends(ctx, service), r.requestLeft(ctx, service)...)
		return append(requests, r.requestDesk(client.ObjectKeyFromObject(service))...)
	})
}

// requestBackends returns requests for the declarations to whose pods the Service leads.
func (r *Reconciler) requestBackends(ctx context.Context, service *corev1.Service) []reconcile.Request {
	var requests []reconcile.Request
	for _, name := range r.listBackends(ctx, service) {
		requests = append(requests, reconcile.Request{NamespacedName: name})
	}
	return requests
}

// enqueuePods returns a handler that enqueues the declaration that selects a pod. If none does, it enqueues the declarations to whose pods
// a Service leads that selects this pod too.
func (r *Reconciler) enqueuePods() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, pod client.Object) []reconcile.Request {
		// The declaration that the pod names may be gone, and its objects stay.
		requests, selecting := requestNamed(ctx, pod), r.requestSelecting(pod.GetNamespace(), pod.GetLabels())
		if len(selecting) > 0 || !r.selectors.HasNamespace(pod.GetNamespace()) {
			return append(requests, selecting...)
		}
		var services corev1.ServiceList
		// The cache fails only when it ends, and then nothing is reconciled.
		if err := r.Client.List(ctx, &services, client.InNamespace(pod.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
			return nil
		}
		for i := range services.Items {
			if labels.SelectorFromSet(services.Items[i].Spec.Selector).Matches(labels.Set(pod.GetLabels())) {
				requests = append(requests, r.requestBackends(ctx, &services.Items[i])...)
			}
		}
		return requests
	})
}

// reachingNames are the declarations whose Services also led to ungoverned pods when they were last reconciled. A new declaration for such
// pods concerns them.
type reachingNames struct {
	mu sync.Mutex
	// byNamespace has the names of the declarations.
	byNamespace map[string]sets.Set[string]
}

// set adds or removes a declaration.
func (n *reachingNames) set(declaration types.NamespacedName, isReaching bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	names := n.byNamespace[declaration.Namespace]
	switch {
	case !isReaching:
		names.Delete(declaration.Name)
	case names == nil:
		n.byNamespace[declaration.Namespace] = sets.New(declaration.Name)
	default:
		names.Insert(declaration.Name)
	}
}

// list returns the declarations of the namespace.
func (n *reachingNames) list(namespace string) []types.NamespacedName {
	n.mu.Lock()
	defer n.mu.Unlock()
	var declarations []types.NamespacedName
	for name := range n.byNamespace[namespace] {
		declarations = append(declarations, types.NamespacedName{Namespace: namespace, Name: name})
	}
	return declarations
}

// listClaims returns the chatbots that are named by the Service's selector, or by the label of a pod that it selects.
func (r *Reconciler) listClaims(ctx context.Context, service *corev1.Service) []string {
	names := r.listPodClaims(ctx, service)
	if name, ok := service.Spec.Selector[v1alpha1.LabelChatbot]; ok {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// listPodClaims returns the chatbots that are named by the labels of pods that the Service selects, one for each pod.
func (r *Reconciler) listPodClaims(ctx context.Context, service *corev1.Service) []string {
	var pods metav1.PartialObjectMetadataList
	pods.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("PodList"))
	// The cache fails only when it ends, and then nothing is reconciled.
	if err := r.Client.List(ctx, &pods, client.InNamespace(service.Namespace), client.HasLabels{v1alpha1.LabelChatbot},
		client.MatchingLabelsSelector{Selector: labels.SelectorFromSet(service.Spec.Selector)}, client.UnsafeDisableDeepCopy); err != nil {
		return nil
	}
	var names []string
	for i := range pods.Items {
		names = append(names, pods.Items[i].Labels[v1alpha1.LabelChatbot])
	}
	return names
}

// filterServices returns a predicate for creations, deletions and those updates that change what decisions read of a Service
// (controllers/cache.go drops the rest of the spec).
func filterServices() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, beforeIsService := e.ObjectOld.(*corev1.Service)
		after, afterIsService := e.ObjectNew.(*corev1.Service)
		return beforeIsService && afterIsService && !equality.Semantic.DeepEqual(before.Spec, after.Spec)
	}}
}
