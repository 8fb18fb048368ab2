package facts_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// TestOnlyApprovedExceptionsOfTheChatbotReachTheRules: whether one has expired is for the rules, which know the day.
func TestOnlyApprovedExceptionsOfTheChatbotReachTheRules(t *testing.T) {
	newException := func(name, chatbot, approver string) v1alpha1.PolicyException {
		e := v1alpha1.PolicyException{Spec: v1alpha1.PolicyExceptionSpec{
			Chatbot: chatbot, Rules: []v1alpha1.RuleID{"b.rule", "a.rule"}, Expires: "2026-12-31",
		}}
		e.Name = name
		e.Annotations = map[string]string{v1alpha1.AnnotationRequestedBy: "ann", v1alpha1.AnnotationApprovedBy: approver}
		return e
	}
	deleted := newException("deleted", "support", "bob")
	deleted.DeletionTimestamp = &metav1.Time{Time: time.Unix(0, 0)}
	expired := newException("expired", "support", "bob")
	expired.Spec.Expires = "2020-01-01"
	environment := facts.Environment{
		NamespaceLabels: map[string]string{"team": "shop"},
		Exceptions: []v1alpha1.PolicyException{
			newException("second", "support", "bob"), newException("first", "support", "bob"), expired, deleted,
			newException("other", "sales", "bob"), newException("pending", "support", ""), newException("own", "support", "ann"),
		},
	}
	declaration := &v1alpha1.ChatbotDeployment{}
	declaration.Name = "support"
	got := facts.NewDeclarationInput(declaration, environment, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	rules := []string{"b.rule", "a.rule"}
	want := facts.DeclarationInput{
		Declaration: declaration, AsOf: "2026-11-23", NamespaceLabels: environment.NamespaceLabels,
		Exceptions: []facts.Exception{
			{Name: "expired", Rules: rules, Expires: "2020-01-01"},
			{Name: "first", Rules: rules, Expires: "2026-12-31"},
			{Name: "second", Rules: rules, Expires: "2026-12-31"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
}
