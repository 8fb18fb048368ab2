package render_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// TestWhatPassesUnread because a team or an organisation says so.
func TestWhatPassesUnread(t *testing.T) {
	const answer = `"answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.a", "is": "prose"}]}`
	form := v1alpha1.ChatPort{Name: "http", Inline: &runtime.RawExtension{Raw: []byte(
		`{"routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}, {"name": "more", "method": "POST", "path": "/more", "use": "turn", "request": "more"}],
			"request": {"fields": "multipart", "files": ["photo", "scan"], "places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.question", "is": "prose"}]},
			"requests": {"more": {"fields": "multipart", "files": "photo", "places": [{"at": "$", "is": "message", "author": "user"}]}}, ` + answer + `}`)}}
	inline := func(routes, question string) v1alpha1.ChatPort {
		return v1alpha1.ChatPort{Name: "http", Inline: &runtime.RawExtension{Raw: []byte(
			`{"routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}` + routes + `],
			"request": {"places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.question", "is": "` + question + `"}]},` + answer + `}`)}}
	}
	for name, tc := range map[string]struct {
		port v1alpha1.ChatPort
		want []string
	}{
		"nothing":               {inline("", "prose"), nil},
		"a preset":              {v1alpha1.ChatPort{Name: "http", Shape: "anthropic-messages"}, nil},
		"a shape that is none":  {v1alpha1.ChatPort{Name: "http", Shape: "shop-aks"}, nil},
		"a ChatShape":           {v1alpha1.ChatPort{Name: "http", Shape: "shop-ask"}, nil},
		"a text that is opaque": {inline("", "opaque"), []string{"port http: $.question (opaque)"}},
		"every other path": {
			inline(`, {"name": "rest", "method": ["GET", "POST"], "path": "/**", "use": "pass"}`, "prose"),
			[]string{"port http: GET, POST /** (route rest: pass)"},
		},
		"files": {
			inline(`, {"name": "up", "method": "POST", "path": "/up", "use": "files"}`, "prose"), []string{"port http: POST /up (route up: files)"},
		},
		"a page at any path": {
			inline(`, {"name": "page", "method": "GET", "path": "/**", "use": "asset"}`, "prose"), []string{"port http: GET /** (route page: asset)"},
		},
		"a page at its own paths": {inline(`, {"name": "page", "method": "GET", "path": ["/", "/static/**"], "use": "asset"}`, "prose"), nil},
		"an answer that is opaque": {
			v1alpha1.ChatPort{Name: "http", Inline: &runtime.RawExtension{Raw: []byte(`{"routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}],
				"request": {"places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.q", "is": "prose"}]},
				"answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.a", "is": "prose"}, {"at": ["$.card", "$.x.**"], "is": "opaque"}]}}`)}},
			[]string{"port http: $.card (opaque in answers)", "port http: $.x.** (opaque in answers)"},
		},
		"files in a form": {form, []string{"port http: photo (files in a form)", "port http: scan (files in a form)"}},
	} {
		t.Run(name, func(t *testing.T) {
			own := shape.Documents{"shop-ask": []byte(builders.ShapeDocument)}
			got := render.ListUnread(&v1alpha1.ChatbotDeploymentSpec{Ports: []v1alpha1.ChatPort{tc.port}}, own)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("unread (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWhatProcessorsPassUnread because a ChatShape of the organisation says so.
func TestWhatProcessorsPassUnread(t *testing.T) {
	own := shape.Documents{"shop-ask": []byte(strings.Replace(builders.ShapeDocument, `"routes": [`, `"routes": [{"name": "rest", "method": "POST", "path": "/rest/**", "use": "pass"}, `, 1))}
	spec := &v1alpha1.ChatbotDeploymentSpec{Processors: []v1alpha1.Processor{
		{Name: "model", Host: "model.example", Shape: "shop-ask"}, {Name: "stored", Shape: "shop-ask"}, {Name: "usual", Host: "a.example"},
		{Name: "preset", Host: "b.example", Shape: "anthropic-messages"},
	}}
	if diff := cmp.Diff([]string{"processor model: POST /rest/** (route rest: pass)"}, render.ListUnread(spec, own)); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
}
