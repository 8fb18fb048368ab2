package render_test

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// TestConsentIsLeftToTheTeam where the sidecar cannot ask on each port.
func TestConsentIsLeftToTheTeam(t *testing.T) {
	const own = `{"routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}],
		"request": {"places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.q", "is": "prose"}]},
		"answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.a", "is": "prose"}]}`
	inline := func(say string) v1alpha1.ChatPort {
		return v1alpha1.ChatPort{Port: 80, Inline: &runtime.RawExtension{Raw: []byte(own + say + `}`)}}
	}
	for name, tc := range map[string]struct {
		ports []v1alpha1.ChatPort
		left  bool
	}{
		"a shape that can ask":             {[]v1alpha1.ChatPort{{Port: 80, Shape: "openai-chat"}}, false},
		"a port without a shape":           {[]v1alpha1.ChatPort{{Port: 80}}, false},
		"one port that cannot ask":         {[]v1alpha1.ChatPort{{Port: 80, Shape: "openai-chat"}, {Port: 81, Shape: "openai-embeddings"}}, true},
		"an inline shape without a text":   {[]v1alpha1.ChatPort{inline("")}, true},
		"an inline shape that says a text": {[]v1alpha1.ChatPort{inline(`, "say": {"refusals": "answers", "body": "{\"a\":${text}}"}`)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var required obligation.Set
			record("opt-in")(&required)
			got := render.ListUnexecuted(&v1alpha1.ChatbotDeploymentSpec{Ports: tc.ports}, &required)
			if slices.Contains(got, "consent.recording") != tc.left {
				t.Errorf("left to the team are %v", got)
			}
		})
	}
}
