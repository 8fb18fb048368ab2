package law

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSchemaHasTheSameLists compares the closed lists of the schemas with those of validate.
func TestSchemaHasTheSameLists(t *testing.T) {
	document, dimensions := readSchema(t, "document"), readSchema(t, "dimensions")
	described := document.at(t, "definitions", "when", "properties")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(conditions)), slices.Sorted(maps.Keys(described))); diff != "" {
		t.Errorf("conditions (-validate +schema):\n%s", diff)
	}
	for name, known := range conditions {
		if len(known.words) == 0 {
			continue
		}
		if diff := cmp.Diff(known.words, described.at(t, name, "items").words("enum")); diff != "" {
			t.Errorf("condition %s (-validate +schema):\n%s", name, diff)
		}
	}
	carried := []string{"declaration", "workload", "report"}
	for _, kind := range listSidecarKinds() {
		carried = append(carried, "sidecar:"+kind)
	}
	dimension := dimensions.at(t, "definitions", "dimension", "properties")
	for name, list := range map[string]struct{ validate, schema []string }{
		"status":     {statuses, document.at(t, "definitions", "act", "properties", "status").words("enum")},
		"force":      {forces, document.at(t, "definitions", "act", "properties", "force").words("enum")},
		"appliesBy":  {reaches, document.at(t, "definitions", "point", "properties", "appliesBy").words("enum")},
		"confidence": {confidences, document.at(t, "definitions", "point", "properties", "confidence").words("enum")},
		"type":       {dimensionTypes, dimension.at(t, "type").words("enum")},
		"party":      {parties, dimension.at(t, "party").words("enum")},
		"carried":    {carried, dimension.at(t, "carried").words("enum")},
	} {
		if diff := cmp.Diff(slices.Sorted(slices.Values(list.validate)), slices.Sorted(slices.Values(list.schema))); diff != "" {
			t.Errorf("%s (-validate +schema):\n%s", name, diff)
		}
	}
}

// tree is an object of JSON.
type tree map[string]any

func (j tree) at(t *testing.T, keys ...string) tree {
	t.Helper()
	for _, key := range keys {
		child, ok := j[key].(map[string]any)
		if !ok {
			t.Fatalf("the schema has no %s", strings.Join(keys, "."))
		}
		j = child
	}
	return j
}

func (j tree) words(key string) []string {
	list, _ := j[key].([]any)
	words, _ := Words(list)
	return words
}

func readSchema(t *testing.T, name string) tree {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("../../../policies/schema", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var found tree
	if err := json.Unmarshal(content, &found); err != nil {
		t.Fatal(err)
	}
	return found
}
