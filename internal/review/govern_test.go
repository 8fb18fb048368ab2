package review_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

// declare returns a ChatbotDeployment that selects pods by the label app; an empty value makes an empty selector.
func declare(name, app string) v1alpha1.ChatbotDeployment {
	d := v1alpha1.ChatbotDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
	if app != "" {
		d.Spec.Selector.MatchLabels = map[string]string{"app": app}
	}
	return d
}

func indexOf(declarations []v1alpha1.ChatbotDeployment) *selection.Index {
	var index selection.Index
	for i := range declarations {
		index.Put(&declarations[i])
	}
	return &index
}

// The truth table of docs/review.md. The index of the reconciler finds the same declarations as the scan of a review.
func TestGovern(t *testing.T) {
	two := []v1alpha1.ChatbotDeployment{declare("sales", "sales"), declare("support", "bot")}
	cases := map[string]struct {
		declared    []v1alpha1.ChatbotDeployment
		labels      map[string]string
		declaration string
		selected    bool
		chatbot     string
	}{
		"one selector matches, no label: selected":           {two, map[string]string{"app": "bot"}, "support", true, "support"},
		"one selector matches, its own label: selected":      {two, map[string]string{"app": "bot", v1alpha1.LabelChatbot: "support"}, "support", true, "support"},
		"one selector matches, another label: selected":      {two, map[string]string{"app": "bot", v1alpha1.LabelChatbot: "sales"}, "support", true, "support"},
		"no selector matches, the label of one: claimed":     {two, map[string]string{"app": "x", v1alpha1.LabelChatbot: "sales"}, "sales", false, "sales"},
		"no selector matches, the label of none: undeclared": {two, map[string]string{"app": "x", v1alpha1.LabelChatbot: "ghost"}, "", false, "ghost"},
		"no selector matches, no label: not governed":        {two, map[string]string{"app": "x"}, "", false, ""},
		"no declaration, no label: not governed":             {nil, map[string]string{"app": "bot"}, "", false, ""},
		"no declaration, a label: undeclared":                {nil, map[string]string{v1alpha1.LabelChatbot: "support"}, "", false, "support"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			governance, err := review.NewDeclarations(c.declared).Govern(c.labels, review.ReadClaim(c.labels))
			if err != nil {
				t.Fatal(err)
			}
			declaration := ""
			if governance.Declaration != nil {
				declaration = governance.Declaration.Name
			}
			if declaration != c.declaration || governance.IsSelected != c.selected || governance.Chatbot() != c.chatbot {
				t.Errorf("%q governs (selected %t) chatbot %q, want %q (%t) %q",
					declaration, governance.IsSelected, governance.Chatbot(), c.declaration, c.selected, c.chatbot)
			}
			if governance.IsGoverned() != (c.chatbot != "") {
				t.Errorf("governed %t", governance.IsGoverned())
			}
			var indexed []types.NamespacedName
			if c.selected {
				indexed = []types.NamespacedName{{Namespace: "shop", Name: c.declaration}}
			}
			if diff := cmp.Diff(indexed, indexOf(c.declared).FindMatching("shop", c.labels), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("index (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGovernFails(t *testing.T) {
	t.Run("several selectors match", func(t *testing.T) {
		declared := []v1alpha1.ChatbotDeployment{declare("a", "bot"), declare("b", "bot")}
		_, err := review.NewDeclarations(declared).Govern(map[string]string{"app": "bot"}, ptr.To("a"))
		var overlap *review.OverlapError
		if !errors.As(err, &overlap) {
			t.Fatalf("error %v, want an OverlapError", err)
		}
		if diff := cmp.Diff([]string{"shop/a", "shop/b"}, overlap.Declarations); diff != "" {
			t.Errorf("declarations (-want +got):\n%s", diff)
		}
		both := []types.NamespacedName{{Namespace: "shop", Name: "a"}, {Namespace: "shop", Name: "b"}}
		if diff := cmp.Diff(both, indexOf(declared).FindMatching("shop", map[string]string{"app": "bot"})); diff != "" {
			t.Errorf("index (-want +got):\n%s", diff)
		}
	})
	t.Run("a selector is invalid", func(t *testing.T) {
		declarations := review.NewDeclarations([]v1alpha1.ChatbotDeployment{declare("a", "bot"), declare("b", "")})
		if _, err := declarations.Govern(map[string]string{"app": "bot"}, nil); !errors.Is(err, selection.ErrEmpty) {
			t.Errorf("error %v, want %v", err, selection.ErrEmpty)
		}
	})
}

func TestComputeLabels(t *testing.T) {
	declarations := review.NewDeclarations([]v1alpha1.ChatbotDeployment{declare("support", "bot")})
	cases := map[string]struct{ labels, want map[string]string }{
		"selected":     {map[string]string{"app": "bot"}, map[string]string{"app": "bot", v1alpha1.LabelChatbot: "support"}},
		"claimed":      {map[string]string{v1alpha1.LabelChatbot: "ghost"}, map[string]string{v1alpha1.LabelChatbot: "ghost"}},
		"not governed": {map[string]string{"app": "x"}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			labels, governed := declarations.ComputeLabels(c.labels)
			if diff := cmp.Diff(c.want, labels); diff != "" || governed != (c.want != nil) {
				t.Errorf("governed %t, labels (-want +got):\n%s", governed, diff)
			}
		})
	}
}
