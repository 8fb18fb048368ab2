package podtemplate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// Template is a pod template in a workload.
type Template struct {
	// Path is the JSON path of the template in the workload, for example `spec.template`. It ends with a dot if only the spec of the pod is
	// at the path (policy.Verdict.WithFieldsUnder).
	Path string
	// Content is the template as the JSON of a PodTemplateSpec.
	Content json.RawMessage
}

// FindTemplates returns the pod templates in an object of the kind, in the order of their paths in the table. A field that is missing or
// null has no template. An error says that the object has another form than the table.
func (k Kind) FindTemplates(object []byte) ([]Template, error) {
	var meta struct {
		Metadata struct {
			Name         string            `json:"name"`
			GenerateName string            `json:"generateName"`
			Labels       map[string]string `json:"labels"`
		} `json:"metadata"`
	}
	if len(k.Labels) > 0 || len(k.PodSpecs) > 0 {
		if err := utiljson.Unmarshal(object, &meta); err != nil {
			return nil, fmt.Errorf("decode workload: metadata: %w", err)
		}
	}
	added := k.expandLabels(cmp.Or(meta.Metadata.Name, meta.Metadata.GenerateName))
	var found []Template
	add := func(paths []string, build func(at Template) (*Template, error)) error {
		for _, path := range paths {
			at, err := walk(object, "", path)
			if err != nil {
				return err
			}
			for _, t := range at {
				built, err := build(t)
				if err != nil {
					return fmt.Errorf("decode workload: %s: %w", t.Path, err)
				}
				if built != nil {
					found = append(found, *built)
				}
			}
		}
		return nil
	}
	complete := func(at Template) (*Template, error) {
		content, err := addLabels(at.Content, added)
		return &Template{Path: at.Path, Content: content}, err
	}
	newFromSpec := func(at Template) (*Template, error) { return newFromSpec(at, meta.Metadata.Labels, added) }
	if err := cmp.Or(add(k.Templates, complete), add(k.PodSpecs, newFromSpec)); err != nil {
		return nil, err
	}
	return found, nil
}

// expandLabels returns the labels that the controller adds to the pods of the object.
func (k Kind) expandLabels(name string) map[string]string {
	labels := map[string]string{}
	for key, value := range k.Labels {
		labels[key] = strings.ReplaceAll(value, "$(name)", name)
	}
	return labels
}

// addLabels returns the template with the labels, and with its own labels where they have the same keys.
func addLabels(template json.RawMessage, added map[string]string) (json.RawMessage, error) {
	if len(added) == 0 {
		return template, nil
	}
	var content, metadata map[string]json.RawMessage
	labels := maps.Clone(added)
	if err := utiljson.Unmarshal(template, &content); err != nil {
		return nil, err
	}
	if len(content["metadata"]) > 0 {
		if err := utiljson.Unmarshal(content["metadata"], &metadata); err != nil {
			return nil, err
		}
	}
	if len(metadata["labels"]) > 0 {
		if err := utiljson.Unmarshal(metadata["labels"], &labels); err != nil {
			return nil, err
		}
	}
	changed := map[string]any{}
	for key, value := range metadata {
		changed[key] = value
	}
	changed["labels"] = labels
	whole := map[string]any{}
	for key, value := range content {
		whole[key] = value
	}
	whole["metadata"] = changed
	return json.Marshal(whole)
}

// newFromSpec returns the template of pods whose spec is at a path, together with fields of another kind. The pods have the labels of the
// object, those that the controller adds, and those of the field labels. It returns nil if the spec has no containers: another object has
// them.
func newFromSpec(at Template, object, added map[string]string) (*Template, error) {
	var component struct {
		Containers  []json.RawMessage `json:"containers"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	}
	if err := utiljson.Unmarshal(at.Content, &component); err != nil {
		return nil, err
	}
	if len(component.Containers) == 0 {
		return nil, nil
	}
	labels := map[string]string{}
	for _, more := range []map[string]string{object, added, component.Labels} {
		maps.Copy(labels, more)
	}
	content, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"labels": labels, "annotations": component.Annotations}, "spec": at.Content,
	})
	return &Template{Path: at.Path + ".", Content: content}, err
}

// walk returns what is at a path below a value. prefix is the path of the value.
func walk(value json.RawMessage, prefix, path string) ([]Template, error) {
	if len(value) == 0 || string(value) == "null" {
		return nil, nil
	}
	if path == "" {
		return []Template{{Path: prefix, Content: value}}, nil
	}
	segment, rest, _ := strings.Cut(path, ".")
	name, isList := strings.CutSuffix(segment, "[*]")
	var fields map[string]json.RawMessage
	if err := utiljson.Unmarshal(value, &fields); err != nil {
		return nil, fmt.Errorf("decode workload: %s: %w", cmp.Or(prefix, "object"), err)
	}
	if name == "*" {
		return walkEach(fields, prefix, rest)
	}
	below := strings.TrimPrefix(prefix+"."+name, ".")
	if !isList {
		return walk(fields[name], below, rest)
	}
	var items []json.RawMessage
	if len(fields[name]) > 0 {
		if err := utiljson.Unmarshal(fields[name], &items); err != nil {
			return nil, fmt.Errorf("decode workload: %s: %w", below, err)
		}
	}
	var found []Template
	for i, item := range items {
		more, err := walk(item, fmt.Sprintf("%s[%d]", below, i), rest)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// walkEach returns what is at a path below each value of a map, sorted by key.
func walkEach(fields map[string]json.RawMessage, prefix, path string) ([]Template, error) {
	var found []Template
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		more, err := walk(fields[key], strings.TrimPrefix(prefix+"."+key, "."), path)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}
