package blank

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
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

func TestFind(t *testing.T) {
	var spec map[string]any
	text := "{jurisdictions: null, channels: [web, null], processors: [{name: a, country: null}, {name: b, country: AT}], fairness: {cohorts: null}, sectors: []}"
	if err := yaml.Unmarshal([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, b := range Find(spec) {
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
	if got := Ask("assessments[0].type"); !strings.Contains(got, "spec.assessments.type`") {
		t.Errorf("question %q", got)
	}
}
