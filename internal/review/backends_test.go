package review_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

func TestBackends(t *testing.T) {
	declared := []v1alpha1.ChatbotDeployment{declare("support", "bot"), declare("sales", "shop"), declare("twin", "bot")}
	pods := []map[string]string{
		{v1alpha1.LabelChatbot: "support", "app": "bot", "tier": "web"},
		{v1alpha1.LabelChatbot: "sales", "app": "shop", "tier": "web"},
		{v1alpha1.LabelChatbot: "ghost", "tier": "db"},
	}
	cases := map[string]struct {
		kind     corev1.ServiceType
		selector map[string]string
		want     []string
	}{
		"the selector of a declaration":                     {selector: map[string]string{"app": "shop"}, want: []string{"sales"}},
		"the selector of a declaration and more":            {selector: map[string]string{"app": "shop", "track": "canary"}, want: []string{"sales"}},
		"the selector of several declarations":              {selector: map[string]string{"app": "bot"}, want: []string{"support", "twin"}},
		"the label of a chatbot":                            {selector: map[string]string{v1alpha1.LabelChatbot: "sales"}, want: []string{"sales"}},
		"the label of a chatbot without a declaration":      {selector: map[string]string{v1alpha1.LabelChatbot: "new"}, want: []string{"new"}},
		"the label of one and the selector of another":      {selector: map[string]string{v1alpha1.LabelChatbot: "support", "app": "shop"}, want: []string{"sales", "support"}},
		"a label of the pods of several chatbots":           {selector: map[string]string{"tier": "web"}, want: []string{"sales", "support"}},
		"a label of a pod that only calls itself a chatbot": {selector: map[string]string{"tier": "db"}, want: []string{"ghost"}},
		"a label that no pod has":                           {selector: map[string]string{"tier": "cache"}},
		"labels that no single pod has":                     {selector: map[string]string{"tier": "db", "app": "other"}},
		"no selector":                                       {},
		"an ExternalName":                                   {kind: corev1.ServiceTypeExternalName, selector: map[string]string{"app": "bot"}},
		"a NodePort":                                        {kind: corev1.ServiceTypeNodePort, selector: map[string]string{"app": "shop"}, want: []string{"sales"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			scope := review.Scope{Declarations: review.NewDeclarations(declared), PodLabels: pods}
			got, err := scope.Backends(&corev1.Service{Spec: corev1.ServiceSpec{Type: c.kind, Selector: c.selector}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("backends (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("an invalid selector in the namespace: an error", func(t *testing.T) {
		scope := review.Scope{Declarations: review.NewDeclarations([]v1alpha1.ChatbotDeployment{declare("support", "")})}
		_, err := scope.Backends(&corev1.Service{Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "bot"}}})
		if !errors.Is(err, selection.ErrEmpty) {
			t.Errorf("error %v, want %v", err, selection.ErrEmpty)
		}
	})
}
