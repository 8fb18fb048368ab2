package facts

import (
	"fmt"
	"maps"
	"slices"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

// Shapes tells which shapes a declaration names, and which exist.
type Shapes struct {
	// Names are the names of the shapes that exist, sorted.
	Names []string
	// Uses has an entry for each port, and for each processor that names a shape or has parameters.
	Uses []ShapeUse
}

// ShapeUse is the use of a shape by one port or processor.
type ShapeUse struct {
	// Field is the JSON path of the port or processor.
	Field string
	Name  string
	// Exists is true if there is a shape with the name. Otherwise Closest has the names that may have been meant, the closest first.
	Exists  bool
	Closest []string
	// UnknownParameters are the declared parameters that the shape does not have, and Parameters those that it has, sorted. Both are empty
	// if the shape does not exist.
	UnknownParameters, Parameters []string
}

// NewShapes returns the facts about the shapes that the specification names. An error means that the presets cannot be read.
func NewShapes(spec *v1alpha1.ChatbotDeploymentSpec) (Shapes, error) {
	presets, err := shape.Presets()
	if err != nil {
		return Shapes{}, fmt.Errorf("read presets: %w", err)
	}
	known := map[string]*shape.Shape{}
	for _, preset := range presets {
		known[preset.Name] = preset
	}
	facts := Shapes{Names: slices.Sorted(maps.Keys(known))}
	for i, port := range spec.Ports {
		facts.Uses = append(facts.Uses, facts.newUse(known, fmt.Sprintf("spec.ports[%d]", i), port.Shape, port.Parameters))
	}
	for i, processor := range spec.Processors {
		if processor.Shape == "" && len(processor.Parameters) == 0 {
			continue // The default shape exists, so there is nothing to check.
		}
		name := processor.Shape
		if name == "" {
			name = v1alpha1.ShapeOpenAIChat // The default of the field.
		}
		facts.Uses = append(facts.Uses, facts.newUse(known, fmt.Sprintf("spec.processors[%d]", i), name, processor.Parameters))
	}
	return facts, nil
}

// newUse returns the facts about the use of a shape at the JSON path field.
func (f *Shapes) newUse(known map[string]*shape.Shape, field string, name v1alpha1.ShapeName, parameters map[string]v1alpha1.ShapeParameter) ShapeUse {
	use := ShapeUse{Field: field, Name: string(name)}
	found := known[use.Name]
	if found == nil {
		use.Closest = shape.FindClosest(use.Name, f.Names)
		return use
	}
	use.Exists, use.Parameters = true, slices.Sorted(maps.Keys(found.Parameters))
	for _, parameter := range slices.Sorted(maps.Keys(parameters)) {
		if !slices.Contains(use.Parameters, parameter) {
			use.UnknownParameters = append(use.UnknownParameters, parameter)
		}
	}
	return use
}
