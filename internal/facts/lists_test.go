package facts

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// emptyIsUnset has the optional lists of a declaration for which nothing depends on whether an empty list or none is stated: because an
// empty one is refused (MinItems), because a rule of the schema refuses every list, or because both mean the same.
var emptyIsUnset = map[string]string{
	"spec.audience.languages":                 "refused",
	"spec.audience.who":                       "refused",
	"spec.confirmed":                          "the same",
	"spec.consent.lawfulBasis":                "refused",
	"spec.notApplicable":                      "the same",
	"spec.openPorts":                          "the same",
	"spec.perPlace":                           "the same",
	"spec.perPlace[].audience.languages":      "refused",
	"spec.perPlace[].audience.who":            "refused",
	"spec.perPlace[].residency.countries":     "refused",
	"spec.perPlace[].residency.regions":       "never stated",
	"spec.residency.countries":                "refused",
	"spec.residency.regions":                  "the same",
	"spec.selector.matchExpressions":          "of Kubernetes",
	"spec.selector.matchExpressions[].values": "of Kubernetes",
}

// The policy reads the encoded declaration. A list that is lost there when it is empty would read as one that nobody stated.
func TestEmptyListsAreKept(t *testing.T) {
	lost := map[string]bool{}
	findLostLists(reflect.TypeFor[v1alpha1.ChatbotDeploymentSpec](), "spec", lost)
	want := map[string]bool{}
	for field := range emptyIsUnset {
		want[field] = true
	}
	if diff := cmp.Diff(want, lost); diff != "" {
		t.Errorf("lists that are lost when they are empty (-want +got):\n%s", diff)
	}
}

// Which empty lists are refused is up to the schema: without a MinItems marker, an empty list would read as one that nobody stated.
func TestEmptyListsAreRefused(t *testing.T) {
	content, err := os.ReadFile("../../config/crd/bases/chaperone.dev_chatbotdeployments.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var definition apiextensions.CustomResourceDefinition
	if err := yaml.Unmarshal(content, &definition); err != nil {
		t.Fatal(err)
	}
	root := definition.Spec.Versions[0].Schema.OpenAPIV3Schema
	for field, empty := range emptyIsUnset {
		if empty == "of Kubernetes" {
			continue
		}
		schema := findSchema(root, field)
		if schema == nil || schema.Type != "array" {
			t.Errorf("%s is no list in the schema", field)
			continue
		}
		if empty == "never stated" {
			place, list, _ := strings.Cut(field, "[].")
			items := findSchema(root, place+"[]")
			if !slices.ContainsFunc(items.XValidations, func(r apiextensions.ValidationRule) bool { return strings.Contains(r.Rule, "!has(self."+list+")") }) {
				t.Errorf("%s: no rule of the schema refuses it", field)
			}
			continue
		}
		isRefused := schema.MinItems != nil && *schema.MinItems > 0
		if isRefused != (empty == "refused") {
			t.Errorf("%s: the schema refuses an empty list: %t; the test says %q", field, isRefused, empty)
		}
	}
}

// findSchema returns the schema of a field, by its JSON path; nil if there is none.
func findSchema(schema *apiextensions.JSONSchemaProps, path string) *apiextensions.JSONSchemaProps {
	for _, step := range strings.Split(path, ".") {
		name, isItems := strings.CutSuffix(step, "[]")
		property, exists := schema.Properties[name]
		if !exists {
			return nil
		}
		schema = &property
		if isItems {
			schema = property.Items.Schema
		}
	}
	return schema
}

// findLostLists adds to lost the JSON path of each list of the type that an encoder leaves out when it is empty.
func findLostLists(of reflect.Type, path string, lost map[string]bool) {
	switch of.Kind() {
	case reflect.Pointer:
		findLostLists(of.Elem(), path, lost)
	case reflect.Slice:
		findLostLists(of.Elem(), path+"[]", lost)
	case reflect.Struct:
		for field := range of.NumField() {
			name, options, _ := strings.Cut(of.Field(field).Tag.Get("json"), ",")
			if of.Field(field).Type.Kind() == reflect.Slice && options == "omitempty" {
				lost[path+"."+name] = true
			}
			findLostLists(of.Field(field).Type, path+"."+name, lost)
		}
	}
}
