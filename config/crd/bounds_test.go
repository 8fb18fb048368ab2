package crd

import (
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// unbounded are the fields of specs whose size the schema does not bound, and what does.
var unbounded = map[string]string{
	"ChatbotDeployment.spec.ports[].inline":   "internal/shape reads no larger document",
	"ChatShape.spec":                          "internal/shape reads no larger document",
	"GovernancePolicy.spec.parameters":        "governors write it, not tenants",
	"JurisdictionProfile.spec.values[].value": "governors write it, not tenants",
	"JurisdictionProfile.spec.values[].when":  "governors write it, not tenants",
}

// TestSpecsAreBounded: what a tenant declares stays in the memory of the manager, and the in-process policies read it, so no text, list or
// map of a spec may have any size.
func TestSpecsAreBounded(t *testing.T) {
	found := map[string]bool{}
	for _, content := range Definitions() {
		var definition apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(content, &definition); err != nil {
			t.Fatal(err)
		}
		for _, version := range definition.Spec.Versions {
			spec, exists := version.Schema.OpenAPIV3Schema.Properties["spec"]
			if !exists {
				t.Fatalf("%s has no spec", definition.Spec.Names.Kind)
			}
			findUnbounded(&spec, definition.Spec.Names.Kind+".spec", found)
		}
	}
	for field := range found {
		if unbounded[field] == "" {
			t.Errorf("%s can have any size: add MaxLength, MaxItems, or MaxProperties and a rule for size(key)", field)
		}
	}
	for field := range unbounded {
		if !found[field] {
			t.Errorf("%s is bounded now: remove it from the list", field)
		}
	}
}

// findUnbounded adds the path of each field at or below the schema whose size it does not bound.
func findUnbounded(schema *apiextensionsv1.JSONSchemaProps, path string, found map[string]bool) {
	if schema.XPreserveUnknownFields != nil || isUnbounded(schema) {
		found[path] = true
	}
	for name, property := range schema.Properties {
		findUnbounded(&property, path+"."+name, found)
	}
	if schema.Items != nil {
		findUnbounded(schema.Items.Schema, path+"[]", found)
	}
	if schema.AdditionalProperties != nil {
		findUnbounded(schema.AdditionalProperties.Schema, path+"{}", found)
	}
}

func isUnbounded(schema *apiextensionsv1.JSONSchemaProps) bool {
	switch {
	case schema.Type == "string":
		return schema.MaxLength == nil && len(schema.Enum) == 0 && !slices.Contains([]string{"date", "date-time"}, schema.Format)
	case schema.Type == "array":
		return schema.MaxItems == nil
	case schema.AdditionalProperties != nil:
		return schema.MaxProperties == nil || !boundsKeys(schema.XValidations)
	}
	return false
}

// boundsKeys reports whether a rule looks at the length of all keys, or at what they have from beginning to end.
func boundsKeys(rules apiextensionsv1.ValidationRules) bool {
	return slices.ContainsFunc(rules, func(r apiextensionsv1.ValidationRule) bool {
		return strings.HasPrefix(r.Rule, "self.all(key, size(key) <= ") || strings.HasPrefix(r.Rule, "self.all(k, k.matches('^") && strings.Contains(r.Rule, "$')")
	})
}
