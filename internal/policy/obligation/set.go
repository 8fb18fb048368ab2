package obligation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// Entry is one thing that the law requires of a kind of obligation, without its Go type. Status and reports show entries.
type Entry struct {
	// Kind is the kind of the obligation, for example `disclose` (see ListKinds).
	Kind string
	// Dimension is the name of the dimension in the legal data; empty for the kind `suspend`.
	Dimension string
	// Value is the merged value as compact JSON.
	Value json.RawMessage
	// Sources are the laws that set the value, sorted.
	Sources []legal.Source
}

// ListKinds returns the names of all kinds of obligations, sorted.
func ListKinds() []string {
	// layout is sorted by kind, so that Compact removes all duplicates.
	var kinds []string
	for _, p := range layout {
		kinds = append(kinds, p.kind)
	}
	return slices.Compact(kinds)
}

// Add makes a dimension of a kind required, with its value as compact JSON. Add returns an error and changes nothing if the kind or the
// dimension does not exist, if the value does not have the type of the dimension, or if the dimension is already required.
func (s *Set) Add(kind, dimension string, value json.RawMessage, sources []legal.Source) error {
	i, found := slices.BinarySearchFunc(layout, setField{kind: kind, dimension: dimension}, compareFields)
	if !found {
		return explainNotFound(kind, dimension)
	}
	field := s.getField(layout[i])
	if field.isRequired() {
		return fmt.Errorf("obligation %q of dimension %q is stated twice", kind, dimension)
	}
	if err := field.decode(value, sources); err != nil {
		return fmt.Errorf("obligation %q of dimension %q: %w", kind, dimension, err)
	}
	return nil
}

// IsExecuted reports whether this version of Chaperone carries out a dimension of a kind. It returns false if the kind or the dimension
// does not exist.
func IsExecuted(kind, dimension string) bool {
	i, found := slices.BinarySearchFunc(layout, setField{kind: kind, dimension: dimension}, compareFields)
	return found && new(Set).getField(layout[i]).isExecuted()
}

// ListExecutedLevels returns the levels of a dimension that this version carries out, if it carries out some of them and not all.
func ListExecutedLevels(kind, dimension string) []string {
	i, found := slices.BinarySearchFunc(layout, setField{kind: kind, dimension: dimension}, compareFields)
	if !found {
		return nil
	}
	return layout[i].executed
}

// explainNotFound returns the error for a kind that does not exist, or that does not have the dimension.
func explainNotFound(kind, dimension string) error {
	if kinds := ListKinds(); !slices.Contains(kinds, kind) {
		return fmt.Errorf("obligation %q is not known: use one of %s", kind, strings.Join(kinds, ", "))
	}
	return fmt.Errorf("obligation %q has no dimension %q", kind, dimension)
}

// AddAll adds every entry of another set. It returns an error if both sets have an entry for the same kind and dimension; entries before
// that one are added.
func (s *Set) AddAll(other *Set) error {
	for _, e := range other.Entries() {
		if err := s.Add(e.Kind, e.Dimension, e.Value, e.Sources); err != nil {
			return err
		}
	}
	return nil
}

// Entries returns an entry for every required dimension, sorted by kind, then dimension; none for a nil Set.
func (s *Set) Entries() []Entry {
	if s == nil {
		return nil
	}
	var entries []Entry
	for _, p := range layout {
		if field := s.getField(p); field.isRequired() {
			entries = append(entries, Entry{Kind: p.kind, Dimension: p.dimension, Value: field.encode(), Sources: field.sources()})
		}
	}
	return entries
}

// ListUnexecuted returns the names of the required dimensions that Chaperone does not carry out, sorted: this version cannot, or the
// declared consent leaves them to the app. The team that runs the chatbot must carry them out. A nil Set has none.
func (s *Set) ListUnexecuted(declared *v1alpha1.Consent) []string {
	if s == nil {
		return nil
	}
	var dimensions []string
	for _, p := range layout {
		if field := s.getField(p); field.isRequired() && !p.isExecuted(field) {
			dimensions = append(dimensions, p.dimension)
		}
	}
	if s.Consent.Recording.Value == RecordingOptIn && !s.SidecarAsks(declared) {
		dimensions = append(dimensions, RecordingDimension)
	}
	slices.Sort(dimensions)
	return slices.Compact(dimensions) // Several kinds can have the same dimension.
}
