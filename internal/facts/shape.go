package facts

import (
	"cmp"
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
	// Name is the name of the shape; "" for one that the port has inline.
	Name string
	// Exists is true if there is such a shape. Otherwise Closest has the names that may have been meant, the closest first.
	Exists  bool
	Closest []string
	// Fault says why the sidecar could not read messages of the shape, "" if it can, and FaultField is the JSON path of the cause.
	Fault, FaultField string
	// UnknownParameters are the declared parameters that the shape does not have, and Parameters those that it has, sorted. Both are empty
	// if the shape does not exist or is faulty.
	UnknownParameters, Parameters []string
}

// NewShapes returns the facts about the shapes that the specification names. An error means that the presets cannot be read.
func NewShapes(spec *v1alpha1.ChatbotDeploymentSpec) (Shapes, error) {
	presets, err := shape.Presets()
	if err != nil {
		return Shapes{}, fmt.Errorf("read presets: %w", err)
	}
	var facts Shapes
	for _, preset := range presets {
		facts.Names = append(facts.Names, preset.Name)
	}
	for i := range spec.Ports {
		p := &spec.Ports[i]
		use := ShapeUse{Field: fmt.Sprintf("spec.ports[%d]", i), Name: string(p.Shape)}
		if p.Inline != nil {
			use.addInline(p.Inline.Raw, p.Parameters)
		} else if err := use.addNamed(facts.Names, shape.SidePorts, p.Parameters); err != nil {
			return Shapes{}, err
		}
		facts.Uses = append(facts.Uses, use)
	}
	for i := range spec.Processors {
		p := &spec.Processors[i]
		if p.Shape == "" && len(p.Parameters) == 0 {
			continue // The default shape exists, so there is nothing to check.
		}
		use := ShapeUse{Field: fmt.Sprintf("spec.processors[%d]", i), Name: string(cmp.Or(p.Shape, v1alpha1.ShapeOpenAIChat))}
		if err := use.addNamed(facts.Names, shape.SideProcessors, p.Parameters); err != nil {
			return Shapes{}, err
		}
		facts.Uses = append(facts.Uses, use)
	}
	return facts, nil
}

// addInline adds the facts about a shape that the port has inline.
func (u *ShapeUse) addInline(document []byte, parameters map[string]v1alpha1.ShapeParameter) {
	found, err := shape.LoadBare("inline", document)
	if err != nil {
		u.Exists, u.Fault, u.FaultField = true, err.Error(), u.Field+".inline"
		return
	}
	u.addParameters(found, parameters)
}

// addNamed adds the facts about a shape that has a name. names are the names of the shapes that exist, and side is where the declaration
// uses it.
func (u *ShapeUse) addNamed(names []string, side string, parameters map[string]v1alpha1.ShapeParameter) error {
	found, err := shape.FindPreset(u.Name)
	if err != nil {
		return fmt.Errorf("read presets: %w", err)
	}
	if found == nil {
		u.Closest = shape.FindClosest(u.Name, names)
		return nil
	}
	u.addParameters(found, parameters)
	if found.Side != "" && found.Side != side {
		u.Fault, u.FaultField = fmt.Sprintf("The shape %s is %s: use it in spec.%s[].shape only.", found.Name, describeSide(found.Side), found.Side), u.Field+".shape"
	}
	return nil
}

// describeSide says what a shape is for.
func describeSide(side string) string {
	if side == shape.SideProcessors {
		return "for calls of models, and has no place where people could be shown anything"
	}
	return "for people who chat, and no model service speaks it"
}

// addParameters adds the facts about the declared parameters of a shape.
func (u *ShapeUse) addParameters(found *shape.Shape, declared map[string]v1alpha1.ShapeParameter) {
	u.Exists, u.Parameters = true, slices.Sorted(maps.Keys(found.Parameters))
	values := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if _, isKnown := found.Parameters[name]; !isKnown {
			u.UnknownParameters = append(u.UnknownParameters, name)
			continue
		}
		values[name] = string(declared[name])
	}
	if _, err := found.With(values); err != nil {
		u.Fault, u.FaultField = err.Error(), u.Field+".parameters"
	}
}
