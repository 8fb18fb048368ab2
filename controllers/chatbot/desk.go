package chatbot

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// deskPatience is how long a desk may have no ready endpoint before conversations do not begin: a pod that is replaced, with its image on the node,
// is ready again within half a minute.
const deskPatience = time.Minute

// desk is where humans take over (spec.oversight.handoff.url), if that is a Service of the cluster. Addresses outside are opened by the clients of
// people, whom the manager cannot stand in for.
type desk struct {
	// service is zero if the desk is not a Service of the cluster.
	service types.NamespacedName
	// downSince is since when the Service has no ready endpoint, or is not there, as far as this process knows; zero if it has one.
	downSince time.Time
	// isUnavailable is true if no conversation may begin: the law demands a way to a human, and the desk is down for too long (judgeDesk).
	isUnavailable bool
}

// findDesk returns the Service of the desk, or a zero name. Only names that lead to nothing but a Service count: outside of the cluster, `desk` and
// `desk.shop` can be other hosts.
func findDesk(d *v1alpha1.ChatbotDeployment) types.NamespacedName {
	if d.Spec.Oversight == nil || d.Spec.Oversight.Handoff == nil {
		return types.NamespacedName{}
	}
	address, err := url.Parse(string(d.Spec.Oversight.Handoff.URL))
	if err != nil {
		return types.NamespacedName{}
	}
	host := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(address.Hostname()), "."), ".cluster.local")
	labels := strings.Split(host, ".")
	if len(labels) != 3 || labels[2] != "svc" {
		return types.NamespacedName{}
	}
	return types.NamespacedName{Namespace: labels[1], Name: labels[0]}
}

// desks knows which declarations have which desk, and since when desks are down. It is safe for concurrent use.
type desks struct {
	mu sync.Mutex
	// byChatbot has the Service of the desk of each declaration that has one, and chatbots the declarations by Service.
	byChatbot map[types.NamespacedName]types.NamespacedName
	chatbots  map[types.NamespacedName][]types.NamespacedName
	downSince map[types.NamespacedName]time.Time
}

func newDesks() *desks {
	return &desks{
		byChatbot: map[types.NamespacedName]types.NamespacedName{}, chatbots: map[types.NamespacedName][]types.NamespacedName{},
		downSince: map[types.NamespacedName]time.Time{},
	}
}

// set notes the desk of a declaration; a zero Service stands for none.
func (k *desks) set(chatbot, service types.NamespacedName) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.byChatbot[chatbot]
	if before == service {
		return
	}
	delete(k.byChatbot, chatbot)
	rest := slices.DeleteFunc(k.chatbots[before], func(n types.NamespacedName) bool { return n == chatbot })
	if k.chatbots[before] = rest; len(rest) == 0 {
		delete(k.chatbots, before)
		delete(k.downSince, before)
	}
	if service.Name != "" {
		k.byChatbot[chatbot] = service
		k.chatbots[service] = append(k.chatbots[service], chatbot)
	}
}

// list returns the declarations whose desk is the Service.
func (k *desks) list(service types.NamespacedName) []types.NamespacedName {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.chatbots[service])
}

// see notes whether a desk is down, and returns since when; the zero time if it is not.
func (k *desks) see(service types.NamespacedName, isDown bool, now time.Time) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !isDown {
		delete(k.downSince, service)
		return time.Time{}
	}
	if _, isKnown := k.downSince[service]; !isKnown {
		k.downSince[service] = now
	}
	return k.downSince[service]
}

// gatherDesk adds the desk to found.
func (r *Reconciler) gatherDesk(ctx context.Context, found *observation) error {
	found.desk = desk{service: findDesk(found.declaration)}
	r.desks.set(client.ObjectKeyFromObject(found.declaration), found.desk.service)
	if found.desk.service.Name == "" {
		return nil
	}
	isDown, err := r.isDown(ctx, found.desk.service)
	if err != nil {
		return err
	}
	found.desk.downSince = r.desks.see(found.desk.service, isDown, r.Clock.Now())
	return nil
}

// isDown reports whether nothing answers behind the Service of a desk. One that leads to a name outside of the cluster is never down: nothing says
// whether somebody answers there.
func (r *Reconciler) isDown(ctx context.Context, name types.NamespacedName) (bool, error) {
	service := &corev1.Service{}
	if err := r.Client.Get(ctx, name, service, client.UnsafeDisableDeepCopy); err != nil {
		if client.IgnoreNotFound(err) == nil {
			return true, nil
		}
		return false, fmt.Errorf("read the Service of the desk: %w", err)
	}
	if service.Spec.Type == corev1.ServiceTypeExternalName {
		return false, nil
	}
	var endpoints discoveryv1.EndpointSliceList
	if err := r.Client.List(ctx, &endpoints, client.InNamespace(name.Namespace), client.MatchingLabels{discoveryv1.LabelServiceName: name.Name},
		client.UnsafeDisableDeepCopy); err != nil {
		return false, fmt.Errorf("list endpoints of the desk: %w", err)
	}
	return !slices.ContainsFunc(endpoints.Items, func(s discoveryv1.EndpointSlice) bool { return hasReady(&s) }), nil
}

// hasReady reports whether an endpoint takes connections.
func hasReady(s *discoveryv1.EndpointSlice) bool {
	return slices.ContainsFunc(s.Endpoints, func(e discoveryv1.Endpoint) bool { return IsReady(e.Conditions) })
}

// IsReady reports whether an endpoint with the conditions takes connections. One that is being deleted can go on for a while.
func IsReady(c discoveryv1.EndpointConditions) bool {
	return ptr.Deref(c.Ready, true) || ptr.Deref(c.Serving, false)
}

// judgeDesk sets whether conversations may begin. A desk that was unavailable stays so until it answers, also for a new leader. While no decision is
// reached, what was demanded before holds.
func (o *observation) judgeDesk(verdict policy.Verdict, now time.Time) {
	earlier := meta.FindStatusCondition(o.declaration.Status.Conditions, v1alpha1.ConditionHandoffAvailable)
	isDemanded := verdict.Obligations != nil && verdict.Obligations.Handoff.DemandsHuman() || isUndecided(verdict) && earlier != nil
	if !isDemanded {
		o.desk.service = types.NamespacedName{}
	}
	isLate := earlier != nil && earlier.Status == metav1.ConditionFalse || now.Sub(o.desk.downSince) >= deskPatience
	o.desk.isUnavailable = isDemanded && !o.desk.downSince.IsZero() && isLate
}

// apply notes in the configuration whether the desk is unavailable, and reports whether that changes it.
func (k desk) apply(config *sidecarconfig.Config) (isChanged bool) {
	if config.Handoff == nil || config.Handoff.Unavailable == k.isUnavailable {
		return false
	}
	handoff := *config.Handoff
	handoff.Unavailable = k.isUnavailable
	config.Handoff = &handoff
	return true
}

// computeLate returns the time from now until conversations do not begin any more unless the desk answers again; zero for never.
func (k desk) computeLate(now time.Time) time.Duration {
	if k.service.Name == "" || k.downSince.IsZero() || k.isUnavailable {
		return 0
	}
	return max(k.downSince.Add(deskPatience).Sub(now), time.Millisecond)
}

// newHandoffAvailable returns the condition HandoffAvailable, or a zero condition if the law demands no way to a human, or if the desk is not a
// Service of the cluster.
func newHandoffAvailable(found observation, verdict policy.Verdict) metav1.Condition {
	const conditionType = v1alpha1.ConditionHandoffAvailable
	service := found.desk.service
	switch {
	case service.Name == "":
		return metav1.Condition{}
	case !found.desk.isUnavailable:
		message := fmt.Sprintf("Service %s answers, or has been without a ready endpoint for less than %s.", service, deskPatience)
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonHandoffAvailable, message)
	}
	message := fmt.Sprintf("Service %s (spec.oversight.handoff.url) has no ready endpoint, so that no human can take over, which the law demands. ", service)
	if isEnforcement(verdict, v1alpha1.EnforcementAudit) {
		message += "The effective enforcement Audit refuses nothing; any other would let no conversation begin."
	} else {
		message += "Sidecars let no conversation begin, give people the contact of the deployer, and go on with conversations that have begun."
	}
	return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonHandoffUnavailable, message+" It ends as soon as a pod of the Service is ready.")
}

// enqueueDesk returns a handler for EndpointSlices, which enqueues the declarations whose desk is the Service of the slice.
func (r *Reconciler) enqueueDesk() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(_ context.Context, slice client.Object) []reconcile.Request {
		return r.requestDesk(types.NamespacedName{Namespace: slice.GetNamespace(), Name: slice.GetLabels()[discoveryv1.LabelServiceName]})
	})
}

// requestDesk returns requests for the declarations whose desk is the Service.
func (r *Reconciler) requestDesk(service types.NamespacedName) []reconcile.Request {
	var requests []reconcile.Request
	for _, name := range r.desks.list(service) {
		requests = append(requests, reconcile.Request{NamespacedName: name})
	}
	return requests
}

// filterReadiness returns a predicate for creations, deletions and those updates by which the first endpoint becomes ready, or the last one no
// longer is.
func filterReadiness() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, beforeIsSlice := e.ObjectOld.(*discoveryv1.EndpointSlice)
		after, afterIsSlice := e.ObjectNew.(*discoveryv1.EndpointSlice)
		return beforeIsSlice && afterIsSlice && hasReady(before) != hasReady(after)
	}}
}
