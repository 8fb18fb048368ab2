package rego

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// fields maps each member that an object must or may have to what reads it. A member that is not listed is an error.
type fields map[string]func(*ast.Term) error

func decodeObject(value ast.Value, readers fields) error {
	object, ok := value.(ast.Object)
	if !ok {
		return fmt.Errorf("not an object")
	}
	return object.Iter(func(key, member *ast.Term) error {
		name, ok := key.Value.(ast.String)
		if !ok {
			return fmt.Errorf("a key is not a string")
		}
		read, ok := readers[string(name)]
		if !ok {
			return fmt.Errorf("unknown field %q", string(name))
		}
		if err := read(member); err != nil {
			return fmt.Errorf("%s: %w", string(name), err)
		}
		return nil
	})
}

func text[T ~string](into *T) func(*ast.Term) error {
	return func(term *ast.Term) error {
		s, ok := term.Value.(ast.String)
		if !ok {
			return fmt.Errorf("not a string")
		}
		*into = T(s)
		return nil
	}
}

func flag(into *bool) func(*ast.Term) error {
	return func(term *ast.Term) error {
		b, ok := term.Value.(ast.Boolean)
		if !ok {
			return fmt.Errorf("not a boolean")
		}
		*into = bool(b)
		return nil
	}
}

// anything reads a value as JSON has it; sets become sorted lists.
func anything(into *any) func(*ast.Term) error {
	return func(term *ast.Term) error {
		value, err := ast.JSON(term.Value)
		*into = value
		return err
	}
}

// list reads an array or a set, in its order.
func list[T any](into *[]T, read func(*ast.Term) (T, error)) func(*ast.Term) error {
	return func(term *ast.Term) error {
		collection, ok := term.Value.(interface {
			Len() int
			Foreach(func(*ast.Term))
		})
		if !ok {
			return fmt.Errorf("not a list")
		}
		*into = make([]T, 0, collection.Len())
		var failed error
		collection.Foreach(func(member *ast.Term) {
			item, err := read(member)
			failed = cmp.Or(failed, err)
			*into = append(*into, item)
		})
		return failed
	}
}

func decodeVerdict(value ast.Value) (policy.Verdict, error) {
	var v policy.Verdict
	err := decodeObject(value, fields{
		"outcome":        text(&v.Outcome),
		"compliant":      flag(&v.Compliant),
		"nextEvaluation": text(&v.NextEvaluation),
		"findings":       list(&v.Findings, decodeFinding),
		"obligations":    list(&v.Obligations, decodeObligation),
	})
	if err != nil {
		return policy.Verdict{}, err
	}
	if !slices.Contains([]policy.Outcome{policy.OutcomeAllow, policy.OutcomeWarn, policy.OutcomeDeny}, v.Outcome) {
		return policy.Verdict{}, fmt.Errorf("outcome %q is none of the policy's", v.Outcome)
	}
	policy.SortFindings(v.Findings)
	return v, nil
}

func decodeFinding(term *ast.Term) (policy.Finding, error) {
	var f policy.Finding
	err := decodeObject(term.Value, fields{
		"rule":      text(&f.Rule),
		"dimension": text(&f.Dimension),
		"action":    text(&f.Action),
		"field":     text(&f.Field),
		"found":     anything(&f.Found),
		"required":  anything(&f.Required),
		"remedy":    text(&f.Remedy),
		"party":     text(&f.Party),
		"sources":   sources(&f.Sources),
	})
	if err == nil && (f.Rule == "" || f.Action == "" || f.Remedy == "") {
		err = fmt.Errorf("finding %q without rule, action or remedy", f.Rule)
	}
	return f, err
}

func decodeObligation(term *ast.Term) (policy.Obligation, error) {
	var o policy.Obligation
	err := decodeObject(term.Value, fields{
		"kind":      text(&o.Kind),
		"dimension": text(&o.Dimension),
		"value":     anything(&o.Value),
		"sources":   sources(&o.Sources),
	})
	return o, err
}

func sources(into *[]policy.Source) func(*ast.Term) error {
	read := list(into, decodeSource)
	return func(term *ast.Term) error {
		if err := read(term); err != nil {
			return err
		}
		slices.SortFunc(*into, compareSources)
		return nil
	}
}

func compareSources(a, b policy.Source) int {
	return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Act, b.Act), cmp.Compare(a.Article, b.Article),
		cmp.Compare(a.From, b.From), cmp.Compare(a.Confidence, b.Confidence), cmp.Compare(a.URL, b.URL))
}

func decodeSource(term *ast.Term) (policy.Source, error) {
	var s policy.Source
	err := decodeObject(term.Value, fields{
		"code":       text(&s.Code),
		"act":        text(&s.Act),
		"article":    text(&s.Article),
		"from":       text(&s.From),
		"confidence": text(&s.Confidence),
		"url":        text(&s.URL),
	})
	return s, err
}

// decodeRequirement reads what a verdict shows of the merged law; the rest of the document is for the rules only.
func decodeRequirement(value ast.Value) ([]policy.Requirement, []policy.Obligation, error) {
	var requirements []policy.Requirement
	var obligations []policy.Obligation
	err := decodeObject(value, fields{
		"dimensions":     dimensions(&requirements),
		"obligations":    list(&obligations, decodeDuty),
		"nextEvaluation": ignored,
	})
	return requirements, sortedObligations(obligations, nil), err
}

func ignored(*ast.Term) error { return nil }

func dimensions(into *[]policy.Requirement) func(*ast.Term) error {
	return func(term *ast.Term) error {
		object, ok := term.Value.(ast.Object)
		if !ok {
			return fmt.Errorf("not an object")
		}
		err := object.Iter(func(name, merged *ast.Term) error {
			r, err := decodeMerged(merged)
			*into = append(*into, r)
			return cmp.Or(err, text(&(*into)[len(*into)-1].Dimension)(name))
		})
		slices.SortFunc(*into, func(a, b policy.Requirement) int { return cmp.Compare(a.Dimension, b.Dimension) })
		return err
	}
}

// decodeMerged reads one merged dimension. Points that apply without setting the value are overridden.
func decodeMerged(merged *ast.Term) (policy.Requirement, error) {
	var r policy.Requirement
	points, setting := ast.NewSet(), ast.NewSet()
	err := decodeObject(merged.Value, fields{
		"value": anything(&r.Value), "joined": ignored, "binding": ignored, "points": set(&points), "setting": set(&setting),
	})
	if err != nil {
		return r, err
	}
	if err := sourcesOf(&r.Sources)(ast.NewTerm(setting)); err != nil {
		return r, err
	}
	return r, sourcesOf(&r.Overridden)(ast.NewTerm(points.Diff(setting)))
}

func set(into *ast.Set) func(*ast.Term) error {
	return func(term *ast.Term) error {
		s, ok := term.Value.(ast.Set)
		if !ok {
			return fmt.Errorf("not a set")
		}
		*into = s
		return nil
	}
}

// decodeDuty reads an obligation whose sources are those of points.
func decodeDuty(term *ast.Term) (policy.Obligation, error) {
	var o policy.Obligation
	err := decodeObject(term.Value, fields{
		"kind":      text(&o.Kind),
		"dimension": text(&o.Dimension),
		"value":     anything(&o.Value),
		"setting":   sourcesOf(&o.Sources),
	})
	return o, err
}

// sourcesOf reads the distinct sources of points.
func sourcesOf(into *[]policy.Source) func(*ast.Term) error {
	return func(term *ast.Term) error {
		var found []policy.Source
		read := list(&found, func(point *ast.Term) (policy.Source, error) {
			if object, ok := point.Value.(ast.Object); ok {
				if source := object.Get(ast.InternedTerm("source")); source != nil {
					return decodeSource(source)
				}
			}
			return policy.Source{}, fmt.Errorf("a point has no source")
		})
		err := read(term)
		slices.SortFunc(found, compareSources)
		*into = slices.Compact(found)
		return err
	}
}

// sortedObligations returns both lists as one, by kind, then dimension.
func sortedObligations(a, b []policy.Obligation) []policy.Obligation {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(a, b policy.Obligation) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Dimension, b.Dimension))
	})
	return all
}
