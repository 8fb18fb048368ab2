package webhook_test

import (
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// A Service that led to a running chatbot may lead to other pods, which is told, and to no name outside of the cluster.
func TestServiceThatLeavesAChatbot(t *testing.T) {
	external := func(s *corev1.Service) {
		s.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "bot.saas.example"}
	}
	running := []metav1.PartialObjectMetadata{metadata("bot-1", map[string]string{"app": "support-bot", v1alpha1.LabelChatbot: "support"})}
	moved := append(running, metadata("new-1", map[string]string{"app": "moved", v1alpha1.LabelChatbot: "sales"}))
	knows := func(d *v1alpha1.ChatbotDeployment) { d.Status.Services = []string{"bot"} }
	cases := map[string]struct {
		stored func(*v1alpha1.ChatbotDeployment)
		pods   []metav1.PartialObjectMetadata
		// made is true if the Service is made, and does not change.
		made bool
		// before changes the Service before the update.
		before  func(*corev1.Service)
		change  func(*corev1.Service)
		refused bool
		warned  bool
	}{
		"to a name outside of the cluster":            {pods: running, change: external, refused: true},
		"to a name outside, made again":               {stored: knows, made: true, pods: running, change: external, refused: true},
		"to a name outside, another Service: allowed": {made: true, pods: running, change: external},
		"to a name outside, without pods: allowed":    {change: external},
		"to another name outside": {stored: knows, pods: running, before: external, change: func(s *corev1.Service) {
			external(s)
			s.Spec.ExternalName = "other.saas.example"
		}, refused: true},
		"a name outside stays, with other labels: allowed": {stored: knows, pods: running, before: external, change: func(s *corev1.Service) {
			external(s)
			s.Labels = map[string]string{"team": "shop"}
		}},
		"to a name outside, where rules only warn":       {stored: func(d *v1alpha1.ChatbotDeployment) { d.Spec.Enforcement = v1alpha1.EnforcementWarn }, pods: running, change: external, warned: true},
		"to a name outside, while it is suspended":       {stored: func(d *v1alpha1.ChatbotDeployment) { d.Spec.Suspended = true }, pods: running, change: external, warned: true},
		"to a page for maintenance":                      {pods: running, change: selects("app", "maintenance"), warned: true},
		"to a page for maintenance, made again":          {stored: knows, made: true, pods: running, change: selects("app", "maintenance"), warned: true},
		"to a page for maintenance, no pods: allowed":    {change: selects("app", "maintenance")},
		"to endpoints that are written by hand":          {pods: running, change: func(s *corev1.Service) { s.Spec.Selector = nil }, warned: true},
		"to the pods of another chatbot: allowed":        {pods: moved, change: selects("app", "moved")},
		"to other pods of the chatbot by label: allowed": {pods: running, change: selects(v1alpha1.LabelChatbot, "support")},
	}
	e := newEngine(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			declaration := compliant(t)
			if c.stored != nil {
				c.stored(declaration)
			}
			s := serve(t, e, declaration)
			s.stored.pods = c.pods
			after := service(c.change)
			before := service()
			if c.before != nil {
				c.before(before)
			}
			request := change(t, before, after)
			if c.made {
				request = creation(t, after)
			}
			response := s.ask(t, "/validate-services", request)
			if response.Allowed == c.refused || c.warned != (len(response.Warnings) > 0) {
				t.Fatalf("allowed %v, warnings %q: %v", response.Allowed, response.Warnings, response.Result)
			}
			if c.refused && (response.Result.Code != http.StatusForbidden || !strings.Contains(response.Result.Message, "Scale the chatbot to zero")) {
				t.Errorf("the refusal is %d: %s", response.Result.Code, response.Result.Message)
			}
		})
	}
}

// A Service that led to a chatbot whose rules deny may lead to one that is only observed, which is told.
func TestServiceThatIsLedToAnObservedChatbot(t *testing.T) {
	pods := []metav1.PartialObjectMetadata{
		metadata("bot-1", map[string]string{"app": "support-bot", v1alpha1.LabelChatbot: "support"}),
		metadata("trial-1", map[string]string{"app": "trial", v1alpha1.LabelChatbot: "trial"}),
	}
	e := newEngine(t)
	for name, c := range map[string]struct {
		enforcement, ofTrial v1alpha1.Enforcement
		pods                 []metav1.PartialObjectMetadata
		warned               bool
	}{
		"from Deny to Audit":               {ofTrial: v1alpha1.EnforcementAudit, pods: pods, warned: true},
		"from Deny to Deny":                {pods: pods},
		"from Deny to Warn, which governs": {ofTrial: v1alpha1.EnforcementWarn, pods: pods},
		"from Audit to Audit":              {enforcement: v1alpha1.EnforcementAudit, ofTrial: v1alpha1.EnforcementAudit, pods: pods},
		"from a chatbot without pods":      {ofTrial: v1alpha1.EnforcementAudit, pods: pods[1:]},
	} {
		t.Run(name, func(t *testing.T) {
			support, trial := compliant(t), compliant(t)
			support.Spec.Enforcement = c.enforcement
			trial.Name, trial.Spec.Enforcement, trial.Spec.Selector.MatchLabels = "trial", c.ofTrial, map[string]string{"app": "trial"}
			s := serve(t, e, support, trial)
			s.stored.pods = c.pods
			response := s.ask(t, "/validate-services", change(t, service(), service(selects("app", "trial"))))
			isWarned := strings.Contains(strings.Join(response.Warnings, "\n"), "only observed (enforcement Audit)")
			if !response.Allowed || isWarned != c.warned {
				t.Errorf("allowed %t, warnings %q, want one: %t (%v)", response.Allowed, response.Warnings, c.warned, response.Result)
			}
		})
	}
}
