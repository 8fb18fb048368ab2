package facts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// The path of a model's URL is that between the name of the processor and the query. Only the paths of the processor that the URL names
// count.
func TestUnservedPaths(t *testing.T) {
	processors := []v1alpha1.Processor{
		{Name: "vendor", Host: "api.model.example"},
		{Name: "gateway", Host: "llm.shop.example", Parameters: map[string]v1alpha1.ShapeParameter{"path": "/llm/v1/chat/completions"}},
		{Name: "claude", Host: "api.anthropic.com", Shape: "anthropic-messages"},
		{Name: "unknown", Host: "x.example", Shape: "no-such-shape"},
	}
	const listener = "http://127.0.0.1:23081"
	cases := map[string]string{ // The shape that lacks the path; "" if the URL is served.
		listener + "/vendor":                        "",
		listener + "/vendor/":                       "",
		listener + "/vendor/v1?api-version=1":       "",
		listener + "/vendor/llm/v1?x=/v1":           "openai-chat",
		listener + "/vendor/llm/v1#/v1":             "openai-chat",
		listener + "/gateway/llm/v1":                "",
		listener + "/gateway/v2":                    "openai-chat",
		listener + "/claude/v1":                     "",
		listener + "/claude.http/v1":                "",
		listener + "/vendor.http/llm/v1":            "openai-chat",
		listener + "/claude/v1/chat/completions":    "anthropic-messages",
		listener + "/unknown/v9":                    "",
		listener + "/nobody/v9":                     "",
		"https://other.example/vendor/llm/v1":       "",
		"http://127.0.0.1:23081.example/vendor/llm": "",
	}
	for url, want := range cases {
		in := governed()
		in.Declaration.Spec.Processors = processors
		in.Sidecar.ModelPaths = facts.ListModelPaths(processors, nil)
		in.Pod.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "MODEL_URL", Value: url}}
		got := facts.NewWorkload(in).ModelURLs[0].Unserved
		if got == nil {
			got = &facts.UnservedPath{}
		}
		if got.Shape != want {
			t.Errorf("%s: the path is unserved by %q, want %q", url, got.Shape, want)
		}
		if want == "anthropic-messages" {
			if diff := cmp.Diff("/v1/messages", got.Paths[0]); diff != "" {
				t.Errorf("%s: paths (-want +got):\n%s", url, diff)
			}
		}
	}
}
