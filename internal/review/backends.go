package review

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Backends returns the names of the chatbots to whose pods the Service leads, sorted:
//   - those whose declarations select the Service's selector taken as labels: then they match every pod that the Service does;
//   - the one whose label chaperone.dev/chatbot the Service selects;
//   - those of the governed pods that exist and that the Service matches.
//
// A Service without a selector, or of the type ExternalName, leads to no pod by itself. The error is a stored selector that is
// invalid.
func (s Scope) Backends(service *corev1.Service) ([]string, error) {
	selector := service.Spec.Selector
	if len(selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return nil, nil
	}
	matching, err := s.Declarations.findMatching(selector)
	if err != nil {
		return nil, err
	}
	found := sets.New[string]()
	for _, declaration := range matching {
		found.Insert(declaration.Name)
	}
	if name, ok := selector[v1alpha1.LabelChatbot]; ok {
		found.Insert(name)
	}
	selected := labels.SelectorFromSet(selector)
	for _, pod := range s.PodLabels {
		if selected.Matches(labels.Set(pod)) {
			found.Insert(pod[v1alpha1.LabelChatbot])
		}
	}
	return sets.List(found), nil
}

// Service decides about a Service of the namespace. The error is a stored selector that is invalid.
func (r *Reviewer) Service(ctx context.Context, scope Scope, service *corev1.Service) (Result, error) {
	names, err := scope.Backends(service)
	if err != nil || len(names) == 0 {
		return Result{}, err
	}
	in := facts.NewServiceInput(service, r.listChatbots(ctx, scope, names), scope.Now)
	verdict := decideInTime(ctx, r.engine.Revision(), in.AsOf, func() policy.Verdict { return r.engine.Service(ctx, in) })
	return Result{Chatbots: names, Verdict: verdict}, nil
}

// Connection is what a user opens through the API server.
type Connection struct {
	// Subresource is exec, attach, portforward or proxy.
	Subresource string
	// Container is the container that exec and attach name; empty when they name none.
	Container string
	// Port is the port that a proxy names; empty when it names none.
	Port string
	// PodLabels are the labels of the pod to which it leads. They are not read when Service is there.
	PodLabels map[string]string
	// Service is the one to which it leads; nil for a connection to a pod.
	Service *corev1.Service
}

// Connection decides about a connection into the namespace. Errors are those of Declarations.Govern.
func (r *Reviewer) Connection(ctx context.Context, scope Scope, connection Connection) (Result, error) {
	in := facts.ConnectionInput{Kind: connection.Subresource, Container: connection.Container, Port: connection.Port}
	names, err := scope.resolveEnds(connection, &in)
	if err != nil || len(names) == 0 {
		return Result{}, err
	}
	in = in.For(r.listChatbots(ctx, scope, names), scope.Now)
	return withBreakGlass(names, func(breakGlass bool) policy.Verdict {
		with := in
		with.BreakGlass = breakGlass
		return decideInTime(ctx, r.engine.Revision(), with.AsOf, func() policy.Verdict { return r.engine.Connection(ctx, with) })
	}), nil
}

// resolveEnds returns the chatbots to whose pods the connection leads, and puts into the input where it ends there.
func (s Scope) resolveEnds(connection Connection, in *facts.ConnectionInput) ([]string, error) {
	if connection.Service != nil {
		in.Targets = facts.ResolveServiceTargets(connection.Service, connection.Port)
		return s.Backends(connection.Service)
	}
	in.Targets = facts.ResolvePodTargets(connection.Port)
	governance, err := s.Declarations.Govern(connection.PodLabels, ClaimOf(connection.PodLabels))
	if err != nil || !governance.IsGoverned() {
		return nil, err
	}
	return []string{governance.Chatbot()}, nil
}

// listChatbots returns what the rules about the ways to pods read of the chatbots of these names, declared or not.
func (r *Reviewer) listChatbots(ctx context.Context, scope Scope, names []string) []facts.Chatbot {
	found := make([]facts.Chatbot, 0, len(names))
	for _, name := range names {
		declaration := scope.Declarations.Find(name)
		chatbot := inject.NewChatbot(name, declaration)
		if declaration != nil {
			chatbot.Terms = r.Declaration(ctx, scope, declaration).Verdict.Terms
		}
		found = append(found, chatbot)
	}
	return found
}
