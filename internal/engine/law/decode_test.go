package law_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
)

func TestDecodeJSONTakesOneValue(t *testing.T) {
	for _, text := range []string{`{"a":1} {"b":2}`, `{} }`, `[1] ]`, `1 x`, `{`, ``} {
		if value, err := law.DecodeJSON([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, value)
		}
	}
	if _, err := law.DecodeJSON([]byte(" {\"a\": [1]} \n")); err != nil {
		t.Errorf("one value: %v", err)
	}
}
