package selection_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

// The index and the scan of a review find the same.
func TestFindOverlapping(t *testing.T) {
	tests := map[string]struct {
		a, b *metav1.LabelSelector
		want bool
	}{
		"the same label: overlap":                           {equal("app", "a"), equal("app", "a"), true},
		"other values of one key: apart":                    {equal("app", "a"), equal("app", "b"), false},
		"one asks for more: overlap":                        {equal("app", "a"), equal("app", "a", "tier", "x"), true},
		"one asks for more but differs: apart":              {equal("app", "a"), equal("app", "b", "tier", "x"), false},
		"no key in common, a pod may have both: overlap":    {equal("app", "a"), equal("bot", "b"), true},
		"In holds the value: overlap":                       {equal("app", "a"), expression("app", metav1.LabelSelectorOpIn, "a", "b"), true},
		"In lacks the value: apart":                         {equal("app", "c"), expression("app", metav1.LabelSelectorOpIn, "a", "b"), false},
		"two In with a value in common: overlap":            {expression("app", metav1.LabelSelectorOpIn, "a", "b"), expression("app", metav1.LabelSelectorOpIn, "b", "c"), true},
		"NotIn excludes the value: apart":                   {equal("app", "a"), expression("app", metav1.LabelSelectorOpNotIn, "a"), false},
		"NotIn leaves the value: overlap":                   {equal("app", "a"), expression("app", metav1.LabelSelectorOpNotIn, "b"), true},
		"NotIn excludes all of In: apart":                   {expression("app", metav1.LabelSelectorOpIn, "a", "b"), expression("app", metav1.LabelSelectorOpNotIn, "a", "b"), false},
		"Exists and a value: overlap":                       {equal("app", "a"), expression("app", metav1.LabelSelectorOpExists), true},
		"DoesNotExist and a value: apart":                   {equal("app", "a"), expression("app", metav1.LabelSelectorOpDoesNotExist), false},
		"DoesNotExist and NotIn: overlap by absence":        {expression("app", metav1.LabelSelectorOpNotIn, "a"), expression("app", metav1.LabelSelectorOpDoesNotExist), true},
		"an invalid selector governs nothing: apart":        {equal("app", "a"), expression("app", metav1.LabelSelectorOpIn), false},
		"an empty selector is refused elsewhere: apart":     {equal("app", "a"), &metav1.LabelSelector{}, false},
		"one contradicts itself and governs nothing: apart": {equal("app", "a"), contradiction(), false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var index selection.Index
			index.Put(declaration("shop", "a", tc.a))
			index.Put(declaration("shop", "b", tc.b))
			index.Put(declaration("elsewhere", "c", tc.a))

			var wantA, wantB []types.NamespacedName
			if tc.want {
				wantA, wantB = []types.NamespacedName{object("b")}, []types.NamespacedName{object("a")}
			}
			if diff := cmp.Diff(wantA, index.FindOverlapping(object("a")), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("overlapping with a (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(wantB, index.FindOverlapping(object("b")), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("overlapping with b (-want +got):\n%s", diff)
			}
			b := *declaration("shop", "b", tc.b)
			scanned := review.NewDeclarations([]v1alpha1.ChatbotDeployment{b}).FindOverlapping(declaration("shop", "a", tc.a))
			if len(scanned) != len(wantA) {
				t.Errorf("the scan of a review finds %d that overlap with a, want %d", len(scanned), len(wantA))
			}
		})
	}
}

func TestFindMatching(t *testing.T) {
	var index selection.Index
	index.Put(declaration("shop", "exact", equal("app", "a")))
	index.Put(declaration("shop", "narrow", equal("app", "a", "tier", "x")))
	index.Put(declaration("shop", "other", equal("app", "b")))
	index.Put(declaration("shop", "loose", expression("app", metav1.LabelSelectorOpIn, "a", "c")))
	index.Put(declaration("shop", "invalid", expression("app", metav1.LabelSelectorOpIn)))

	tests := map[string]struct {
		labels map[string]string
		want   []types.NamespacedName
	}{
		"one label":           {map[string]string{"app": "a"}, []types.NamespacedName{object("exact"), object("loose")}},
		"more labels":         {map[string]string{"app": "a", "tier": "x", "z": "1"}, []types.NamespacedName{object("exact"), object("loose"), object("narrow")}},
		"only the expression": {map[string]string{"app": "c"}, []types.NamespacedName{object("loose")}},
		"no label":            {nil, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, index.FindMatching("shop", tc.labels), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestIndexFollowsChanges(t *testing.T) {
	var index selection.Index
	index.Put(declaration("shop", "a", equal("app", "a")))
	index.Put(declaration("shop", "b", equal("app", "a", "tier", "x")))
	index.FindOverlapping(object("a")) // makes a projection, which later changes must keep up to date
	index.Put(declaration("shop", "b", equal("app", "b", "tier", "x")))
	index.Put(declaration("shop", "c", equal("app", "a", "tier", "y")))

	if diff := cmp.Diff([]types.NamespacedName{object("c")}, index.FindOverlapping(object("a"))); diff != "" {
		t.Errorf("after b moved away and c came (-want +got):\n%s", diff)
	}
	index.Delete(object("c"))
	index.Delete(object("c"))
	if got := index.FindOverlapping(object("a")); len(got) != 0 {
		t.Errorf("after c left: want none, got %v", got)
	}
	if diff := cmp.Diff([]types.NamespacedName{object("b")}, index.FindMatching("shop", map[string]string{"app": "b", "tier": "x"})); diff != "" {
		t.Errorf("matching (-want +got):\n%s", diff)
	}
}

// BenchmarkTenThousand shows that a lookup does not walk through a namespace with 10,000 declarations.
func BenchmarkTenThousand(b *testing.B) {
	var index selection.Index
	for i := range 10_000 {
		index.Put(declaration("shop", fmt.Sprintf("bot-%d", i), equal("app", "bot", "name", fmt.Sprintf("bot-%d", i))))
	}
	for b.Loop() {
		if got := index.FindOverlapping(object("bot-77")); len(got) != 0 {
			b.Fatalf("want none, got %v", got)
		}
		if got := index.FindMatching("shop", map[string]string{"app": "bot", "name": "bot-77", "hash": "1"}); len(got) != 1 {
			b.Fatalf("want one, got %v", got)
		}
	}
}

func declaration(namespace, name string, selector *metav1.LabelSelector) *v1alpha1.ChatbotDeployment {
	d := &v1alpha1.ChatbotDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	d.Spec.Selector = *selector
	return d
}

func object(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: "shop", Name: name}
}

func equal(pairs ...string) *metav1.LabelSelector {
	s := &metav1.LabelSelector{MatchLabels: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		s.MatchLabels[pairs[i]] = pairs[i+1]
	}
	return s
}

func expression(key string, operator metav1.LabelSelectorOperator, values ...string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: operator, Values: values}}}
}

func contradiction() *metav1.LabelSelector {
	s := equal("app", "a")
	s.MatchExpressions = expression("app", metav1.LabelSelectorOpIn, "b").MatchExpressions
	return s
}
