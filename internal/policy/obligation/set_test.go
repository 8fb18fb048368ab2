package obligation

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// stated are obligations as the policy states them, sorted.
func stated() []Entry {
	eu := []legal.Source{{Code: "eu", Act: "An Act", Article: "Art. 5"}}
	return []Entry{
		{Kind: "consent", Dimension: "consent.optOutSignal", Value: json.RawMessage(`true`), Sources: eu},
		{Kind: "disclose", Dimension: "transparency.disclosure", Value: json.RawMessage(`"always"`), Sources: eu},
		{Kind: "disclose", Dimension: "transparency.languages", Value: json.RawMessage(`["a<b","de"]`), Sources: eu},
		{Kind: "disclose", Dimension: "transparency.repeatHours", Value: json.RawMessage(`3`), Sources: eu},
		{Kind: "restrict-egress", Dimension: "residency.adequate", Value: json.RawMessage(`{"br":["eea"],"eu":["ca","gb"]}`), Sources: eu},
		{Kind: "restrict-egress", Dimension: "residency.mechanisms", Value: json.RawMessage(`[["adequacy","consent"],["contract"]]`), Sources: eu},
		{Kind: "retain", Dimension: "retention.transcriptMin", Value: json.RawMessage(`90`), Sources: eu},
		{Kind: "rights", Dimension: "retention.transcriptMin", Value: json.RawMessage(`90`), Sources: eu},
		{Kind: "suspend", Value: json.RawMessage(`true`)},
		{Kind: "workload", Dimension: "residency.countries", Value: json.RawMessage(`[]`), Sources: eu},
	}
}

func add(t *testing.T, s *Set, entries ...Entry) {
	t.Helper()
	for _, e := range entries {
		if err := s.Add(e.Kind, e.Dimension, e.Value, e.Sources); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEntriesComeOutAsTheyWentIn holds the shape of `check -o json`, byte for byte, for each type of value.
func TestEntriesComeOutAsTheyWentIn(t *testing.T) {
	want := stated()
	var s Set
	for _, e := range slices.Backward(want) {
		add(t, &s, e)
	}
	if diff := cmp.Diff(want, s.Entries()); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if s.Disclose.RepeatHours.Value != 3 || s.Rights.RestrictDays.Value != 90 || !s.Suspend.Now.Value || s.Disclose.At.Required {
		t.Errorf("fields: %+v", s)
	}
}

// TestStatusHasRoomForAllEntries compares the largest number of entries with the bound of status.obligationSummaries in the CRD.
func TestStatusHasRoomForAllEntries(t *testing.T) {
	data, err := os.ReadFile("../../../config/crd/bases/chaperone.dev_chatbotdeployments.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Properties map[string]schema `json:"properties"`
		MaxItems   int               `json:"maxItems"`
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema schema `json:"openAPIV3Schema"`
				} `json:"schema"`
			} `json:"versions"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal(data, &crd); err != nil {
		t.Fatal(err)
	}
	for _, version := range crd.Spec.Versions {
		bound := version.Schema.OpenAPIV3Schema.Properties["status"].Properties["obligationSummaries"].MaxItems
		if bound < len(layout) {
			t.Errorf("status.obligationSummaries holds %d entries; there can be %d", bound, len(layout))
		}
	}
	if len(crd.Spec.Versions) == 0 {
		t.Error("the CRD has no version")
	}
}

func TestUnknownObligationsAreErrors(t *testing.T) {
	const always = `"always"`
	for name, test := range map[string]struct{ kind, dimension, value, want string }{
		"an unknown kind":            {"dance", "transparency.disclosure", always, `obligation "dance" is not known: use one of consent, disclose,`},
		"no kind":                    {"", "", `true`, `obligation "" is not known`},
		"an unknown dimension":       {"disclose", "transparency.mood", always, `obligation "disclose" has no dimension "transparency.mood"`},
		"another kind's dimension":   {"redact", "transparency.disclosure", always, `obligation "redact" has no dimension`},
		"a list for a level":         {"disclose", "transparency.disclosure", `["always"]`, `the value ["always"] is not of the type string`},
		"null for a level":           {"disclose", "transparency.disclosure", `null`, `is not of the type string`},
		"a level for a list":         {"disclose", "transparency.languages", `"de"`, `is not of the type []string`},
		"a number in a list":         {"disclose", "transparency.languages", `["de",1]`, `is not of the type []string`},
		"null in a list":             {"disclose", "transparency.languages", `[null]`, `is not of the type []string`},
		"a fraction":                 {"disclose", "transparency.repeatHours", `1.5`, `the value 1.5 is not of the type int`},
		"a number that is a text":    {"disclose", "transparency.repeatHours", `"3"`, `is not of the type int`},
		"a number too large":         {"disclose", "transparency.repeatHours", `1e30`, `is not of the type int`},
		"null for a number":          {"disclose", "transparency.repeatHours", `null`, `is not of the type int`},
		"a number for a flag":        {"rights", "rights.contact", `1`, `is not of the type bool`},
		"null for a flag":            {"rights", "rights.contact", `null`, `is not of the type bool`},
		"a list for a list of lists": {"restrict-egress", "residency.mechanisms", `["contract"]`, `is not of the type [][]string`},
		"a list for a map":           {"restrict-egress", "residency.adequate", `["eea"]`, `is not of the type map[string][]string`},
		"no JSON":                    {"rights", "rights.contact", `tru`, `is not of the type bool`},
	} {
		t.Run(name, func(t *testing.T) {
			var s Set
			err := s.Add(test.kind, test.dimension, json.RawMessage(test.value), nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if diff := cmp.Diff(Set{}, s); diff != "" {
				t.Errorf("the set changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAddAllTakesEachObligationOnce(t *testing.T) {
	var s, other Set
	add(t, &s, stated()[0])
	add(t, &other, stated()[1:]...)
	if err := s.AddAll(&other); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stated(), s.Entries()); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	before := s
	if err := s.AddAll(&other); err == nil || !strings.Contains(err.Error(), "is stated twice") {
		t.Errorf("error %v, want one about what is stated twice", err)
	}
	if diff := cmp.Diff(before, s); diff != "" {
		t.Errorf("the set changed (-want +got):\n%s", diff)
	}
}

// TestWhatIsExecuted names what this version carries out. A change that adds to it makes the sidecar, or a rule about pods, carry it out.
func TestWhatIsExecuted(t *testing.T) {
	var s Set
	var executed []string
	for _, p := range layout {
		field := s.getField(p)
		required := reflect.ValueOf(field).Elem().FieldByName("Required")
		required.SetBool(true)
		if field.isExecuted() {
			executed = append(executed, p.kind+" "+p.dimension)
		}
	}
	want := []string{
		"disclose transparency.disclosure", "disclose transparency.disclosureAt", "disclose transparency.languages",
		"disclose transparency.marking", "disclose transparency.repeatHours", "disclose transparency.statementSays", "disclose transparency.truthful",
		"handoff oversight.crisisProtocol", "handoff oversight.handoff", "handoff oversight.handoffSeconds",
		"notice contract.withdrawalFunction", "notice transparency.noticeAt", "redact personal_data.redact",
		"rights consent.withdrawal", "suspend ", "workload residency.countries", "workload security.controls",
	}
	if diff := cmp.Diff(want, executed); diff != "" {
		t.Errorf("executed (-want +got):\n%s", diff)
	}
	unexecuted := s.ListUnexecuted(nil)
	if !slices.IsSorted(unexecuted) || slices.Contains(unexecuted, "transparency.disclosure") || slices.Contains(unexecuted, "") {
		t.Errorf("not executed: %v", unexecuted)
	}
	// retention.transcriptMin is a dimension of two kinds, and listed once.
	if want := len(layout) - len(executed) - 1; len(unexecuted) != want {
		t.Errorf("%d dimensions are not executed, want %d", len(unexecuted), want)
	}
	for name, empty := range map[string]*Set{"no set": nil, "an empty set": {}} {
		if got := empty.ListUnexecuted(nil); got != nil {
			t.Errorf("not executed of %s: %v", name, got)
		}
		if got := empty.Entries(); got != nil {
			t.Errorf("entries of %s: %v", name, got)
		}
	}
}

// TestRecordingIsLeftToWhoeverAsks: the sidecar asks people to opt in, unless the declaration says that the app does.
func TestRecordingIsLeftToWhoeverAsks(t *testing.T) {
	app := &v1alpha1.Consent{RecordingAskedBy: v1alpha1.AskedByApp}
	cases := map[string]struct {
		level    string
		declared *v1alpha1.Consent
		asks     bool
		want     []string
	}{
		"nothing is required":       {"none", nil, false, nil},
		"a notice":                  {"notice", nil, false, []string{"consent.recording"}},
		"opt-in":                    {"opt-in", nil, true, nil},
		"opt-in, nothing said":      {"opt-in", &v1alpha1.Consent{}, true, nil},
		"opt-in, asked by sidecar":  {"opt-in", &v1alpha1.Consent{RecordingAskedBy: v1alpha1.AskedBySidecar}, true, nil},
		"opt-in, asked by the app":  {"opt-in", app, false, []string{"consent.recording"}},
		"nothing, asked by the app": {"none", app, false, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var s Set
			add(t, &s, Entry{Kind: "consent", Dimension: "consent.recording", Value: json.RawMessage(`"` + tc.level + `"`)})
			if got := s.SidecarAsks(tc.declared); got != tc.asks {
				t.Errorf("the sidecar asks: %v, want %v", got, tc.asks)
			}
			if diff := cmp.Diff(tc.want, s.ListUnexecuted(tc.declared)); diff != "" {
				t.Errorf("not executed (-want +got):\n%s", diff)
			}
		})
	}
	if got := new(Set).SidecarAsks(nil); got {
		t.Error("the sidecar asks although nothing is required")
	}
	if got := ListExecutedLevels("consent", "consent.recording"); !slices.Equal(got, []string{"none", "opt-in"}) {
		t.Errorf("executed levels are %v", got)
	}
	for _, name := range [][2]string{{"consent", "consent.marketing"}, {"disclose", "transparency.disclosure"}, {"dance", "x"}} {
		if got := ListExecutedLevels(name[0], name[1]); got != nil {
			t.Errorf("executed levels of %v are %v", name, got)
		}
	}
}

// TestEveryFieldHasATag keeps a new field from being forgotten: without its tag no policy could state it.
func TestEveryFieldHasATag(t *testing.T) {
	for kind := range reflect.TypeFor[Set]().Fields() {
		if kind.Tag.Get("kind") == "" {
			t.Errorf("field %s has no kind", kind.Name)
		}
		for field := range kind.Type.Fields() {
			if _, ok := field.Tag.Lookup("dimension"); !ok {
				t.Errorf("field %s.%s has no dimension", kind.Name, field.Name)
			}
			if _, ok := reflect.New(field.Type).Interface().(value); !ok {
				t.Errorf("field %s.%s is not Executed or Shown", kind.Name, field.Name)
			}
		}
	}
	if got := len(slices.CompactFunc(slices.Clone(layout), func(a, b setField) bool { return compareFields(a, b) == 0 })); got != len(layout) {
		t.Errorf("a dimension stands twice in a kind: %d of %d", got, len(layout))
	}
	if diff := cmp.Diff([]string{
		"consent", "disclose", "handoff", "notice", "record", "redact", "restrict-egress", "retain", "rights", "suspend", "workload",
	}, ListKinds()); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

func TestIsExecutedTellsWhatThisVersionCarriesOut(t *testing.T) {
	cases := map[string]struct {
		kind, dimension string
		want            bool
	}{
		"carried out":                  {"disclose", "transparency.disclosure", true},
		"only shown":                   {"retain", "retention.transcriptMax", false},
		"no such dimension":            {"disclose", "retention.transcriptMax", false},
		"no such kind":                 {"remember", "retention.transcriptMax", false},
		"the kind without a dimension": {"suspend", "", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := IsExecuted(tc.kind, tc.dimension); got != tc.want {
				t.Errorf("IsExecuted(%q, %q) = %v, want %v", tc.kind, tc.dimension, got, tc.want)
			}
		})
	}
}
