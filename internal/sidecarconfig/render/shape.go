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

// use says which shape a port or processor has.
type use struct {
	// port is the name of the port; "" for a processor.
	port       string
	name       v1alpha1.ShapeName
	inline     *runtime.RawExtension
	parameters map[string]v1alpha1.ShapeParameter
}

// foundShape is the shape of a port or processor, as a configuration has it.
type foundShape struct {
	name     string
	revision int
	// document is nil for a preset.
	document   json.RawMessage
	parameters map[string]string
}

// findShape returns the shape of a port or processor; own are the ChatShapes that exist. It returns an error if there is no such shape, or
// if the sidecar could not execute it with the values of its parameters.
func findShape(u use, own shape.Documents) (foundShape, error) {
	of := foundShape{name: string(u.name), parameters: renderParameters(u.parameters)}
	if u.inline != nil {
		of.name = inlinePrefix + u.port
	}
	found, document, err := loadShape(u, own)
	if err == nil && document != nil {
		of.document, err = shape.Strip(document)
	}
	if err != nil {
		return of, err
	}
	of.revision = found.Revision
	return of, found.CheckWith(of.parameters)
}

// loadShape returns the shape of a port or processor, and its document if it is no preset.
func loadShape(u use, own shape.Documents) (found *shape.Shape, document []byte, err error) {
	if u.inline != nil {
		found, err = shape.LoadBare(inlinePrefix+u.port, u.inline.Raw)
		return found, u.inline.Raw, err
	}
	found, document, err = own.Find(string(u.name))
	if err == nil && found == nil {
		err = fmt.Errorf("there is no shape %q", u.name)
	}
	return found, document, err
}
