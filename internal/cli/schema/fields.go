package schema

import (
	"slices"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	k8sschema "k8s.io/apimachinery/pkg/runtime/schema"
)

// ListFields returns the paths of all fields that objects of the kind can have below a top-level field, sorted and without that field: `[]`
// stands for the items of a list and `*` for the keys of a map. It returns nothing for an unknown kind or field.
func (v *Validator) ListFields(gvk k8sschema.GroupVersionKind, below string) []string {
	k, known := v.kinds[gvk]
	if !known {
		return nil
	}
	root, known := k.structural.Properties[below]
	if !known {
		return nil
	}
	fields := listFields(&root, "")
	slices.Sort(fields)
	return fields
}

// listFields returns the paths of the fields below a value, which is at the path.
func listFields(value *schema.Structural, at string) []string {
	var fields []string
	add := func(path string, child *schema.Structural) {
		fields = append(append(fields, path), listFields(child, path)...)
	}
	prefix := at
	if at != "" {
		prefix += "."
	}
	for name, property := range value.Properties {
		add(prefix+name, &property)
	}
	if value.Items != nil {
		add(at+"[]", value.Items)
	}
	if value.AdditionalProperties != nil && value.AdditionalProperties.Structural != nil {
		add(prefix+"*", value.AdditionalProperties.Structural)
	}
	return fields
}
