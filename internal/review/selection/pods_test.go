package selection_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

func TestConcernsPods(t *testing.T) {
	cases := map[string]struct {
		pods, declared string
		want           bool
	}{
		"all pods":                                  {pods: "", declared: "app=bot", want: true},
		"the same labels":                           {pods: "app=bot", declared: "app=bot", want: true},
		"another value":                             {pods: "app=shop", declared: "app=bot", want: false},
		"fewer labels":                              {pods: "app=bot", declared: "app=bot,tier=chat", want: true},
		"more labels":                               {pods: "app=bot,tier=chat", declared: "app=bot", want: true},
		"one of several values":                     {pods: "app in (bot, shop)", declared: "app=bot", want: true},
		"all but another value":                     {pods: "app notin (shop)", declared: "app=bot", want: true},
		"all but the value":                         {pods: "app notin (bot)", declared: "app=bot", want: false},
		"the label with any value":                  {pods: "app", declared: "app=bot", want: true},
		"without the label":                         {pods: "!app", declared: "app=bot", want: false},
		"other labels, which say nothing":           {pods: "name=redis", declared: "app=bot", want: false},
		"a shared label, and each another":          {pods: "app=bot,tier=web", declared: "app=bot,version=v7", want: false},
		"the label of the chatbot":                  {pods: v1alpha1.LabelChatbot + "=support", declared: "app=bot", want: true},
		"the label of the chatbot, and another":     {pods: v1alpha1.LabelChatbot + ",tier=web", declared: "app=bot", want: true},
		"the label of another chatbot":              {pods: v1alpha1.LabelChatbot + "=sales", declared: "app=bot", want: false},
		"without the label of chatbots":             {pods: "!" + v1alpha1.LabelChatbot, declared: "app=bot", want: false},
		"without that label, where all others fit":  {pods: "app=bot,!" + v1alpha1.LabelChatbot, declared: "app=bot", want: false},
		"without the label of the chatbot":          {pods: v1alpha1.LabelChatbot + " notin (support)", declared: "app=bot", want: false},
		"without the label of another chatbot":      {pods: v1alpha1.LabelChatbot + " notin (sales)", declared: "app=bot", want: true},
		"a declaration that only leaves others out": {pods: "name=redis", declared: "app notin (shop)", want: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			pods, err := labels.Parse(c.pods)
			if err != nil {
				t.Fatal(err)
			}
			declaration := parseDeclaration(t, c.declared)
			declaration.Name = "support"
			got, err := selection.ConcernsPods(pods, declaration)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("ConcernsPods(%q, %q) = %v, want %v", c.pods, c.declared, got, c.want)
			}
		})
	}
	if _, err := selection.ConcernsPods(labels.Everything(), &v1alpha1.ChatbotDeployment{}); err == nil {
		t.Error("a declaration with an empty selector: no error")
	}
}
