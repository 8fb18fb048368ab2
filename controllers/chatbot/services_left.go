package chatbot

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// maxServices is the number of entries that the API allows in status.services.
const maxServices = 32

// leftService is a Service that led to the pods of the declaration, and leads where nothing is governed, also to a chatbot that is only observed.
type leftService struct {
	name string
	// target says where it leads, as a text for people.
	target string
}

// sortOut returns the names of the Services that lead to the pods of a declaration now or did so before, of which known has the names, and those that
// exist and led there before only. services are all those of the namespace, and leading the names of those that lead to the pods. None is forgotten
// that leads to another chatbot: that one can be scaled to zero later, and the Service led elsewhere from there. One that is gone is not forgotten
// either, because it may be made again under its name, unless others need the room.
func sortOut(known []string, services []corev1.Service, leading []string) (names []string, moved []*corev1.Service) {
	byName := map[string]*corev1.Service{}
	for i := range services {
		byName[services[i].Name] = &services[i]
	}
	for _, name := range known {
		names = append(names, name)
		if service := byName[name]; service != nil && !slices.Contains(leading, name) {
			moved = append(moved, service)
		}
	}
	slices.Sort(leading)
	added := slices.DeleteFunc(leading, func(name string) bool { return slices.Contains(names, name) })
	names = makeRoom(names, len(added), func(name string) bool { return byName[name] != nil })
	names = append(names, added...)
	return names[:min(len(names), maxServices)], moved
}

// listElsewhere returns those of the Services that lead where nothing is governed. The verdict is that about the declaration to which they led.
func (r *Reconciler) listElsewhere(ctx context.Context, scope review.Scope, verdict policy.Verdict, moved []*corev1.Service) []leftService {
	var left []leftService
	for _, service := range moved {
		if target := r.describeElsewhere(ctx, scope, verdict, service); target != "" {
			left = append(left, leftService{name: service.Name, target: target})
		}
	}
	return left
}

// makeRoom returns the names without those that exist no more, as many as have to go so that n others can be known. It keeps the others: a
// Service that exists is not forgotten because others are made.
func makeRoom(known []string, n int, exists func(string) bool) []string {
	excess := len(known) + n - maxServices
	return slices.DeleteFunc(known, func(name string) bool {
		if excess <= 0 || exists(name) {
			return false
		}
		excess--
		return true
	})
}

// describeElsewhere returns where a Service leads that led to the declaration with the verdict, if nothing is governed there; "" if a chatbot is. The
// sidecar of one that is only observed governs nothing.
func (r *Reconciler) describeElsewhere(ctx context.Context, scope review.Scope, verdict policy.Verdict, service *corev1.Service) string {
	backends := r.listBackends(ctx, service)
	if len(backends) == 0 {
		return describeTarget(service)
	}
	if isEnforcement(verdict, v1alpha1.EnforcementAudit) || isEnforcement(verdict, v1alpha1.EnforcementWarn) {
		return ""
	}
	for _, name := range backends {
		other := &v1alpha1.ChatbotDeployment{}
		// The cache has no declaration that is gone; it fails only when it ends, and then nothing is reconciled.
		if err := r.Client.Get(ctx, name, other, client.UnsafeDisableDeepCopy); err != nil {
			continue
		}
		if isEnforcement(r.Reviewer.Declaration(ctx, scope, other).Verdict, v1alpha1.EnforcementAudit) {
			return fmt.Sprintf("ChatbotDeployment %s, which is only observed (Audit)", name.Name)
		}
	}
	return ""
}

// requestSharing enqueues the declarations that know a Service which now leads to this one, whose enforcement has changed: whether such a Service leads
// where nothing is governed depends on it.
func (r *Reconciler) requestSharing(ctx context.Context, d *v1alpha1.ChatbotDeployment, before, after v1alpha1.ChatbotDeploymentStatus) {
	if before.Enforcement == after.Enforcement || len(after.Services) == 0 {
		return
	}
	for _, request := range r.requestDeclarations(ctx, d.Namespace, func(other *v1alpha1.ChatbotDeployment) bool {
		return other.Name != d.Name && slices.ContainsFunc(other.Status.Services, func(name string) bool { return slices.Contains(after.Services, name) })
	}) {
		r.requestAgain(ctx, request.NamespacedName)
	}
}

// describeTarget returns where a Service leads that leads to no chatbot.
func describeTarget(service *corev1.Service) string {
	switch {
	case service.Spec.Type == corev1.ServiceTypeExternalName:
		return "a name outside of the cluster"
	case len(service.Spec.Selector) == 0:
		return "endpoints that are written by hand"
	}
	return "pods with " + labels.Set(service.Spec.Selector).String()
}

// listLeft returns the Services that lead elsewhere, while people may still think that the chatbot is behind them: it has pods, and it is not
// suspended.
func (o observation) listLeft() []leftService {
	if len(o.pods) == 0 || o.declaration.Spec.Suspended {
		return nil
	}
	return o.left
}

// explainLeft returns which Services lead elsewhere, and what to do, in sentences.
func explainLeft(left []leftService) string {
	var texts []string
	for _, s := range left {
		texts = append(texts, fmt.Sprintf("%s to %s", s.name, s.target))
	}
	lead := formatLeads(len(left))
	return fmt.Sprintf("%s elsewhere, to what no ChatbotDeployment governs, and led to this chatbot: %s. If people chat there, declare that chatbot, with "+
		"the enforcement of this one. Otherwise lead the Service back, give it another name, or scale the chatbot to zero while it is away.", lead, listNames(texts))
}

// requestLeft returns requests for the declarations that know the Service by its name.
func (r *Reconciler) requestLeft(ctx context.Context, service *corev1.Service) []reconcile.Request {
	if !r.selectors.HasNamespace(service.Namespace) {
		return nil
	}
	return r.requestDeclarations(ctx, service.Namespace, func(d *v1alpha1.ChatbotDeployment) bool {
		return slices.Contains(d.Status.Services, service.Name)
	})
}

// listBackends returns the names of the chatbots to whose pods the Service leads, in any order. They need not have pods.
func (r *Reconciler) listBackends(ctx context.Context, service *corev1.Service) []types.NamespacedName {
	if len(service.Spec.Selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return nil
	}
	found := sets.New(r.selectors.FindMatching(service.Namespace, service.Spec.Selector)...)
	for _, name := range r.listClaims(ctx, service) {
		found.Insert(types.NamespacedName{Namespace: service.Namespace, Name: name})
	}
	return slices.Collect(maps.Keys(found))
}
