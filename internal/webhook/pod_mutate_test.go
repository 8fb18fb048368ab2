package webhook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/test/golden"
)

func TestMutatePodGolden(t *testing.T) {
	response := serve(t, allowing(), compliant(t)).ask(t, "/mutate-pods", creation(t, read[corev1.Pod](t, "pod.yaml")))
	if !response.Allowed || response.PatchType == nil || *response.PatchType != admissionv1.PatchTypeJSONPatch {
		t.Fatalf("no JSON patch: %v", response)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, response.Patch, "", "  "); err != nil {
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	golden.CompareText(t, filepath.Join("testdata", "patch.golden"), indented.String())
}

func TestMutatePodAgain(t *testing.T) {
	e := allowing()
	response := serve(t, e, compliant(t)).ask(t, "/mutate-pods", creation(t, governed(t, e, compliant(t))))
	if !response.Allowed || len(response.Patch) != 0 || len(response.Warnings) != 0 {
		t.Errorf("an injected pod is patched again: %s %q", response.Patch, response.Warnings)
	}
}

// TestMutateFailsOpen holds that injection never refuses: it leaves the pod, says why, and validation decides.
func TestMutateFailsOpen(t *testing.T) {
	e := newEngine(t)
	twin := compliant(t)
	twin.Name, twin.UID = "twin", uid("twin")
	two := compliant(t)
	second := two.Spec.Ports[0]
	second.Name = "second"
	two.Spec.Ports = append(two.Spec.Ports, second)
	cases := map[string]struct {
		engine  func(*fakeEngine)
		stored  []*v1alpha1.ChatbotDeployment
		lookup  error
		change  func(*corev1.Pod)
		patched bool
		warning string
	}{
		"no declaration governs it":   {stored: nil},
		"a claim without declaration": {change: func(p *corev1.Pod) { p.Labels = map[string]string{v1alpha1.LabelChatbot: "sales"} }},
		"two declarations select it":  {stored: []*v1alpha1.ChatbotDeployment{compliant(t), twin}, warning: `"shop/support" and "shop/twin"`},
		"the lookup fails":            {lookup: errors.New("cache is not started"), warning: "cache is not started"},
		"the declaration is undecided": {stored: []*v1alpha1.ChatbotDeployment{compliant(t)},
			engine: func(e *fakeEngine) {
				e.declaration = policy.Verdict{Outcome: policy.OutcomeUndecided, Reason: "no policy"}
			}, warning: "no policy"},
		"the engine panics": {stored: []*v1alpha1.ChatbotDeployment{compliant(t)},
			engine: func(e *fakeEngine) { e.declarationPanics = true }, warning: "panicked"},
		"a declaration that is refused: its pods get the sidecar all the same": {stored: []*v1alpha1.ChatbotDeployment{compliant(t)},
			engine: func(e *fakeEngine) { e.declaration.Outcome = policy.OutcomeDeny }, patched: true},
		"a port that no container has: the rest is injected": {stored: []*v1alpha1.ChatbotDeployment{compliant(t)},
			change: func(p *corev1.Pod) { p.Spec.Containers[0].Ports = nil }, patched: true, warning: `names port "http"`},
		"two ports that no container has: each is named": {stored: []*v1alpha1.ChatbotDeployment{two},
			change: func(p *corev1.Pod) { p.Spec.Containers[0].Ports = nil }, patched: true, warning: `names port "second"`},
		"a port of two containers: both are named": {stored: []*v1alpha1.ChatbotDeployment{compliant(t)},
			change: func(p *corev1.Pod) {
				second := p.Spec.Containers[0].DeepCopy()
				second.Name = "second"
				p.Spec.Containers = append(p.Spec.Containers, *second)
			}, patched: true, warning: "(app, second)"},
		"a container with the sidecar's name": {stored: []*v1alpha1.ChatbotDeployment{compliant(t)},
			change: func(p *corev1.Pod) { p.Spec.Containers[0].Name = "chaperone" }, warning: "not the governance sidecar"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			fake := allowing()
			if c.engine != nil {
				c.engine(fake)
			}
			s := serve(t, fake, c.stored...)
			s.stored.err = c.lookup
			pod := read[corev1.Pod](t, "pod.yaml")
			if c.change != nil {
				c.change(pod)
			}
			response := s.ask(t, "/mutate-pods", creation(t, pod))
			if !response.Allowed || response.Result.Code != http.StatusOK {
				t.Errorf("allowed %v, code %d, want allowed", response.Allowed, response.Result.Code)
			}
			if (len(response.Patch) > 0) != c.patched {
				t.Errorf("patch %s, want one: %v", response.Patch, c.patched)
			}
			if warnings := strings.Join(response.Warnings, "\n"); (warnings == "") != (c.warning == "") || !strings.Contains(warnings, c.warning) {
				t.Errorf("warnings %q, want %q", warnings, c.warning)
			}
			for _, warning := range response.Warnings {
				// The API server drops a warning that cannot be a header.
				if _, err := utilnet.NewWarningHeader(299, "-", warning); err != nil {
					t.Error(err)
				}
			}
			if !c.patched && len(c.stored) == 1 {
				// What injection leaves alone does not get past validation.
				if refused := serve(t, e, c.stored...).ask(t, "/validate-pods", creation(t, pod)); refused.Allowed {
					t.Error("validation admits the pod that was left without its sidecar")
				}
			}
		})
	}
}
