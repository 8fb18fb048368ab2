package shape

import (
	"reflect"
	"slices"
	"strings"
)

// enumerations has the closed list of values of each key that has one, by the name of the key.
func enumerations() map[string][]string {
	names := make([]string, 0, len(meanings))
	for meaning := range meanings {
		names = append(names, string(meaning))
	}
	slices.Sort(names)
	return map[string][]string{
		"is": names, "kinds": Kinds(), "grows": growths(), "author": roles(), "roles": roles(), "of": documentKinds(),
		"framing": framings(), "sureness": {"A", "B", "C"}, "use": uses(), "side": {SidePorts, SideProcessors}, "fields": fieldPlaces(), "method": methods(),
		"form": signatureForms(), "against": aims(), "refusals": {RefusalsAsAnswers, RefusalsAsErrors},
	}
}

// Schema returns the JSON schema of shapes, for editors. It has the keys, their types and closed lists. Load checks more: selectors,
// templates, and what must stand together.
func Schema() map[string]any {
	schema := describeType(reflect.TypeFor[Shape](), nil)
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "Shape of a wire format"
	return schema
}

// describeType returns the schema of values of a Go type. values is the closed list of texts, or nil.
func describeType(t reflect.Type, values []string) map[string]any {
	if t == reflect.TypeFor[List]() || t == reflect.TypeFor[Selectors]() {
		text := describeType(reflect.TypeFor[string](), values)
		return map[string]any{"oneOf": []any{text, map[string]any{"type": "array", "items": text, "minItems": 1}}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return describeType(t.Elem(), values)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": describeType(t.Elem(), values)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": describeType(t.Elem(), values)}
	case reflect.Struct:
		return describeStruct(t)
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	}
	text := map[string]any{"type": "string"}
	if values != nil {
		text["enum"] = values
	}
	return text
}

// describeStruct returns the schema of an object with exactly the keys of a struct. Keys that are left out when empty are optional.
func describeStruct(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous || !field.IsExported() {
			continue // VisibleFields lists the keys of an embedded struct too.
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		properties[name] = describeType(field.Type, enumerations()[name])
		if options == "" {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
}
