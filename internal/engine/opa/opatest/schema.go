// Package opatest checks documents against JSON schemas with OPA's own implementation, for tests.
package opatest

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"
)

// FindSchemaFaults returns the faults of a document against a JSON schema, each as `<path>: <message>`.
func FindSchemaFaults(t testing.TB, schema string, document any) []string {
	t.Helper()
	results, err := rego.New(
		rego.Query("json.match_schema(input.document, input.schema, result)"),
		rego.Input(map[string]any{"document": document, "schema": schema}),
	).Eval(t.Context())
	if err != nil || len(results) != 1 {
		t.Fatalf("%d results: %v", len(results), err)
	}
	// The result of json.match_schema is a pair: whether the document matches, and the list of faults.
	result := results[0].Bindings["result"].([]any)
	var faults []string
	for _, fault := range result[1].([]any) {
		faults = append(faults, fault.(map[string]any)["error"].(string))
	}
	if result[0] != (len(faults) == 0) {
		t.Fatalf("the schema says %v with the faults %q", result[0], faults)
	}
	return faults
}
