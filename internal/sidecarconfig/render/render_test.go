package render_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
	"github.com/chaperone-dev/chaperone/test/golden"
)

func builtIn() map[string]string {
	return map[string]string{"en": "You chat with an AI.", "de": "KI.", "fr": "IA.", "es": "IA, no persona."}
}

// require states that the law requires a value.
type require func(*obligation.Set)

func disclose(value string) require {
	return func(s *obligation.Set) { s.Disclose.Level = newRequired(value) }
}

func discloseAt(value string) require {
	return func(s *obligation.Set) { s.Disclose.At = newRequired(value) }
}

func repeatHours(value int) require {
	return func(s *obligation.Set) { s.Disclose.RepeatHours = newRequired(value) }
}

func languages(values ...string) require {
	return func(s *obligation.Set) { s.Disclose.Languages = newRequired(values) }
}

func mark(values ...string) require {
	return func(s *obligation.Set) { s.Disclose.Marking = newRequired(values) }
}

func redact(categories ...string) require {
	return func(s *obligation.Set) { s.Redact.Categories = newRequired(categories) }
}

func handOff(mode string, waitSeconds int) require {
	return func(s *obligation.Set) {
		s.Handoff.Mode.Merged = obligation.Merged[string]{Required: true, Value: mode}
		s.Handoff.WaitSeconds.Merged = obligation.Merged[int]{Required: true, Value: waitSeconds}
	}
}

func newRequired[T obligation.Value](value T) obligation.Executed[T] {
	return obligation.Executed[T]{Merged: obligation.Merged[T]{Required: true, Value: value}}
}

func newVerdict(law ...require) policy.Verdict {
	verdict := policy.Verdict{Outcome: policy.OutcomeAllow, Revision: "r1"}
	if len(law) > 0 {
		verdict.Obligations = &obligation.Set{}
	}
	for _, add := range law {
		add(verdict.Obligations)
	}
	return verdict
}

func newDeclaration() *v1alpha1.ChatbotDeployment {
	d := &v1alpha1.ChatbotDeployment{}
	d.Namespace, d.Name = "shop", "support"
	d.Spec.Ports = []v1alpha1.ChatPort{{Name: "http", Shape: "openai-chat"}}
	return d
}

// TestFileGolden renders a declaration that states nearly everything under a law that asks for more.
func TestFileGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/declaration.yaml")
	if err != nil {
		t.Fatal(err)
	}
	declaration := &v1alpha1.ChatbotDeployment{}
	if err := yaml.UnmarshalStrict(data, declaration); err != nil {
		t.Fatal(err)
	}
	verdict := newVerdict(
		disclose("always"),
		discloseAt("before-first-message"),
		languages("en", "es", "xx"),
		repeatHours(3),
		mark("machine-readable"),
		redact("payment-card", "bank-account", "health-record"),
		handOff("on-request-any-time", 120),
	)
	got, hash, err := render.File(declaration, verdict, builtIn(), nil)
	if err != nil {
		t.Fatal(err)
	}
	golden.CompareText(t, "testdata/config.golden", string(got))
	if hash != sidecarconfig.Hash(got) {
		t.Errorf("hash %q is not that of the bytes", hash)
	}
	for range 20 {
		again, _, err := render.File(declaration, verdict, builtIn(), nil)
		if err != nil || string(again) != string(got) {
			t.Fatalf("rendering again gives other bytes (error %v)", err)
		}
	}
}

func TestDisclosure(t *testing.T) {
	always := disclose("always")
	cases := map[string]struct {
		declared  *v1alpha1.Disclosure
		languages []v1alpha1.LanguageTag
		law       []require
		want      *sidecarconfig.Disclose
	}{
		"nothing declared, nothing required: none": {},
		"the level none requires nothing":          {law: []require{disclose("none")}},
		"required, nothing declared: built-in texts in all languages at the usual places": {
			law: []require{always},
			want: &sidecarconfig.Disclose{Placements: []string{"first-message", "header"},
				Statements: builtIn(), DefaultLanguage: "en"},
		},
		"required only if asked: given to everyone": {
			law: []require{disclose("if-asked")},
			want: &sidecarconfig.Disclose{Placements: []string{"first-message", "header"},
				Statements: builtIn(), DefaultLanguage: "en"},
		},
		"the audience's languages get built-in texts, the first is the default": {
			languages: []v1alpha1.LanguageTag{"de-AT", "fr"}, law: []require{always},
			want: &sidecarconfig.Disclose{Placements: []string{"first-message", "header"},
				Statements: map[string]string{"de": "KI.", "fr": "IA."}, DefaultLanguage: "de"},
		},
		"declared without need: kept as declared": {
			declared: &v1alpha1.Disclosure{Statements: map[string]v1alpha1.Statement{"pt": "IA!\n\x01"},
				Placements: []v1alpha1.Placement{"every-message", "media"}, RepeatHours: ptr.To[int32](5)},
			want: &sidecarconfig.Disclose{Placements: []string{"every-message"},
				Statements: map[string]string{"pt": "IA!"}, DefaultLanguage: "pt", RepeatHours: 5},
		},
		"the earlier place that the law wants joins the declared one": {
			declared: &v1alpha1.Disclosure{Placements: []v1alpha1.Placement{"header"}},
			law:      []require{discloseAt("before-first-message")},
			want: &sidecarconfig.Disclose{Placements: []string{"before-first-message", "header"},
				Statements: builtIn(), DefaultLanguage: "en"},
		},
		"a place of anytime adds none": {
			law: []require{always, discloseAt("anytime")},
			want: &sidecarconfig.Disclose{Placements: []string{"first-message", "header"},
				Statements: builtIn(), DefaultLanguage: "en"},
		},
		"a declared repetition that is shorter than the law's stays": {
			declared: &v1alpha1.Disclosure{RepeatHours: ptr.To[int32](1)},
			law:      []require{always, repeatHours(3)},
			want: &sidecarconfig.Disclose{Placements: []string{"first-message", "header"},
				Statements: builtIn(), DefaultLanguage: "en", RepeatHours: 1},
		},
		"marking alone needs a disclosure": {
			law: []require{mark("visible")},
			want: &sidecarconfig.Disclose{Placements: []string{"first-message", "header"},
				Statements: builtIn(), DefaultLanguage: "en", Marking: []string{"visible"}},
		},
		"a visible mark is not in a header alone": {
			declared: &v1alpha1.Disclosure{Placements: []v1alpha1.Placement{"header"}},
			law:      []require{mark("machine-readable", "visible")},
			want: &sidecarconfig.Disclose{Placements: []string{"first-message", "header"},
				Statements: builtIn(), DefaultLanguage: "en", Marking: []string{"machine-readable", "visible"}},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDeclaration()
			d.Spec.Disclosure = c.declared
			d.Spec.Audience = &v1alpha1.Audience{Languages: c.languages}
			got, err := render.Config(d, newVerdict(c.law...), builtIn(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Disclose); diff != "" {
				t.Errorf("disclosure (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRedaction(t *testing.T) {
	cases := map[string]struct {
		declared   []v1alpha1.RedactCategory
		required   []string
		detectors  []string
		unredacted []string
	}{
		"nothing":                      {detectors: []string{}},
		"declared only":                {declared: []v1alpha1.RedactCategory{"phone", "email"}, detectors: []string{"email", "phone"}},
		"required only":                {required: []string{"payment-card"}, detectors: []string{"payment-card"}},
		"both name one detector: once": {declared: []v1alpha1.RedactCategory{"iban"}, required: []string{"bank-account"}, detectors: []string{"iban"}},
		"national identifiers":         {required: []string{"national-id"}, detectors: []string{"national-id"}},
		"no detector: not claimed":     {declared: []v1alpha1.RedactCategory{"password"}, required: []string{"password", "biometric"}, detectors: []string{}, unredacted: []string{"biometric", "password"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDeclaration()
			d.Spec.PersonalData = &v1alpha1.PersonalData{Redact: c.declared}
			got, err := render.Config(d, newVerdict(redact(c.required...)), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.detectors, got.Redact); diff != "" {
				t.Errorf("detectors (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.unredacted, got.Unredacted); diff != "" {
				t.Errorf("not redacted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSuspension(t *testing.T) {
	stopped := newDeclaration()
	stopped.Spec.Suspended = true
	stopped.Spec.Rights = &v1alpha1.Rights{Contact: "privacy@shop.example"}
	quarantine := newVerdict()
	quarantine.Findings = []policy.Finding{{Rule: "r", Action: policy.ActionQuarantine}}
	cases := map[string]struct {
		declaration *v1alpha1.ChatbotDeployment
		verdict     policy.Verdict
		suspended   bool
		handoff     *sidecarconfig.Handoff
	}{
		"running":                        {declaration: newDeclaration(), verdict: newVerdict()},
		"stopped by the user":            {declaration: stopped, verdict: newVerdict(), suspended: true, handoff: &sidecarconfig.Handoff{Contact: "privacy@shop.example"}},
		"quarantined by a finding":       {declaration: newDeclaration(), verdict: quarantine, suspended: true, handoff: &sidecarconfig.Handoff{}},
		"denied: what is required holds": {declaration: newDeclaration(), verdict: policy.Verdict{Outcome: policy.OutcomeDeny, Revision: "r1"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := render.Config(c.declaration, c.verdict, builtIn(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.Suspended != c.suspended {
				t.Errorf("suspended %v, want %v", got.Suspended, c.suspended)
			}
			if diff := cmp.Diff(c.handoff, got.Handoff); diff != "" {
				t.Errorf("handoff (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMode(t *testing.T) {
	stopped := newDeclaration()
	stopped.Spec.Suspended = true
	quarantine := []policy.Finding{{Rule: "r", Action: policy.ActionQuarantine}}
	for name, c := range map[string]struct {
		enforcement string
		declaration *v1alpha1.ChatbotDeployment
		findings    []policy.Finding
		want        string
	}{
		"Audit observes":                          {enforcement: "audit", want: sidecarconfig.ModeObserve},
		"Warn passes what is not declared":        {enforcement: "warn", want: sidecarconfig.ModePassUndeclared},
		"Deny governs":                            {enforcement: "deny"},
		"Quarantine governs":                      {enforcement: "quarantine"},
		"no enforcement governs":                  {},
		"a suspended chatbot passes nothing on":   {enforcement: "audit", declaration: stopped},
		"a quarantined chatbot passes nothing on": {enforcement: "warn", findings: quarantine},
	} {
		t.Run(name, func(t *testing.T) {
			if c.declaration == nil {
				c.declaration = newDeclaration()
			}
			verdict := newVerdict()
			verdict.Terms.Enforcement, verdict.Findings = c.enforcement, c.findings
			got, err := render.Config(c.declaration, verdict, builtIn(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.Mode != c.want {
				t.Errorf("mode %q, want %q", got.Mode, c.want)
			}
		})
	}
}

func TestNoSettingPreventsSuspension(t *testing.T) {
	cases := map[string]struct {
		spec func(*v1alpha1.ChatbotDeploymentSpec)
		law  []require
	}{
		"no statement to give":              {law: []require{disclose("always")}},
		"a statement in no language":        {spec: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Disclosure = statement("xx") }},
		"a processor that cannot be called": {spec: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Processors = processor("Model Vendor") }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDeclaration()
			if c.spec != nil {
				c.spec(&d.Spec)
			}
			if _, _, err := render.File(d, newVerdict(c.law...), nil, nil); err == nil {
				t.Fatal("the running chatbot has a configuration, want an error")
			}
			d.Spec.Suspended = true
			data, _, err := render.File(d, newVerdict(c.law...), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := sidecarconfig.Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			want := sidecarconfig.Config{
				Version: sidecarconfig.Version, Chatbot: "shop/support", Revision: "r1", Suspended: true, Redact: []string{},
				Ports: []sidecarconfig.Port{{Name: "http", Shape: "openai-chat", Revision: revisionOf(t, "openai-chat"), Listen: ":23100"}},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
		})
	}
}

func statement(tag v1alpha1.LanguageTag) *v1alpha1.Disclosure {
	return &v1alpha1.Disclosure{Statements: map[string]v1alpha1.Statement{string(tag): "You chat with an AI."}}
}

func processor(name string) []v1alpha1.Processor {
	return []v1alpha1.Processor{{Name: name, Host: "api.model.example"}}
}

func TestHandoffFillsFromTheLaw(t *testing.T) {
	verdict := newVerdict(handOff("on-request", 60))
	got, err := render.Config(newDeclaration(), verdict, builtIn(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&sidecarconfig.Handoff{Mode: "on-request", MaxWaitSeconds: 60}, got.Handoff); diff != "" {
		t.Errorf("handoff (-want +got):\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	wrong := newDeclaration()
	wrong.Spec.Ports[0].Parameters = map[string]v1alpha1.ShapeParameter{"path": "/a//b"}
	cases := map[string]struct {
		declaration *v1alpha1.ChatbotDeployment
		verdict     policy.Verdict
		statements  map[string]string
		want        string
	}{
		"undecided": {declaration: newDeclaration(), verdict: policy.NewUndecided("r1", "2026-11-23", "no policy"), statements: builtIn(),
			want: `no decision about ChatbotDeployment "shop/support": no policy`},
		"no verdict at all": {declaration: newDeclaration(), statements: builtIn(), want: "no decision"},
		"no statement to give": {declaration: newDeclaration(), verdict: newVerdict(disclose("always")),
			want: "no built-in statement fits"},
		"a path that the sidecar refuses": {declaration: wrong, verdict: newVerdict(), statements: builtIn(), want: `spec.ports[0]: parameter path is "/a//b"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, err := render.File(c.declaration, c.verdict, c.statements, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// TestModelIsTheDeclaredOne, if it has a name.
func TestModelIsTheDeclaredOne(t *testing.T) {
	for _, tc := range []struct {
		declared *v1alpha1.Model
		want     sidecarconfig.Model
	}{
		{nil, sidecarconfig.Model{}},
		{&v1alpha1.Model{Version: "3"}, sidecarconfig.Model{}},
		{&v1alpha1.Model{Name: "llm\n x", Version: "3"}, sidecarconfig.Model{Name: "llm x", Version: "3"}},
	} {
		d := newDeclaration()
		d.Spec.IntellectualProperty = &v1alpha1.IntellectualProperty{Model: tc.declared}
		if got, err := render.Config(d, newVerdict(), builtIn(), nil); err != nil || got.Model != tc.want {
			t.Errorf("got %+v, %v, want %+v", got.Model, err, tc.want)
		}
	}
}

// TestEgressSaysWhatTheProcessorMayDo with what it gets.
func TestEgressSaysWhatTheProcessorMayDo(t *testing.T) {
	yes, no := true, false
	d := newDeclaration()
	d.Spec.Processors = []v1alpha1.Processor{
		{Name: "a", Host: "a.example", StoresConversations: true, TrainsOnData: &yes, PrivateNetwork: true},
		{Name: "b", Host: "b.example", TrainsOnData: &no}, {Name: "c", Host: "c.example"},
	}
	got, err := render.Config(d, newVerdict(), builtIn(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, false} {
		if e := got.Egress[i]; e.StoresConversations != want || e.TrainsOnData != want || e.PrivateNetwork != want {
			t.Errorf("%s may: %+v, want %t", e.Name, e, want)
		}
	}
}

// TestEgressHasTheShapeOfTheProcessor: a processor without a shape is called as OpenAI chat.
func TestEgressHasTheShapeOfTheProcessor(t *testing.T) {
	d := newDeclaration()
	d.Spec.Processors = []v1alpha1.Processor{
		{Name: "default", Host: "api.model.example"},
		{Name: "claude", Host: "api.claude.example", Shape: "anthropic-messages"},
		{Name: "local", Host: "ollama:11434", Shape: "ollama-chat"},
		{Name: "archive"},
	}
	got, err := render.Config(d, newVerdict(), builtIn(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []sidecarconfig.Egress{
		{Name: "default", Shape: "openai-chat", Revision: revisionOf(t, "openai-chat"), Upstream: "https://api.model.example"},
		{Name: "claude", Shape: "anthropic-messages", Revision: revisionOf(t, "anthropic-messages"), Upstream: "https://api.claude.example"},
		{Name: "local", Shape: "ollama-chat", Revision: revisionOf(t, "ollama-chat"), Upstream: "http://ollama:11434"},
	}
	if diff := cmp.Diff(want, got.Egress); diff != "" {
		t.Errorf("egress (-want +got):\n%s", diff)
	}
}

// A port by one of the sidecar's own numbers would lead the sidecar to itself.
func TestConfigRefusesTheSidecarsNumbers(t *testing.T) {
	for number, isRefused := range map[int32]bool{
		contract.FirstReservedPort - 1: false, contract.FirstReservedPort: true, contract.LastReservedPort: true, contract.LastReservedPort + 1: false,
	} {
		d := newDeclaration()
		d.Spec.Ports = []v1alpha1.ChatPort{{Port: number, Shape: "openai-chat"}}
		config, err := render.Config(d, newVerdict(), builtIn(), nil)
		if (err != nil) != isRefused {
			t.Errorf("port %d: error %v", number, err)
		}
		if err == nil && config.Ports[0].Name != fmt.Sprintf("port-%d", number) {
			t.Errorf("port %d has the name %q", number, config.Ports[0].Name)
		}
	}
}

func TestPortSaysHowPeopleLearnOfRefusals(t *testing.T) {
	for _, want := range []string{"", sidecarconfig.RefusalsAsAnswers, sidecarconfig.RefusalsAsErrors} {
		d := newDeclaration()
		d.Spec.Ports[0].Refusals = v1alpha1.RefusalForm(want)
		config, err := render.Config(d, newVerdict(), builtIn(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := config.Ports[0].Refusals; got != want {
			t.Errorf("refusals are %q, want %q", got, want)
		}
	}
}
