package schema_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
)

func newValidator(t *testing.T) *schema.Validator {
	t.Helper()
	validator, err := schema.New(crd.Definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	return validator
}

func TestFindField(t *testing.T) {
	validator, kind := newValidator(t), v1alpha1.GroupVersion.WithKind("ChatbotDeployment")
	for path, want := range map[string]string{
		"spec.channels":                  "a list; each item is one of web, mobile, voice, email, messaging",
		"spec.channels[2]":               "one of web, mobile, voice, email, messaging",
		"spec.suspended":                 "true or false",
		"spec.audience.minimumAge":       "a whole number from 0 to 120",
		"spec.assessments[0].completed":  "a day as YYYY-MM-DD",
		"spec.processors[].country":      "a text",
		"spec.disclosure.statements":     "a map; each value is a text",
		"spec.disclosure.statements.en":  "a text",
		"spec.ports[0].inline.any.thing": "any value",
		"spec.accountability.deployer":   "an object with members among name, contact, country",
		"spec.zone":                      "",
		"spec.channels.web":              "",
		"spec.suspended[0]":              "",
		"":                               "",
	} {
		field, known := validator.FindField(kind, path)
		got := ""
		if known {
			got = field.Allowed()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if _, known := validator.FindField(v1alpha1.GroupVersion.WithKind("Other"), "spec"); known {
		t.Error("an unknown kind has a field")
	}
}

func TestDescribe(t *testing.T) {
	got := newValidator(t).Describe(v1alpha1.GroupVersion.WithKind("ChatbotDeployment"), "spec.channels")
	want := "channels are the ways in which people reach the chatbot. It takes a list; each item is one of web, mobile, voice, email, messaging"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every field has a description, whose first sentence tells what it is.
func TestEveryFieldIsDescribed(t *testing.T) {
	validator, kind := newValidator(t), v1alpha1.GroupVersion.WithKind("ChatbotDeployment")
	for _, path := range validator.ListFields(kind, "spec") {
		if regexp.MustCompile(`(\[\]|\*)$`).MatchString(path) {
			continue // An item or a value is described by its list or map.
		}
		field, known := validator.FindField(kind, "spec."+path)
		if !known || !strings.Contains(field.Meaning(), " ") {
			t.Errorf("%s: known %t, meaning %q", path, known, field.Meaning())
		}
	}
}
