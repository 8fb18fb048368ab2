package shape

import (
	"encoding/json"
	"errors"
	"fmt"
)

// What a shape without these keys has in their place.
const (
	bareTitle   = "API of the app"
	bareRefusal = `{"error":${message},"rule":${rule},"what":${what},"remedy":${remedy}${more}}`
)

// LoadBare reads a shape that a declaration carries inline, or that the configuration of a sidecar carries. Such a shape has no name of its
// own, and needs neither evidence nor examples; title, revision and refusal have defaults. Apart from that LoadBare is as strict as Load.
// The error may be several lines.
func LoadBare(name string, document []byte) (*Shape, error) {
	s, err := decode(document)
	if err != nil {
		return nil, err
	}
	if s.Name != "" {
		return nil, errors.New("shape: the document has a name. Remove it: the name does not stand in the document")
	}
	s.Name, s.isBare = name, true
	if s.Title == "" {
		s.Title = bareTitle
	}
	if s.Revision == 0 {
		s.Revision = 1
	}
	if s.Refusal.Body == "" {
		s.Refusal.Body = bareRefusal
	}
	if len(s.Refusal.Stream) == 0 && !s.Stream.isEmpty() {
		s.Refusal.Stream = []string{s.Refusal.Body}
	}
	err = s.expand(s.Parameters).check()
	s.isChecked = err == nil
	return s, err
}

// Strip returns the document of a shape as canonical JSON, without what is for people, declarations and tests: evidence, limits, side and
// examples. LoadBare reads the result. The document is JSON.
func Strip(document []byte) ([]byte, error) {
	var keys map[string]any
	if err := json.Unmarshal(document, &keys); err != nil {
		return nil, fmt.Errorf("read shape: %w", err)
	}
	for _, key := range []string{"evidence", "limits", "side", "examples"} {
		delete(keys, key)
	}
	return json.Marshal(keys)
}
