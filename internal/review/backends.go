package review

import (
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Backends returns the names of the chatbots to whose pods the Service leads, sorted. A Service leads to a chatbot in any of three cases:
//   - A pod with exactly the labels that the Service selects would match the selector of the chatbot's declaration.
//   - The selector of the Service requires the label chaperone.dev/chatbot with the name of the chatbot.
//   - The Service selects an existing pod whose label chaperone.dev/chatbot has that name (Scope.PodLabels).
//
// A Service without a selector, or of the type ExternalName, leads to no pod by itself. Backends returns an error if the selector of a
// declaration of the namespace is invalid.
func (s Scope) Backends(service *corev1.Service) ([]string, error) {
	selector := service.Spec.Selector
	if len(selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return nil, nil
	}
	// The selector of a Service is a map of labels. A pod with just these labels is one that the Service selects.
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
	// The labels of each pod in PodLabels include chaperone.dev/chatbot.
	podSelector := labels.SelectorFromSet(selector)
	for _, podLabels := range s.PodLabels {
		if podSelector.Matches(labels.Set(podLabels)) {
			found.Insert(podLabels[v1alpha1.LabelChatbot])
		}
	}
	return sets.List(found), nil
}

// Left returns the names of the chatbots that have pods and to which the Service does not lead any more, sorted: before is the Service before
// an update, or nil, and a status knows further Services by their names. It returns none if the Service leads to another chatbot, as when one is moved.
// The errors are those of Backends.
func (s Scope) Left(before, service *corev1.Service) ([]string, error) {
	leads, err := s.Backends(service)
	if err != nil || len(leads) > 0 {
		return nil, err
	}
	return s.listLed(before, service.Name)
}

// listLed returns the names of the chatbots that have pods and to which the Service led, sorted. The arguments and errors are as for Left.
func (s Scope) listLed(before *corev1.Service, name string) ([]string, error) {
	led := sets.New[string]()
	if before != nil {
		names, err := s.Backends(before)
		if err != nil {
			return nil, err
		}
		led.Insert(names...)
	}
	for i := range s.Declarations.items {
		if slices.Contains(s.Declarations.items[i].Status.Services, name) {
			led.Insert(s.Declarations.items[i].Name)
		}
	}
	running := sets.New[string]()
	for _, podLabels := range s.PodLabels {
		running.Insert(podLabels[v1alpha1.LabelChatbot])
	}
	return sets.List(led.Intersection(running)), nil
}

// LeftForObserved returns the names of the chatbots that have pods and whose rules deny, to which the Service led, and of those to which it leads and that are
// only observed (Audit), if there are both. leads are the chatbots to which it leads. The other arguments and the errors are as for Left.
func (r *Reviewer) LeftForObserved(ctx context.Context, scope Scope, before, service *corev1.Service, leads []string) (left, observed []string, err error) {
	for _, name := range leads {
		if declaration := scope.Declarations.Find(name); declaration != nil && r.hasEnforcement(ctx, scope, declaration, v1alpha1.EnforcementAudit) {
			observed = append(observed, name)
		}
	}
	if len(observed) == 0 {
		return nil, nil, nil
	}
	led, err := scope.listLed(before, service.Name)
	left = slices.DeleteFunc(led, func(name string) bool {
		return slices.Contains(leads, name) || !r.IsEnforced(ctx, scope, []string{name})
	})
	return left, observed, err
}

// IsEnforced reports whether findings about one of the chatbots can deny: it is declared, and its effective enforcement is neither Audit nor Warn.
func (r *Reviewer) IsEnforced(ctx context.Context, scope Scope, chatbots []string) bool {
	return slices.ContainsFunc(chatbots, func(name string) bool {
		declaration := scope.Declarations.Find(name)
		if declaration == nil || declaration.Spec.Suspended {
			return false
		}
		return !r.hasEnforcement(ctx, scope, declaration, v1alpha1.EnforcementAudit) && !r.hasEnforcement(ctx, scope, declaration, v1alpha1.EnforcementWarn)
	})
}

// hasEnforcement reports whether this is the effective enforcement of the declaration.
func (r *Reviewer) hasEnforcement(ctx context.Context, scope Scope, d *v1alpha1.ChatbotDeployment, enforcement v1alpha1.Enforcement) bool {
	return r.Declaration(ctx, scope, d).Verdict.Terms.Enforcement == strings.ToLower(string(enforcement))
}

// Ungoverned are pods that no declaration governs, with their labels.
type Ungoverned struct {
	facts.UngovernedPods
	Labels map[string]string
}

// listUngoverned returns those of scope.Ungoverned that the Service selects.
func (s Scope) listUngoverned(service *corev1.Service) []facts.UngovernedPods {
	selector := labels.SelectorFromSet(service.Spec.Selector)
	var found []facts.UngovernedPods
	for _, pods := range s.Ungoverned {
		if selector.Matches(labels.Set(pods.Labels)) {
			found = append(found, pods.UngovernedPods)
		}
	}
	return found
}

// Service decides about a Service of the scope's namespace. The Result is zero if the Service leads to no chatbot. The errors are those of
// Scope.Backends.
func (r *Reviewer) Service(ctx context.Context, scope Scope, service *corev1.Service) (Result, error) {
	names, err := scope.Backends(service)
	if err != nil || len(names) == 0 {
		return Result{}, err
	}
	in := facts.NewServiceInput(service, r.listChatbots(ctx, scope, names), scope.Now)
	in.Ungoverned = scope.listUngoverned(service)
	verdict := decideInTime(ctx, r.engine.Revision(), in.AsOf, func() policy.Verdict { return r.engine.Service(ctx, in) })
	return Result{Chatbots: names, Verdict: verdict}, nil
}

// Connection is a connection that a user opens through the API server to a pod or a Service.
type Connection struct {
	// Subresource is exec, attach, portforward or proxy.
	Subresource string
	// Container is the container that exec and attach name; empty when they name none.
	Container string
	// Port is the port in the path of a proxy request (`services/NAME:PORT/proxy`); empty when the path has none.
	Port string
	// PodLabels are the labels of the pod to which the connection leads; ignored if Service is set.
	PodLabels map[string]string
	// Service is the Service to which the connection leads; nil for a connection to a pod.
	Service *corev1.Service
}

// Connection decides about a connection to a pod or a Service of the scope's namespace. The Result is zero if the connection leads to no
// chatbot. The errors are those of Declarations.Govern and Scope.Backends.
func (r *Reviewer) Connection(ctx context.Context, scope Scope, connection Connection) (Result, error) {
	targets, names, err := scope.resolveConnection(connection)
	if err != nil || len(names) == 0 {
		return Result{}, err
	}
	in := facts.ConnectionInput{Kind: connection.Subresource, Container: connection.Container, Port: connection.Port, Targets: targets}
	// WithChatbots adds the chatbots and the day of the decision to the input.
	in = in.WithChatbots(r.listChatbots(ctx, scope, names), scope.Now)
	return decideWithAndWithoutBreakGlass(names, func(breakGlass bool) policy.Verdict {
		// Each evaluation has its own copy of the input: decideInTime can return while the evaluation still reads it.
		evaluated := in
		evaluated.BreakGlass = breakGlass
		return decideInTime(ctx, r.engine.Revision(), in.AsOf, func() policy.Verdict { return r.engine.Connection(ctx, evaluated) })
	}), nil
}

// resolveConnection returns the container ports to which a proxy connection leads, and the names of the chatbots to whose pods the
// connection leads. The ports are nil for other connections, or if they are unknown. Without names, the connection leads to no chatbot.
func (s Scope) resolveConnection(connection Connection) (targets []facts.Target, chatbots []string, err error) {
	if connection.Service != nil {
		chatbots, err = s.Backends(connection.Service)
		return facts.ResolveServiceTargets(connection.Service, connection.Port), chatbots, err
	}
	governance, err := s.Declarations.Govern(connection.PodLabels, ReadClaim(connection.PodLabels))
	if err != nil || !governance.IsGoverned() {
		return nil, nil, err
	}
	return facts.ResolvePodTargets(connection.Port), []string{governance.Chatbot()}, nil
}

// listChatbots returns what the rules about Services and connections read of the chatbots with these names. The Terms of a chatbot without
// a declaration are zero: an empty Terms.Enforcement means that findings deny.
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
