package shape

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Documents are the documents of the shapes of an organisation, in JSON, by name.
type Documents map[string][]byte

// Find returns the shape with the name, and its document unless it is a preset; nil if there is none. A document comes before a preset of
// the same name: a preset that a new release brings must not change what a declaration means. The error says what is wrong with the
// document.
func (d Documents) Find(name string) (found *Shape, document []byte, err error) {
	if document, isOwn := d[name]; isOwn {
		found, err := LoadOwn(name, document)
		return found, document, err
	}
	found, err = FindPreset(name)
	return found, nil, err
}

// ListNames returns the names of all shapes, presets and documents, sorted.
func (d Documents) ListNames() ([]string, error) {
	presets, err := listPresetNames()
	if err != nil {
		return nil, err
	}
	names := slices.AppendSeq(presets, maps.Keys(d))
	slices.Sort(names)
	return slices.Compact(names), nil
}

// LoadOwn reads the document of a ChatShape with the name. It is as strict as LoadBare, and there must be an example.
func LoadOwn(name string, document []byte) (*Shape, error) {
	s, err := LoadBare(name, document)
	if err != nil {
		return nil, err
	}
	if !shapeName.MatchString(name) {
		return nil, fmt.Errorf("metadata.name: %q is not the name of a shape. Use up to 63 lower-case letters, digits and hyphens, a letter first", name)
	}
	if len(s.Examples) == 0 {
		return nil, errors.New("examples: there is none. Add a request or an answer, the texts in it, and what redaction makes of it")
	}
	return s, nil
}

// ReadPreset returns the document of a preset, in YAML with its comments. The error is one of fs.FS.
func ReadPreset(name string) ([]byte, error) { return presets.ReadFile("presets/" + name + ".yaml") }
