package law

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Contradiction is a list of statements of a declaration that cannot all be true.
type Contradiction struct {
	// All are the statements. A finding is about the field of the first.
	All []Statement `json:"all"`
	// Why says as a sentence without a full stop why they contradict each other.
	Why string `json:"why"`
	// Remedy says in a sentence what to do; empty if there is no more to say than to look at the fields.
	Remedy string `json:"remedy"`
	// Doubtful is true if a firm can truthfully make all of the statements, although hardly any does.
	Doubtful bool `json:"doubtful"`
	// Unknown is a fact (Data.Facts.Fields) that these statements leave open, although the declaration states it; empty for none.
	Unknown string `json:"unknown"`
}

// Statement says something about a field of a declaration, with one of the members Is to Stated.
type Statement struct {
	// Field is the path of the field below spec. With Fact, it is for people only.
	Field string `json:"field"`
	// Fact is a fact whose values are looked at in place of those of the field.
	Fact string `json:"fact"`
	// Is holds if the field has one of these values.
	Is []any `json:"is"`
	// Has holds if the field is a list with one of these words, and Only if it is a list of these words only, and not empty.
	Has  []string `json:"has"`
	Only []string `json:"only"`
	// Lacks holds if the field is a list with none of these words.
	Lacks []string `json:"lacks"`
	// AtLeast and Below hold for numbers of at least, and below, this one, and AnyAtLeast for an object with such a number.
	AtLeast    json.Number `json:"atLeast"`
	AnyAtLeast json.Number `json:"anyAtLeast"`
	Below      json.Number `json:"below"`
	// EveryThreshold holds if the number of Fact reaches each threshold that a point of the law has for it.
	EveryThreshold bool `json:"everyThreshold"`
	// Stated holds if the field is stated, or not. An empty text or list states nothing.
	Stated *bool `json:"stated"`
}

// checkContradictions checks that each contradiction has statements, each with one test, and says why. Facts must exist.
func (f *faults) checkContradictions(data *Data) {
	for i, contradiction := range data.Contradictions.Contradictions {
		f.place = fmt.Sprintf("contradictions[%d]", i)
		if contradiction.Why == "" || len(contradiction.All) < 2 {
			f.add("why must not be empty, and all must have two statements")
		}
		f.checkFact("unknown", contradiction.Unknown, data)
		if !hasTrigger(contradiction.All) {
			f.add("no statement is about what a field states, so that nothing would look at the others")
		}
		for j := range contradiction.All {
			f.checkStatement(&contradiction.All[j], contradiction.Unknown != "", data)
		}
	}
}

// hasTrigger tells whether the engine can find a contradiction by what a field states: by one of its words or values, or else by the first
// statement about a field.
func hasTrigger(all []Statement) bool {
	for i := range all {
		if s := &all[i]; s.Fact == "" && len(s.Is)+len(s.Has)+len(s.Only) > 0 {
			return true
		}
	}
	first := slices.IndexFunc(all, func(s Statement) bool { return s.Fact == "" })
	return first >= 0 && (all[first].Stated == nil || *all[first].Stated)
}

// checkStatement checks one statement. The facts are derived only once it is known what a contradiction leaves open, so a contradiction that
// leaves something open cannot read a fact.
func (f *faults) checkStatement(s *Statement, isOpen bool, data *Data) {
	tests := 0
	for _, isSet := range []bool{
		len(s.Is) > 0, len(s.Has) > 0, len(s.Only) > 0, len(s.Lacks) > 0, s.AtLeast != "", s.AnyAtLeast != "", s.Below != "", s.EveryThreshold, s.Stated != nil,
	} {
		if isSet {
			tests++
		}
	}
	if s.Field == "" || tests != 1 {
		f.add("a statement needs a field and one test, has %d for %q", tests, s.Field)
	}
	f.checkFact("fact", s.Fact, data)
	if s.Fact != "" && isOpen {
		f.add("fact: a contradiction with `unknown` can read fields only")
	}
	if s.EveryThreshold && s.Fact == "" {
		f.add("everyThreshold needs a fact")
	}
}

// checkFact checks that a member names a fact, or nothing.
func (f *faults) checkFact(member, fact string, data *Data) {
	if _, exists := data.Facts.Fields[fact]; !exists && fact != "" {
		f.add("%s: %q is not a fact", member, fact)
	}
}
