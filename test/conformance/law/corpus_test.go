package law_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// The days for which is judged: one on which the corpus was written, and one by which laws that are adopted apply.
const (
	today = "2026-11-28"
	later = "2027-08-01"
)

func days() []string { return []string{today, later} }

// judgement is what a lawyer says about a declaration. The keys of its maps are ids of rules, or fields (`spec.…`) that a finding is about; a
// key can name several, separated by " or ". The values say why.
type judgement struct {
	// About describes the chatbot and its firm, for a reader without the declaration.
	About string `json:"about"`
	// Outcome is the right outcome on each day; empty for a probe, which is about single points.
	Outcome map[string]string `json:"outcome,omitempty"`
	// MustStand are findings that are right on both days, StandLater on the later day only.
	MustStand  map[string]string `json:"mustStand,omitempty"`
	StandLater map[string]string `json:"standLater,omitempty"`
	// MayStand are findings that a lawyer can defend, though others need not make them.
	MayStand map[string]string `json:"mayStand,omitempty"`
	// MustNotAppear are false alarms. What no map names is one too, unless the declaration is a probe.
	MustNotAppear map[string]string `json:"mustNotAppear,omitempty"`
	// TooStrict are findings with a core of law, which must not deny.
	TooStrict map[string]string `json:"tooStrict,omitempty"`
	// Why has reasons that are about no finding, such as one for each place. Missing is what a lawyer would raise and no rule does.
	Why     []string `json:"why,omitempty"`
	Missing []string `json:"missing,omitempty"`
	// Base names the declaration, the probe or the base that Change changes (a merge patch of the spec), and whose first processor Vendor
	// changes. Without it, Spec is the whole spec.
	Base   string          `json:"base,omitempty"`
	Change json.RawMessage `json:"change,omitempty"`
	Vendor json.RawMessage `json:"vendor,omitempty"`
	Spec   json.RawMessage `json:"spec,omitempty"`
}

// lawCase is one judged declaration.
type lawCase struct {
	judgement
	name string
	// isProbe is whether only the findings that the judgement names are judged.
	isProbe     bool
	declaration *v1alpha1.ChatbotDeployment
}

// readCorpus returns the declarations and the probes, sorted by kind and name.
func readCorpus(t *testing.T) []lawCase {
	t.Helper()
	written := map[string]judgement{}
	folders := map[string][]string{}
	for _, folder := range []string{"bases", "declarations", "probes"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".yaml")
			if _, twice := written[name]; twice {
				t.Fatalf("%s: there are two of this name", file)
			}
			var read judgement
			readYAML(t, file, &read)
			written[name] = read
			folders[folder] = append(folders[folder], name)
		}
	}
	var corpus []lawCase
	for _, folder := range []string{"declarations", "probes"} {
		for _, name := range folders[folder] {
			corpus = append(corpus, lawCase{
				judgement: written[name], name: name, isProbe: folder == "probes", declaration: makeDeclaration(t, name, specOf(t, written, name)),
			})
		}
	}
	return corpus
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(data, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// specOf returns the spec of a case, with the changes of all that it is based on.
func specOf(t *testing.T, written map[string]judgement, name string) json.RawMessage {
	t.Helper()
	c, found := written[name]
	if !found {
		t.Fatalf("nothing is named %q", name)
	}
	if c.Base == "" {
		return c.Spec
	}
	spec := specOf(t, written, c.Base)
	var err error
	if c.Change != nil {
		spec, err = strategicpatch.StrategicMergePatch(spec, c.Change, &v1alpha1.ChatbotDeploymentSpec{})
	}
	if err == nil && c.Vendor != nil {
		spec, err = changeVendor(spec, c.Vendor)
	}
	if err != nil {
		t.Fatalf("%s: change: %v", name, err)
	}
	return spec
}

// changeVendor applies a merge patch to the first processor of the spec.
func changeVendor(spec, patch json.RawMessage) (json.RawMessage, error) {
	var whole map[string]any
	if err := json.Unmarshal(spec, &whole); err != nil {
		return nil, err
	}
	processors, _ := whole["processors"].([]any)
	if len(processors) == 0 {
		return nil, errors.New("there is no processor")
	}
	vendor, err := json.Marshal(processors[0])
	if err != nil {
		return nil, err
	}
	changed, err := strategicpatch.StrategicMergePatch(vendor, patch, &v1alpha1.Processor{})
	if err != nil {
		return nil, err
	}
	processors[0] = json.RawMessage(changed)
	return json.Marshal(whole)
}

// makeDeclaration returns the declaration with the spec. What leads to its pods is the same for all, and not judged here.
func makeDeclaration(t *testing.T, name string, spec json.RawMessage) *v1alpha1.ChatbotDeployment {
	t.Helper()
	text := fmt.Sprintf(`{"apiVersion":"chaperone.dev/v1alpha1","kind":"ChatbotDeployment","metadata":{"name":%q,"namespace":"law"},"spec":%s}`, name, spec)
	declaration := &v1alpha1.ChatbotDeployment{}
	if err := yaml.UnmarshalStrict([]byte(text), declaration); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return declaration
}

// rulesIn returns the ids of rules and the fields that a key of a judgement names.
func rulesIn(key string) []string { return strings.Split(key, " or ") }

func isField(name string) bool { return strings.HasPrefix(name, "spec.") }

// keys returns the keys of the maps of the judgement.
func (j judgement) keys() []string {
	var keys []string
	for _, reasons := range []map[string]string{j.MustStand, j.StandLater, j.MayStand, j.MustNotAppear, j.TooStrict} {
		keys = slices.AppendSeq(keys, maps.Keys(reasons))
	}
	return keys
}
