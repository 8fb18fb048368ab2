package law_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/conformance/law/specs"
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
	specs.Source
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
	written, sources := map[string]judgement{}, map[string]specs.Source{}
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
			written[name], sources[name] = read, read.Source
			folders[folder] = append(folders[folder], name)
		}
	}
	var corpus []lawCase
	for _, folder := range []string{"declarations", "probes"} {
		for _, name := range folders[folder] {
			corpus = append(corpus, lawCase{
				judgement: written[name], name: name, isProbe: folder == "probes", declaration: makeDeclaration(t, name, specOf(t, sources, name)),
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

func specOf(t *testing.T, sources map[string]specs.Source, name string) json.RawMessage {
	t.Helper()
	spec, err := specs.Make(sources, name)
	if err != nil {
		t.Fatal(err)
	}
	return spec
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
