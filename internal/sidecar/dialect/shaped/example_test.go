package shaped_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/shape/example"
)

// TestExamplesOfPresets runs the examples in the shapes.
func TestExamplesOfPresets(t *testing.T) {
	presets, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range presets {
		t.Run(s.Name, func(t *testing.T) {
			if err := example.Check(s); err != nil {
				t.Error(err)
			}
		})
	}
}
