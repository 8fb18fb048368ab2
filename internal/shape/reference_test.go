package shape_test

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// TestReferenceExplainsEachKeyAndValue that the schema has.
func TestReferenceExplainsEachKeyAndValue(t *testing.T) {
	page, err := shape.FormatReference()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "| , ") || strings.HasSuffix(line, "|  |\n") {
			t.Errorf("a row without explanation: %s", line)
		}
	}
	var find func(schema map[string]any)
	find = func(schema map[string]any) {
		properties, _ := schema["properties"].(map[string]any)
		for key, value := range properties {
			if !strings.Contains(page, "`"+key+"`") {
				t.Errorf("key %s is missing", key)
			}
			property, _ := value.(map[string]any)
			values, _ := property["enum"].([]string)
			for _, text := range values {
				if (key == "is" || key == "grows" || key == "framing" || key == "use") && !strings.Contains(page, "| `"+text+"` | ") {
					t.Errorf("value %s of %s is missing", text, key)
				}
			}
			find(property)
			for _, below := range []string{"items", "additionalProperties"} {
				if element, ok := property[below].(map[string]any); ok {
					find(element)
				}
			}
		}
	}
	find(shape.Schema())
}
