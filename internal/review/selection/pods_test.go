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
		"the zone of a node, which any pod gets":    {pods: "topology.kubernetes.io/zone=a", declared: "app=bot", want: true},
		"other labels and a zone":                   {pods: "name=redis,topology.kubernetes.io/zone=a", declared: "app=bot", want: false},
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

func TestCanMatch(t *testing.T) {
	cases := map[string]struct {
		selector string
		labels   labels.Set
		want     bool
	}{
		"everything":                           {selector: "", labels: labels.Set{"app": "bot"}, want: true},
		"a label that the pod has":             {selector: "app=bot", labels: labels.Set{"app": "bot"}, want: true},
		"another value":                        {selector: "app=shop", labels: labels.Set{"app": "bot"}, want: false},
		"a label that the pod does not have":   {selector: "tier=web", labels: labels.Set{"app": "bot"}, want: false},
		"a zone that the pod may get":          {selector: "app=bot,topology.kubernetes.io/zone=a", labels: labels.Set{"app": "bot"}, want: true},
		"a zone in which the pod is":           {selector: "topology.kubernetes.io/zone=a", labels: labels.Set{"topology.kubernetes.io/zone": "a"}, want: true},
		"a zone in which the pod is not":       {selector: "topology.kubernetes.io/zone=a", labels: labels.Set{"topology.kubernetes.io/zone": "b"}, want: false},
		"no zone, where the pod will have one": {selector: "!topology.kubernetes.io/zone", labels: labels.Set{"app": "bot"}, want: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			selector, err := labels.Parse(c.selector)
			if err != nil {
				t.Fatal(err)
			}
			if got := selection.CanMatch(selector, c.labels); got != c.want {
				t.Errorf("CanMatch(%q, %v) = %v, want %v", c.selector, c.labels, got, c.want)
			}
		})
	}
}
