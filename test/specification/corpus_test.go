package specification_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/conformance/law/specs"
)

// readCorpus returns the specs of test/conformance/law, by name.
func readCorpus(t *testing.T) map[string]*v1alpha1.ChatbotDeploymentSpec {
	t.Helper()
	files, err := filepath.Glob("../conformance/law/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]specs.Source{}
	for _, file := range files {
		var read specs.Source
		readYAML(t, file, &read)
		written[strings.TrimSuffix(filepath.Base(file), ".yaml")] = read
	}
	if len(written) < 60 {
		t.Fatalf("%d declarations were read", len(written))
	}
	corpus := map[string]*v1alpha1.ChatbotDeploymentSpec{}
	for name := range written {
		spec := &v1alpha1.ChatbotDeploymentSpec{}
		content, err := specs.Make(written, name)
		if err == nil {
			err = json.Unmarshal(content, spec)
		}
		if err != nil {
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
