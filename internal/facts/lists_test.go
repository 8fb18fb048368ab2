package facts

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// emptyIsUnset has the optional lists of a declaration for which nothing depends on whether an empty list or none is stated: because an
// empty one is refused (MinItems), or because both mean the same.
var emptyIsUnset = map[string]string{
	"spec.audience.languages":                 "refused",
	"spec.audience.who":                       "refused",
	"spec.consent.lawfulBasis":                "refused",
	"spec.notApplicable":                      "the same",
	"spec.openPorts":                          "the same",
	"spec.perPlace":                           "the same",
	"spec.perPlace[].audience.languages":      "refused",
	"spec.perPlace[].audience.who":            "refused",
	"spec.perPlace[].residency.countries":     "refused",
	"spec.perPlace[].residency.regions":       "refused",
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
