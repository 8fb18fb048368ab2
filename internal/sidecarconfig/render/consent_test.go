package render_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

func record(level string) require {
	return func(s *obligation.Set) {
		s.Consent.Recording.Merged = obligation.Merged[string]{Required: true, Value: level}
	}
}

func TestQuestionForConsent(t *testing.T) {
	long := strings.Repeat("ü1", 100) + " " + strings.Repeat("ü1", 100)
	cases := map[string]struct {
		change func(*v1alpha1.ChatbotDeploymentSpec)
		law    []require
		want   *sidecarconfig.Consent
	}{
		"nothing is required": {},
		"a notice":            {law: []require{record("notice")}},
		"opt-in is declared, and not required": {
			change: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Consent = &v1alpha1.Consent{Recording: "opt-in"} },
		},
		"opt-in": {law: []require{record("opt-in")}, want: &sidecarconfig.Consent{}},
		"opt-in, with receipts": {
			law: []require{record("opt-in")},
			change: func(s *v1alpha1.ChatbotDeploymentSpec) {
				s.Consent = &v1alpha1.Consent{ReceiptKeyRef: &v1alpha1.SecretKey{Name: "consent", Key: "key"}}
			},
			want: &sidecarconfig.Consent{ReceiptKey: "consent/key"},
		},
		"opt-in, with all that the question can say": {
			law: []require{record("opt-in")},
			change: func(s *v1alpha1.ChatbotDeploymentSpec) {
				s.Consent = &v1alpha1.Consent{Recording: "opt-in"}
				s.Purpose.Description = " Questions\nabout  orders "
				s.Accountability = &v1alpha1.Accountability{Deployer: &v1alpha1.NamedParty{Name: "Shop\tGmbH", Contact: "legal@shop.example"}}
			},
			want: &sidecarconfig.Consent{Name: "Shop GmbH", Contact: "legal@shop.example", Purpose: "Questions about orders"},
		},
		"opt-in, a long purpose": {
			law:    []require{record("opt-in")},
			change: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Purpose.Description = long },
			want:   &sidecarconfig.Consent{Purpose: strings.Repeat("ü1", 100) + "…"},
		},
		"opt-in, a long purpose of one word": {
			law:    []require{record("opt-in")},
			change: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Purpose.Description = strings.Repeat("ü", 300) },
			want:   &sidecarconfig.Consent{Purpose: strings.Repeat("ü", 254) + "…"},
		},
		"opt-in, asked by the app": {
			law: []require{record("opt-in")},
			change: func(s *v1alpha1.ChatbotDeploymentSpec) {
				s.Consent = &v1alpha1.Consent{RecordingAskedBy: v1alpha1.AskedByApp}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDeclaration()
			if tc.change != nil {
				tc.change(&d.Spec)
			}
			config, err := render.Config(d, newVerdict(tc.law...), builtIn(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, config.Consent); diff != "" {
				t.Errorf("consent (-want +got):\n%s", diff)
			}
			if err := config.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAsksForConsent: the sidecar asks where the law wants an opt-in, the app does not ask, and a port has a shape that can say something.
func TestAsksForConsent(t *testing.T) {
	const mute = "twilio-messaging"
	app := &v1alpha1.Consent{RecordingAskedBy: v1alpha1.AskedByApp}
	for name, tc := range map[string]struct {
		level   string
		consent *v1alpha1.Consent
		shapes  []string
		want    bool
	}{
		"opt-in":                       {level: "opt-in", shapes: []string{"openai-chat"}, want: true},
		"a notice":                     {level: "notice", shapes: []string{"openai-chat"}},
		"the app asks":                 {level: "opt-in", consent: app, shapes: []string{"openai-chat"}},
		"no port can say anything":     {level: "opt-in", shapes: []string{mute}},
		"one of two can say something": {level: "opt-in", shapes: []string{mute, "openai-chat"}, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeclaration()
			d.Spec.Consent, d.Spec.Ports = tc.consent, nil
			for _, shape := range tc.shapes {
				d.Spec.Ports = append(d.Spec.Ports, v1alpha1.ChatPort{Name: "http", Shape: v1alpha1.ShapeName(shape)})
			}
			if got := render.AsksForConsent(&d.Spec, newVerdict(record(tc.level)).Obligations); got != tc.want {
				t.Errorf("asks: %t, want %t", got, tc.want)
			}
		})
	}
}
