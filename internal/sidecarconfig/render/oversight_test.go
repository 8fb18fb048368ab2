package render_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// demandHuman requires what the law can say about humans.
func demandHuman(mode string) require {
	return func(s *obligation.Set) {
		s.Handoff.Mode.Merged = obligation.Merged[string]{Required: true, Value: mode}
		s.Handoff.WaitSeconds.Merged = obligation.Merged[int]{Required: true, Value: 180}
		s.Handoff.CrisisProtocol.Merged = obligation.Merged[bool]{Required: true, Value: true}
	}
}

// TestHandoffIsLeftToTheTeam as far as the sidecar has nobody to turn to, does not understand people, or cannot answer them.
func TestHandoffIsLeftToTheTeam(t *testing.T) {
	const mode, wait, crisis = "oversight.handoff", "oversight.handoffSeconds", "oversight.crisisProtocol"
	full := func() *v1alpha1.ChatbotDeploymentSpec {
		return &v1alpha1.ChatbotDeploymentSpec{
			Ports:     []v1alpha1.ChatPort{{Port: 80, Shape: "openai-chat"}},
			Audience:  &v1alpha1.Audience{Languages: []v1alpha1.LanguageTag{"en", "de-AT"}},
			Oversight: &v1alpha1.Oversight{CrisisContact: "988", Handoff: &v1alpha1.Handoff{URL: "http://desk.shop.svc/handoff"}},
		}
	}
	for name, tc := range map[string]struct {
		mode   string
		change func(*v1alpha1.ChatbotDeploymentSpec)
		want   []string
	}{
		"everything is declared":        {"on-request", func(*v1alpha1.ChatbotDeploymentSpec) {}, nil},
		"nothing is declared":           {"on-request", func(s *v1alpha1.ChatbotDeploymentSpec) { s.Oversight = nil }, []string{crisis, mode, wait}},
		"no desk where one is demanded": {"on-request-any-time", func(s *v1alpha1.ChatbotDeploymentSpec) { s.Oversight.Handoff = nil }, []string{mode, wait}},
		"no contact for danger":         {"on-request", func(s *v1alpha1.ChatbotDeploymentSpec) { s.Oversight.CrisisContact = "" }, []string{crisis}},
		"the app hands over":            {"on-request", func(s *v1alpha1.ChatbotDeploymentSpec) { s.Oversight.Handoff.HandledBy = "app" }, []string{mode, wait}},
		"the app offers a contact":      {"contact-offered", func(s *v1alpha1.ChatbotDeploymentSpec) { s.Oversight.Handoff.HandledBy = "app" }, []string{mode, wait}},
		"a language without words":      {"on-request", func(s *v1alpha1.ChatbotDeploymentSpec) { s.Audience.Languages = []v1alpha1.LanguageTag{"en", "cy"} }, []string{crisis, mode, wait}},
		"a port that says nothing":      {"on-request", func(s *v1alpha1.ChatbotDeploymentSpec) { s.Ports[0].Shape = "openai-embeddings" }, []string{crisis, mode, wait}},
		"a contact where that is enough": {"contact-offered", func(s *v1alpha1.ChatbotDeploymentSpec) {
			s.Oversight.Handoff = nil
			s.Rights = &v1alpha1.Rights{Contact: "a@shop.example"}
		}, []string{wait}},
		"no contact where that is enough": {"contact-offered", func(s *v1alpha1.ChatbotDeploymentSpec) { s.Oversight.Handoff = nil }, []string{mode, wait}},
		"no human is demanded":            {"none", func(s *v1alpha1.ChatbotDeploymentSpec) { s.Oversight.Handoff = nil }, []string{wait}},
	} {
		t.Run(name, func(t *testing.T) {
			var required obligation.Set
			demandHuman(tc.mode)(&required)
			spec := full()
			tc.change(spec)
			left := slices.DeleteFunc(render.ListUnexecuted(spec, &required), func(d string) bool { return !slices.Contains([]string{mode, wait, crisis}, d) })
			if diff := cmp.Diff(tc.want, left); diff != "" && len(tc.want)+len(left) > 0 {
				t.Errorf("left to the team (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOversight(t *testing.T) {
	desk := func(s *v1alpha1.ChatbotDeploymentSpec) {
		s.Oversight = &v1alpha1.Oversight{Handoff: &v1alpha1.Handoff{URL: "http://desk.shop.svc/handoff"}}
	}
	failures := int32(3)
	for name, tc := range map[string]struct {
		change func(*v1alpha1.ChatbotDeploymentSpec)
		law    []require
		want   *sidecarconfig.Oversight
	}{
		"nothing": {func(s *v1alpha1.ChatbotDeploymentSpec) { s.Oversight = nil }, nil, nil},
		"a desk":  {desk, nil, nil},
		"all that can be declared": {func(s *v1alpha1.ChatbotDeploymentSpec) {
			desk(s)
			s.Oversight.CrisisContact, s.Oversight.Handoff.AfterFailures, s.Oversight.Handoff.HandledBy = "988", &failures, "app"
		}, nil, &sidecarconfig.Oversight{CrisisContact: "988", AfterFailures: 3, HandoffByApp: true}},
		"a desk, and the sidecar asks for consent": {desk, []require{record("opt-in")}, nil},
		"a desk, and the app asks for consent": {func(s *v1alpha1.ChatbotDeploymentSpec) {
			desk(s)
			s.Consent = &v1alpha1.Consent{RecordingAskedBy: v1alpha1.AskedByApp}
		}, []require{record("opt-in")}, &sidecarconfig.Oversight{WithoutTranscript: true}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeclaration()
			tc.change(&d.Spec)
			config, err := render.Config(d, newVerdict(tc.law...), builtIn(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, config.Oversight); diff != "" {
				t.Errorf("oversight (-want +got):\n%s", diff)
			}
		})
	}
}
