package specification_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// judged is what is read of a declaration of test/conformance/law.
type judged struct {
	Base   string          `json:"base"`
	Change json.RawMessage `json:"change"`
	Vendor json.RawMessage `json:"vendor"`
	Spec   json.RawMessage `json:"spec"`
}

// readCorpus returns the specs of test/conformance/law, by name.
func readCorpus(t *testing.T) map[string]*v1alpha1.ChatbotDeploymentSpec {
	t.Helper()
	files, err := filepath.Glob("../conformance/law/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]judged{}
	for _, file := range files {
		var read judged
		readYAML(t, file, &read)
		written[strings.TrimSuffix(filepath.Base(file), ".yaml")] = read
	}
	if len(written) < 60 {
		t.Fatalf("%d declarations were read", len(written))
	}
	corpus := map[string]*v1alpha1.ChatbotDeploymentSpec{}
	for name := range written {
		spec := &v1alpha1.ChatbotDeploymentSpec{}
		if err := json.Unmarshal(specOf(t, written, name), spec); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		corpus[name] = spec
	}
	return corpus
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	content, err := os.ReadFile(filepath.Clean(file))
	if err == nil {
		err = yaml.Unmarshal(content, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// specOf applies the changes of a declaration to what it is based on.
func specOf(t *testing.T, written map[string]judged, name string) json.RawMessage {
	t.Helper()
	read, found := written[name]
	if !found {
		t.Fatalf("nothing is named %q", name)
	}
	if read.Base == "" {
		return read.Spec
	}
	spec := specOf(t, written, read.Base)
	var err error
	if read.Change != nil {
		if spec, err = strategicpatch.StrategicMergePatch(spec, read.Change, &v1alpha1.ChatbotDeploymentSpec{}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if read.Vendor != nil {
		spec = changeVendor(t, spec, read.Vendor)
	}
	return spec
}

// changeVendor applies a patch to the first processor.
func changeVendor(t *testing.T, spec, patch json.RawMessage) json.RawMessage {
	t.Helper()
	var whole map[string]any
	if err := json.Unmarshal(spec, &whole); err != nil {
		t.Fatal(err)
	}
	processors, _ := whole["processors"].([]any)
	vendor, err := json.Marshal(processors[0])
	if err != nil {
		t.Fatal(err)
	}
	changed, err := strategicpatch.StrategicMergePatch(vendor, patch, &v1alpha1.Processor{})
	if err != nil {
		t.Fatal(err)
	}
	processors[0] = json.RawMessage(changed)
	content, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// readBases returns, for every place and sector, a base of test/conformance with the place or the sector in place of its own: on the first day
// of the newest point of its law, or on the day before.
func readBases(t *testing.T, l *law) []question {
	t.Helper()
	var questions []question
	for i, code := range slices.Concat(l.codes("jurisdiction"), l.codes("sector")) {
		d := l.documents[code]
		day := today
		for _, p := range d.Points {
			day = max(day, p.From)
		}
		base := &v1alpha1.ChatbotDeployment{}
		if d.Kind == "sector" {
			readYAML(t, "../conformance/bases/everywhere.yaml", base)
			base.Spec.Sectors = []v1alpha1.Code{v1alpha1.Code(code)}
		} else {
			readYAML(t, "../conformance/bases/"+[]string{"eu", "strict"}[i%2]+".yaml", base)
			base.Spec.Jurisdictions = []v1alpha1.Code{v1alpha1.Code(code)}
		}
		questions = append(questions, question{"base of " + code, &base.Spec, dayAfter(day, -(i % 3 % 2))})
	}
	return questions
}
