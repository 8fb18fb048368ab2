package main

import (
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// Bounds of label selectors. controller-gen has no markers for the fields of a type of Kubernetes, so they are added to what it wrote. Label
// keys and values have the lengths that Kubernetes allows labels.
const (
	maxRequirements = 16
	maxLabelValues  = 64
	maxLabelKey     = 253 + 1 + 63
	maxLabelValue   = 63
	maxOperator     = 16
)

// selectors are the label selectors in the specs of Chaperone's kinds, by the plural of the kind.
var selectors = map[string]string{
	"chatbotdeployments": "selector",
	"governancepolicies": "namespaceSelector",
}

// boundSelectors bounds the label selectors in the CustomResourceDefinitions of the folder.
func boundSelectors(folder string) error {
	for plural, field := range selectors {
		path := filepath.Join(folder, "chaperone.dev_"+plural+".yaml")
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("bound selectors: %w", err)
		}
		bounded, err := boundSelector(content, field)
		if err != nil {
			return fmt.Errorf("bound selectors of %s: %w", path, err)
		}
		if err := os.WriteFile(path, bounded, 0o644); err != nil {
			return fmt.Errorf("bound selectors: %w", err)
		}
	}
	return nil
}

// boundSelector returns the CustomResourceDefinition, YAML with one version, with bounds of the selector spec.<field>.
func boundSelector(definition []byte, field string) ([]byte, error) {
	var root map[string]any
	if err := yaml.Unmarshal(definition, &root); err != nil {
		return nil, err
	}
	versions, _ := find(root, "spec")["versions"].([]any)
	if len(versions) != 1 {
		return nil, fmt.Errorf("want one version, got %d", len(versions))
	}
	version, _ := versions[0].(map[string]any)
	selector := find(version, "schema", "openAPIV3Schema", "properties", "spec", "properties", field, "properties")
	matchLabels, matchExpressions := find(selector, "matchLabels"), find(selector, "matchExpressions")
	requirement := find(matchExpressions, "items", "properties")
	if len(matchLabels) == 0 || len(requirement) != 3 {
		return nil, fmt.Errorf("spec.%s is no label selector", field)
	}
	matchLabels["maxProperties"] = maxRequirements
	matchLabels["x-kubernetes-validations"] = []any{map[string]any{
		"rule":    fmt.Sprintf("self.all(key, size(key) <= %d)", maxLabelKey),
		"message": fmt.Sprintf("spec.%s.matchLabels: a key has at most %d characters", field, maxLabelKey),
	}}
	find(matchLabels, "additionalProperties")["maxLength"] = maxLabelValue
	matchExpressions["maxItems"] = maxRequirements
	find(requirement, "key")["maxLength"] = maxLabelKey
	find(requirement, "operator")["maxLength"] = maxOperator
	find(requirement, "values")["maxItems"] = maxLabelValues
	find(requirement, "values", "items")["maxLength"] = maxLabelValue
	bounded, err := yaml.Marshal(root)
	return append([]byte("---\n"), bounded...), err
}

// find returns the object below the keys; nil if there is none.
func find(object map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		object, _ = object[key].(map[string]any)
	}
	return object
}
