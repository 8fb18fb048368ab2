package blank

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
)

func TestQuestionsCanBeRead(t *testing.T) {
	var list []struct{ Field, Question string }
	if err := yaml.UnmarshalStrict(questionsFile, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != len(questions()) {
		t.Errorf("%d questions for %d fields: each field has one", len(list), len(questions()))
	}
	for _, q := range list {
		if q.Field == "" || q.Question == "" {
			t.Errorf("%+v is not complete", q)
		}
	}
}

// describe stands for the descriptions of the schema.
func describe(field string) string {
	return map[string]string{"fairness.cohorts": "cohorts are groups of people"}[field]
}

func TestFind(t *testing.T) {
	var spec map[string]any
	text := "{jurisdictions: null, channels: [web, null], processors: [{name: a, country: null}, {name: b, country: AT}], fairness: {cohorts: null}, sectors: []}"
	if err := yaml.Unmarshal([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, b := range Find(spec, describe) {
		fields = append(fields, b.Field)
		if b.Question == "" || !strings.HasPrefix(b.String(), "spec."+b.Field+": ") {
			t.Errorf("%s has no question", b.Field)
		}
	}
	want := []string{"jurisdictions", "channels[1]", "processors[0].country", "fairness.cohorts"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("blanks (-want +got):\n%s", diff)
	}
}

func TestAsk(t *testing.T) {
	if got := Ask("processors[12].country"); !strings.HasPrefix(got, "In which country") {
		t.Errorf("question %q", got)
	}
	if got := Ask("assessments[0].type"); got != "" {
		t.Errorf("question %q", got)
	}
}

func TestFindDescribesOtherFields(t *testing.T) {
	found := Find(map[string]any{"fairness": map[string]any{"cohorts": nil}, "zone": nil}, describe)
	want := []Blank{
		{"fairness.cohorts", "What is true of the chatbot? cohorts are groups of people. Remove the field if there is nothing to say"},
		{"zone", "A declaration has no such field: remove it"},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("blanks (-want +got):\n%s", diff)
	}
}

// A question is about a field that declarations have. If it refers to `kubectl explain`, then to a closed list of words, by the path that kubectl
// takes: it has no indexes, and what is asked is the field itself.
func TestQuestionsAreAboutFields(t *testing.T) {
	validator, err := schema.New(crd.Definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	explains := regexp.MustCompile("kubectl explain ([^ `]*)")
	explained := 0
	for field, question := range questions() {
		known, exists := validator.FindField(v1alpha1.GroupVersion.WithKind("ChatbotDeployment"), "spec."+field)
		if !exists {
			t.Errorf("spec.%s does not exist", field)
		}
		for _, match := range explains.FindAllStringSubmatch(question, -1) {
			explained++
			if want := "chatbotdeployment.spec." + strings.ReplaceAll(field, "[]", ""); match[1] != want {
				t.Errorf("spec.%s: %s is to be explained, want %s", field, match[1], want)
			}
			if len(known.ListWords()) == 0 && len(known.Item().ListWords()) == 0 {
				t.Errorf("spec.%s has no list of words to explain", field)
			}
		}
	}
	if explained == 0 {
		t.Error("no question refers to kubectl explain")
	}
}
