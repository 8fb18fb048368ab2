package selection_test

import (
	"errors"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

func parseDeclaration(t *testing.T, selector string) *v1alpha1.ChatbotDeployment {
	t.Helper()
	parsed, err := metav1.ParseToLabelSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	return &v1alpha1.ChatbotDeployment{Spec: v1alpha1.ChatbotDeploymentSpec{Selector: *parsed}}
}

func TestCanOverlap(t *testing.T) {
	cases := map[string]struct {
		a, b string
		want bool
	}{
		"the same label and value: overlap":                            {a: "app=bot", b: "app=bot", want: true},
		"the same label, different values: apart":                      {a: "app=bot", b: "app=shop", want: false},
		"different labels: a pod may carry both":                       {a: "app=bot", b: "tier=chat", want: true},
		"sets that share a value: overlap":                             {a: "app in (bot, chat)", b: "app in (chat, shop)", want: true},
		"sets that share no value: apart":                              {a: "app in (bot, chat)", b: "app in (shop)", want: false},
		"the only value is excluded by the other: apart":               {a: "app=bot", b: "app notin (bot)", want: false},
		"another value is excluded: overlap":                           {a: "app in (bot, chat)", b: "app notin (bot)", want: true},
		"one wants the label, one wants it away: apart":                {a: "app", b: "!app", want: false},
		"a value and absence: apart":                                   {a: "app=bot", b: "!app", want: false},
		"any value and one value: overlap":                             {a: "app", b: "app=bot", want: true},
		"exclusion alone leaves the absent label: overlap":             {a: "!app", b: "app notin (bot)", want: true},
		"a second label keeps two selectors of one app apart":          {a: "app=bot,track=stable", b: "app=bot,track=canary", want: false},
		"a selector that matches nothing overlaps with nothing":        {a: "app=bot,!app", b: "app=bot", want: false},
		"exclusions that leave no value of the first one's set: apart": {a: "app in (bot, chat)", b: "app notin (bot, chat)", want: false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
				got, err := selection.CanOverlap(parseDeclaration(t, pair[0]), parseDeclaration(t, pair[1]))
				if err != nil {
					t.Fatal(err)
				}
				if got != c.want {
					t.Errorf("CanOverlap(%q, %q) = %v, want %v", pair[0], pair[1], got, c.want)
				}
			}
		})
	}
}

func TestParse(t *testing.T) {
	selector, err := selection.Parse(parseDeclaration(t, "app=bot"))
	if err != nil {
		t.Fatal(err)
	}
	if !selector.Matches(labels.Set{"app": "bot"}) || selector.Matches(labels.Set{"app": "shop"}) {
		t.Errorf("selector %v matches the wrong pods", selector)
	}
	if _, err := selection.Parse(&v1alpha1.ChatbotDeployment{}); !errors.Is(err, selection.ErrEmpty) {
		t.Errorf("empty selector: error %v, want ErrEmpty", err)
	}
	broken := &v1alpha1.ChatbotDeployment{}
	broken.Spec.Selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "app", Operator: "Near"}}
	if _, err := selection.Parse(broken); err == nil {
		t.Error("unknown operator: no error")
	}
	if _, err := selection.CanOverlap(broken, parseDeclaration(t, "app=bot")); err == nil {
		t.Error("overlap with a broken selector: no error")
	}
	if _, err := selection.CanOverlap(parseDeclaration(t, "app=bot"), broken); err == nil {
		t.Error("overlap with a broken second selector: no error")
	}
}
