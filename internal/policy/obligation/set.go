package obligation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// Entry is one dimension of one kind, in the form that Chaperone shows to people.
type Entry struct {
	// Kind is one of ListKinds.
	Kind string
	// Dimension is its name in the vocabulary of the legal data; empty for suspend.
	Dimension string
	// Value is compact JSON.
	Value json.RawMessage
	// Sources set the value, sorted.
	Sources []legal.Source
}

// ListKinds returns every kind of obligation, sorted.
func ListKinds() []string {
	// layout is sorted by kind, so equal kinds are adjacent.
	var kinds []string
	for _, p := range layout {
		kinds = append(kinds, p.kind)
	}
	return slices.Compact(kinds)
}

// Add sets the dimension of a kind. The value is compact JSON. Add returns an error and changes nothing if there is no such kind or
// dimension, if the value does not have the type of the dimension, or if the set has the dimension already.
func (s *Set) Add(kind, dimension string, value json.RawMessage, sources []legal.Source) error {
	if kinds := ListKinds(); !slices.Contains(kinds, kind) {
		return fmt.Errorf("obligation %q is not known: use one of %s", kind, strings.Join(kinds, ", "))
	}
	i, found := slices.BinarySearchFunc(layout, place{kind: kind, dimension: dimension}, comparePlaces)
	if !found {
		return fmt.Errorf("obligation %q has no dimension %q", kind, dimension)
	}
	field := s.at(layout[i])
	if field.isRequired() {
		return fmt.Errorf("obligation %q of dimension %q is stated twice", kind, dimension)
	}
	if err := field.set(value, sources); err != nil {
		return fmt.Errorf("obligation %q of dimension %q: %w", kind, dimension, err)
	}
	return nil
}

// AddAll adds every entry of another set. It returns an error if both sets have an entry for the same kind and dimension.
func (s *Set) AddAll(other Set) error {
	for _, e := range other.Entries() {
		if err := s.Add(e.Kind, e.Dimension, e.Value, e.Sources); err != nil {
			return err
		}
	}
	return nil
}

// Entries returns what is required, sorted by kind, then dimension.
func (s Set) Entries() []Entry {
	var entries []Entry
	for _, p := range layout {
		if field := s.at(p); field.isRequired() {
			entries = append(entries, Entry{Kind: p.kind, Dimension: p.dimension, Value: field.encode(), Sources: field.sources()})
		}
	}
	return entries
}

// ListUnexecuted returns the required dimensions that this version does not carry out, sorted. The operator of the chatbot must carry them
// out.
func (s Set) ListUnexecuted() []string {
	var dimensions []string
	for _, p := range layout {
		if field := s.at(p); field.isRequired() && !field.isExecuted() {
			dimensions = append(dimensions, p.dimension)
		}
	}
	slices.Sort(dimensions)
	return slices.Compact(dimensions)
}
