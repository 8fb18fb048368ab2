package selection_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/inject/selection"
)

func TestBehind(t *testing.T) {
	pods := []map[string]string{
		{"app": "bot", "tier": "web", v1alpha1.LabelChatbot: "support"},
		{"app": "seller", "tier": "web", v1alpha1.LabelChatbot: "sales"},
	}
	cases := map[string]struct {
		kind      corev1.ServiceType
		selector  map[string]string
		selecting []string
		want      []string
	}{
		"no selector: nothing, whatever else":           {selecting: []string{"support"}},
		"an external name: nothing":                     {kind: corev1.ServiceTypeExternalName, selector: map[string]string{"app": "bot"}, selecting: []string{"support"}},
		"labels that no pod has and nobody declares":    {selector: map[string]string{"app": "shop"}},
		"a declaration's labels, before there is a pod": {selector: map[string]string{"app": "late"}, selecting: []string{"late"}, want: []string{"late"}},
		"the label itself":                              {selector: map[string]string{v1alpha1.LabelChatbot: "gone"}, want: []string{"gone"}},
		"a label that pods of two chatbots have":        {selector: map[string]string{"tier": "web"}, want: []string{"sales", "support"}},
		"a label of one pod, and one that it has not":   {selector: map[string]string{"app": "bot", "tier": "db"}},
		"each is named once":                            {selector: map[string]string{"app": "bot", v1alpha1.LabelChatbot: "support"}, selecting: []string{"support"}, want: []string{"support"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			service := &corev1.Service{Spec: corev1.ServiceSpec{Type: c.kind, Selector: c.selector}}
			got := selection.Behind(service, c.selecting, pods)
			if len(got) != len(c.want) || cmp.Diff(c.want, got) != "" && len(c.want) > 0 {
				t.Errorf("chatbots %q, want %q", got, c.want)
			}
		})
	}
}
