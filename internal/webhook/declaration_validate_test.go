package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

func TestValidateDeclaration(t *testing.T) {
	e := newEngine(t)
	other := compliant(t)
	other.Name, other.UID = "sales", uid("sales")
	late := func(d *v1alpha1.ChatbotDeployment) { d.Spec.Rights.ResponseDays = ptr.To[v1alpha1.Days](90) }
	cases := map[string]struct {
		stored  *v1alpha1.ChatbotDeployment
		change  func(*v1alpha1.ChatbotDeployment)
		rules   []string
		message []string
		warning string
	}{
		"compliant: allowed":                {},
		"itself in the cache is no overlap": {stored: compliant(t)},
		"answers after ninety days: the field, the value and the rule are named": {change: late,
			rules: []string{"rights.responseDays"}, message: []string{"spec.rights.responseDays is 90", "(rights.responseDays)", "https://"}},
		"two things wrong: both are told": {change: func(d *v1alpha1.ChatbotDeployment) { late(d); d.Spec.Rights.Requests = d.Spec.Rights.Requests[:1] },
			rules: []string{"rights.requests", "rights.responseDays"}, message: []string{"spec.rights.responseDays", "spec.rights.requests"}},
		"the same under Warn: a warning": {change: func(d *v1alpha1.ChatbotDeployment) { late(d); d.Spec.Enforcement = v1alpha1.EnforcementWarn },
			warning: "rights.responseDays"},
		"an unknown jurisdiction: the known ones are listed": {change: func(d *v1alpha1.ChatbotDeployment) { d.Spec.Jurisdictions = []v1alpha1.Code{"atlantis"} },
			rules: []string{"declaration.unknown_code"}, message: []string{"atlantis", "gb"}},
		"an empty selector": {change: func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector = metav1.LabelSelector{} },
			rules: []string{"FieldValueInvalid"}, message: []string{`ChatbotDeployment "shop/support": spec.selector: the selector is empty`}},
		"an unknown operator": {change: func(d *v1alpha1.ChatbotDeployment) {
			d.Spec.Selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "app", Operator: "Near"}}
		}, rules: []string{"FieldValueInvalid"}, message: []string{"spec.selector", "Near"}},
		"a selector that overlaps: both are named": {stored: other,
			rules: []string{"FieldValueInvalid"}, message: []string{`"shop/support"`, `"shop/sales"`, "a pod could match both"}},
		"a selector with a label of another value: allowed": {stored: other, change: func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector.MatchLabels["app"] = "support" }},
		"a setting that the sidecar would refuse to read": {change: func(d *v1alpha1.ChatbotDeployment) {
			d.Spec.Ports[0].Name = "Http"
		},
			rules: []string{"FieldValueInvalid"}, message: []string{"ports[0].name"}},
		"a path that the shape cannot serve": {change: func(d *v1alpha1.ChatbotDeployment) {
			d.Spec.Ports[0].Parameters = map[string]v1alpha1.ShapeParameter{"path": "/a//b"}
		},
			rules: []string{"declaration.unusable_shape"}, message: []string{"spec.ports[0].parameters", `parameter path is "/a//b"`}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := serve(t, e)
			if c.stored != nil {
				s.stored.items = append(s.stored.items, *c.stored)
			}
			declaration := compliant(t)
			if c.change != nil {
				c.change(declaration)
			}
			response := s.ask(t, "/validate-chatbotdeployments", creation(t, declaration))
			if response.Allowed != (len(c.rules) == 0) {
				t.Errorf("allowed %v: %v", response.Allowed, response.Result)
			}
			if len(c.rules) > 0 && response.Result.Code != http.StatusForbidden {
				t.Errorf("code %d, want 403", response.Result.Code)
			}
			var denying []string
			for _, rule := range rules(response) {
				if strings.Contains(strings.Join(c.rules, " "), rule) {
					denying = append(denying, rule)
				}
			}
			if diff := cmp.Diff(c.rules, denying); diff != "" {
				t.Errorf("rules (-want +got):\n%s\n%v", diff, rules(response))
			}
			for _, part := range c.message {
				if !strings.Contains(response.Result.Message, part) {
					t.Errorf("the message lacks %q:\n%s", part, response.Result.Message)
				}
			}
			if warnings := strings.Join(response.Warnings, "\n"); !strings.Contains(warnings, c.warning) {
				t.Errorf("warnings %q, want %q in them", warnings, c.warning)
			}
		})
	}
}

func TestUpdateDeclaration(t *testing.T) {
	now := metav1.NewTime(today())
	cases := map[string]struct {
		change func(old, declaration *v1alpha1.ChatbotDeployment)
		code   int32
		asked  int
	}{
		"metadata only": {change: func(_, d *v1alpha1.ChatbotDeployment) { d.Labels = map[string]string{"a": "b"} }, code: http.StatusOK},
		"finalizers of an object that is being deleted": {change: func(old, d *v1alpha1.ChatbotDeployment) {
			old.DeletionTimestamp, d.DeletionTimestamp = &now, &now
			old.Finalizers = []string{"chaperone.dev/x"}
		}, code: http.StatusOK},
		"the kill switch":                       {change: func(_, d *v1alpha1.ChatbotDeployment) { d.Spec.Suspended = true }, code: http.StatusOK},
		"the kill switch and something else":    {change: func(_, d *v1alpha1.ChatbotDeployment) { d.Spec.Suspended = true; d.Spec.RiskClass = "high" }, code: http.StatusForbidden, asked: 1},
		"the kill switch is taken back":         {change: func(old, _ *v1alpha1.ChatbotDeployment) { old.Spec.Suspended = true }, code: http.StatusForbidden, asked: 1},
		"the spec":                              {change: func(_, d *v1alpha1.ChatbotDeployment) { d.Spec.RiskClass = "high" }, code: http.StatusForbidden, asked: 1},
		"the spec of one being deleted as well": {change: func(_, d *v1alpha1.ChatbotDeployment) { d.DeletionTimestamp = &now; d.Spec.RiskClass = "high" }, code: http.StatusForbidden, asked: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := allowing()
			e.declaration = policy.Verdict{Outcome: policy.OutcomeDeny, Findings: []policy.Finding{{Rule: "x", Action: policy.ActionDeny}}}
			old, declaration := compliant(t), compliant(t)
			c.change(old, declaration)
			response := serve(t, e).ask(t, "/validate-chatbotdeployments", change(t, old, declaration))
			if response.Result.Code != c.code || e.declarationCalls != c.asked {
				t.Errorf("code %d after %d evaluations, want %d after %d", response.Result.Code, e.declarationCalls, c.code, c.asked)
			}
		})
	}
}

// What passed unread before is not told again.
func TestUpdateByWhichMorePassesUnreadIsTold(t *testing.T) {
	const chat, ask = `{"name":"ask","method":"POST","path":"/ask","use":"turn"}`, `{"name":"all","method":"POST","path":"/all","use":"pass"}`
	newPort := func(routes ...string) v1alpha1.ChatPort {
		inline := fmt.Sprintf(`{"routes":[%s],"request":{"places":[{"at":"$","is":"message","author":"user"},{"at":"$.question","is":"prose"}]},
			"answer":{"places":[{"at":"$","is":"message","author":"assistant"},{"at":"$.reply","is":"prose"}]}}`, strings.Join(routes, ","))
		return v1alpha1.ChatPort{Name: "http", Inline: &runtime.RawExtension{Raw: []byte(inline)}}
	}
	for name, c := range map[string]struct {
		before, after v1alpha1.ChatPort
		want          string
	}{
		"a preset, and then a route that passes":   {v1alpha1.ChatPort{Name: "http", Shape: v1alpha1.ShapeOpenAIChat}, newPort(chat, ask), "port http: POST /all (route all: pass)"},
		"a further route that passes":              {newPort(chat), newPort(chat, ask), "port http: POST /all (route all: pass)"},
		"a route that passed before":               {newPort(chat, ask), newPort(ask, chat), ""},
		"a route that passed and passes no longer": {newPort(chat, ask), newPort(chat), ""},
	} {
		t.Run(name, func(t *testing.T) {
			old, declaration := compliant(t), compliant(t)
			old.Spec.Ports, declaration.Spec.Ports = []v1alpha1.ChatPort{c.before}, []v1alpha1.ChatPort{c.after}
			response := serve(t, allowing()).ask(t, "/validate-chatbotdeployments", change(t, old, declaration))
			if said := strings.Join(response.Warnings, "\n"); !response.Allowed || !strings.Contains(said, c.want) || (said == "") != (c.want == "") {
				t.Errorf("allowed %t, warnings %q, want %q", response.Allowed, said, c.want)
			}
		})
	}
}

func TestNoDecisionRefusesDeclaration(t *testing.T) {
	cases := map[string]struct {
		change func(*fakeEngine, *server)
		reason string
	}{
		"undecided": {change: func(e *fakeEngine, _ *server) {
			e.declaration = policy.Verdict{Outcome: policy.OutcomeUndecided, Reason: "stale policy"}
		}, reason: "stale policy"},
		"the engine panics": {change: func(e *fakeEngine, _ *server) { e.declarationPanics = true }, reason: "panicked"},
		"the lookup fails":  {change: func(_ *fakeEngine, s *server) { s.stored.err = errors.New("cache is not started") }, reason: "cache is not started"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := allowing()
			s := serve(t, e)
			c.change(e, s)
			response := s.ask(t, "/validate-chatbotdeployments", creation(t, compliant(t)))
			if response.Allowed || response.Result.Code != http.StatusInternalServerError || !strings.Contains(response.Result.Message, c.reason) {
				t.Errorf("allowed %v, code %d, message %q, want 500 with %q", response.Allowed, response.Result.Code, response.Result.Message, c.reason)
			}
		})
	}
}

// TestDryRunPlantsNothing sends an object that is never stored under the identity of one that is: what was decided about the
// first must not count for the second.
func TestDryRunPlantsNothing(t *testing.T) {
	e := newEngine(t)
	stored := compliant(t)
	stored.Spec.Rights.ResponseDays = ptr.To[v1alpha1.Days](90)
	s := serve(t, e, stored)
	request := change(t, stored, compliant(t))
	request.DryRun = ptr.To(true)
	if response := s.ask(t, "/validate-chatbotdeployments", request); !response.Allowed {
		t.Fatalf("the compliant declaration is refused: %v", response.Result)
	}
	if response := s.ask(t, "/validate-pods", creation(t, governed(t, e, stored))); response.Allowed {
		t.Error("a pod of the refused declaration is admitted")
	}
}

// TestLongRefusal holds the bounds of the text, and that no finding gets lost in it.
func TestLongRefusal(t *testing.T) {
	e := allowing()
	e.declaration = policy.Verdict{Outcome: policy.OutcomeDeny, Findings: []policy.Finding{
		{Rule: "audited", Action: policy.ActionAudit, Field: "spec.audited"},
		{Rule: "evil", Action: policy.ActionDeny, Field: "spec.\u202eevil\x1b[31m", Remedy: strings.Repeat("long ", 40)},
	}}
	for i := range 90 {
		e.declaration.Findings = append(e.declaration.Findings, policy.Finding{
			Rule: fmt.Sprintf("topic.rule%02d", i), Action: policy.ActionDeny, Field: "spec.field", Remedy: strings.Repeat("remedy ", 30),
		})
	}
	response := serve(t, e).ask(t, "/validate-chatbotdeployments", creation(t, compliant(t)))
	message := response.Result.Message
	if len(message) > 4<<10+512 {
		t.Errorf("the message has %d bytes", len(message))
	}
	if strings.ContainsAny(message, "\u202e\x1b") {
		t.Errorf("the message holds characters that deceive: %q", message)
	}
	if !strings.Contains(message, "topic.rule00") || !strings.Contains(message, "more, each in the causes") {
		t.Errorf("the message neither begins with the findings nor counts the rest:\n%s", message)
	}
	if _, last, _ := strings.Cut(message, "\nNext step: "); !strings.HasPrefix(last, "run `kubectl chaperone check FILE`") {
		t.Errorf("the message does not end with the next step:\n%s", message)
	}
	causes := response.Result.Details.Causes
	if len(causes) != 92 || causes[0].Type != "evil" || causes[91].Type != "audited" {
		t.Errorf("%d causes, first %q, last %q, want 92, the strongest first", len(causes), causes[0].Type, causes[len(causes)-1].Type)
	}
}

// A refusal of a declaration that is far from lawful names the command that writes one that passes. Others do not.
func TestRefusalNamesTheSmallestDeclaration(t *testing.T) {
	const command = "`kubectl chaperone init --jurisdiction eu,us-ca --sector retail`"
	for name, c := range map[string]struct {
		denying, warning int
		rule             string
		conflict, names  bool
	}{
		"four findings refuse":     {denying: 4, warning: 1, rule: "a.rule", names: true},
		"most of them only warn":   {denying: 3, warning: 5, rule: "a.rule"},
		"no declaration can pass":  {denying: 4, rule: "a.rule", conflict: true},
		"a code that no law knows": {denying: 4, rule: "declaration.unknown_code"},
	} {
		t.Run(name, func(t *testing.T) {
			e := allowing()
			e.declaration = policy.Verdict{Outcome: policy.OutcomeDeny, HasConflict: c.conflict}
			for i := range c.denying + c.warning {
				action := policy.ActionDeny
				if i >= c.denying {
					action = policy.ActionWarn
				}
				e.declaration.Findings = append(e.declaration.Findings, policy.Finding{Rule: c.rule, Action: action, Field: "spec.field"})
			}
			declaration := compliant(t)
			declaration.Spec.Jurisdictions, declaration.Spec.Sectors = []v1alpha1.Code{"EU", "us-ca"}, []v1alpha1.Code{"retail"}
			message := serve(t, e).ask(t, "/validate-chatbotdeployments", creation(t, declaration)).Result.Message
			if strings.Contains(message, command) != c.names {
				t.Errorf("the command is named: %v, want %v:\n%s", !c.names, c.names, message)
			}
		})
	}
}

// TestProposalLeavesOutApprovalsOfOthers: a proposed split must not count on an approval that was for an earlier chatbot of the name.
func TestProposalLeavesOutApprovalsOfOthers(t *testing.T) {
	binding := exception.FormatBinding(compliant(t))
	_, codes, _ := strings.Cut(binding, " ")
	for binding, want := range map[string]int{binding: 1, "earlier " + codes: 0} {
		e := allowing()
		e.declaration.Outcome = policy.OutcomeDeny
		s := serve(t, e)
		approved := approvedException()
		approved.Annotations[v1alpha1.AnnotationApprovedFor] = binding
		s.stored.exceptions = []v1alpha1.PolicyException{approved}
		s.ask(t, contract.PathValidateDeclarations, creation(t, compliant(t)))
		if got := len(e.split.Exceptions); got != want {
			t.Errorf("approved for %q: %d exceptions in the proposal, want %d", binding, got, want)
		}
	}
}
