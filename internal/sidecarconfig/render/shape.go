package render

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

// inlinePrefix begins the names of shapes that a port has inline; the name of the port follows. No other shape has a dot in its name.
const inlinePrefix = "inline."

// foundShape is the shape of a port or processor, as a configuration has it.
type foundShape struct {
	name     string
	revision int
	// document is nil for a preset.
	document   json.RawMessage
	parameters map[string]string
}

// findShape returns the shape of a port or processor. It returns an error if there is no such shape, or if the sidecar could not execute it
// with the values of its parameters.
func findShape(port string, name v1alpha1.ShapeName, inline *runtime.RawExtension, parameters map[string]v1alpha1.ShapeParameter) (foundShape, error) {
	of := foundShape{name: string(name), parameters: renderParameters(parameters)}
	var found *shape.Shape
	var err error
	if inline != nil {
		of.name = inlinePrefix + port
		if found, err = shape.LoadBare(of.name, inline.Raw); err == nil {
			of.document, err = shape.Strip(inline.Raw)
		}
	} else if found, err = shape.FindPreset(of.name); err == nil && found == nil {
		err = fmt.Errorf("there is no shape %q", of.name)
	}
	if err != nil {
		return of, err
	}
	of.revision = found.Revision
	_, err = found.With(of.parameters)
	return of, err
}
