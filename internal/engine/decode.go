package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// members maps the name of each member that an object may have to what reads it. A member that is not listed is an error, so
// that what the policy says and what Go understands cannot drift apart.
type members[T any] map[string]func(*T, *ast.Term) error

func (m members[T]) decode(into *T, term *ast.Term) error {
	object, ok := term.Value.(ast.Object)
	if !ok {
		return fmt.Errorf("not an object")
	}
	return object.Iter(func(key, member *ast.Term) error {
		name, ok := key.Value.(ast.String)
		if !ok {
			return fmt.Errorf("a key is not a string")
		}
		read, ok := m[string(name)]
		if !ok {
			return fmt.Errorf("unknown field %q", string(name))
		}
		if err := read(into, member); err != nil {
			return fmt.Errorf("%s: %w", string(name), err)
		}
		return nil
	})
}

func text[S ~string](into *S, term *ast.Term) error {
	s, ok := term.Value.(ast.String)
	if !ok {
		return fmt.Errorf("not a string")
	}
	*into = S(s)
	return nil
}

// anything reads a value as JSON has it; sets become sorted lists.
func anything(into *any, term *ast.Term) error {
	value, err := ast.JSON(term.Value)
	*into = value
	return err
}

// textMap reads an object of texts.
func textMap(into *map[string]string, term *ast.Term) error {
	object, ok := term.Value.(ast.Object)
	if !ok {
		return fmt.Errorf("not an object")
	}
	*into = make(map[string]string, object.Len())
	return object.Iter(func(key, member *ast.Term) error {
		var name, value string
		err := cmp.Or(text(&name, key), text(&value, member))
		(*into)[name] = value
		return err
	})
}

// wordsAt returns the sorted strings of the set at a key of an object.
func wordsAt(value ast.Value, key string) ([]string, error) {
	found, err := value.Find(ast.Ref{ast.InternedTerm(key)})
	if err != nil {
		return nil, err
	}
	var member ast.Set
	if err := set(&member, ast.NewTerm(found)); err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	words := make([]string, member.Len())
	for i, term := range member.Slice() {
		if err := text(&words[i], term); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return words, nil
}

// list reads an array or a set, in its order.
func list[T any](into *[]T, term *ast.Term, readers members[T]) error {
	collection, ok := term.Value.(interface {
		Len() int
		Iter(func(*ast.Term) error) error
	})
	if !ok {
		return fmt.Errorf("not a list")
	}
	*into = make([]T, 0, collection.Len())
	return collection.Iter(func(member *ast.Term) error {
		var item T
		if err := readers.decode(&item, member); err != nil {
			return err
		}
		*into = append(*into, item)
		return nil
	})
}

var verdictMembers = members[policy.Verdict]{
	"outcome":        func(v *policy.Verdict, t *ast.Term) error { return text(&v.Outcome, t) },
	"nextEvaluation": func(v *policy.Verdict, t *ast.Term) error { return text(&v.NextEvaluation, t) },
	"findings":       func(v *policy.Verdict, t *ast.Term) error { return list(&v.Findings, t, findingMembers) },
	"obligations":    func(v *policy.Verdict, t *ast.Term) error { return decodeObligations(&v.Obligations, t) },
	"upcoming":       func(v *policy.Verdict, t *ast.Term) error { return list(&v.Upcoming, t, changeMembers) },
	"enforcement":    func(v *policy.Verdict, t *ast.Term) error { return text(&v.Terms.Enforcement, t) },
	"waivers":        func(v *policy.Verdict, t *ast.Term) error { return textMap(&v.Terms.Waivers, t) },
	"compliant": func(v *policy.Verdict, t *ast.Term) error {
		compliant, ok := t.Value.(ast.Boolean)
		if !ok {
			return fmt.Errorf("not a boolean")
		}
		v.Compliant = bool(compliant)
		return nil
	},
}

var findingMembers = members[policy.Finding]{
	"rule":      func(f *policy.Finding, t *ast.Term) error { return text(&f.Rule, t) },
	"dimension": func(f *policy.Finding, t *ast.Term) error { return text(&f.Dimension, t) },
	"action":    func(f *policy.Finding, t *ast.Term) error { return text(&f.Action, t) },
	"field":     func(f *policy.Finding, t *ast.Term) error { return text(&f.Field, t) },
	"found":     func(f *policy.Finding, t *ast.Term) error { return anything(&f.Found, t) },
	"required":  func(f *policy.Finding, t *ast.Term) error { return anything(&f.Required, t) },
	"remedy":    func(f *policy.Finding, t *ast.Term) error { return text(&f.Remedy, t) },
	"party":     func(f *policy.Finding, t *ast.Term) error { return text(&f.Party, t) },
	"sources":   func(f *policy.Finding, t *ast.Term) error { return sources(&f.Sources, t) },
	"waivedBy":  func(f *policy.Finding, t *ast.Term) error { return text(&f.WaivedBy, t) },
}

var changeMembers = members[policy.Change]{
	"date":    func(c *policy.Change, t *ast.Term) error { return text(&c.Date, t) },
	"kind":    func(c *policy.Change, t *ast.Term) error { return text(&c.Kind, t) },
	"rule":    func(c *policy.Change, t *ast.Term) error { return text(&c.Rule, t) },
	"subject": func(c *policy.Change, t *ast.Term) error { return text(&c.Subject, t) },
	"value":   func(c *policy.Change, t *ast.Term) error { return anything(&c.Value, t) },
	"sources": func(c *policy.Change, t *ast.Term) error { return sources(&c.Sources, t) },
}

// statedObligation is an obligation as the policy states it; its value is JSON.
type statedObligation struct {
	kind, dimension string
	value           []byte
	sources         []legal.Source
}

var obligationMembers = members[statedObligation]{
	"kind":      func(o *statedObligation, t *ast.Term) error { return text(&o.kind, t) },
	"dimension": func(o *statedObligation, t *ast.Term) error { return text(&o.dimension, t) },
	"value":     func(o *statedObligation, t *ast.Term) error { return encoded(&o.value, t) },
	"sources":   func(o *statedObligation, t *ast.Term) error { return sources(&o.sources, t) },
}

// decodeObligations reads a set of obligations. One that this build does not know, or of a value that is not of its type, is an
// error: nobody could say that it is met.
func decodeObligations(into *obligation.Set, term *ast.Term) error {
	var stated []statedObligation
	if err := list(&stated, term, obligationMembers); err != nil {
		return err
	}
	for _, o := range stated {
		if err := into.Add(o.kind, o.dimension, o.value, o.sources); err != nil {
			return err
		}
	}
	return nil
}

// encoded reads a value as compact JSON; sets become sorted lists.
func encoded(into *[]byte, term *ast.Term) error {
	value, err := ast.JSON(term.Value)
	if err != nil {
		return err
	}
	*into, err = json.Marshal(value)
	return err
}

var sourceMembers = members[legal.Source]{
	"code":       func(s *legal.Source, t *ast.Term) error { return text(&s.Code, t) },
	"act":        func(s *legal.Source, t *ast.Term) error { return text(&s.Act, t) },
	"article":    func(s *legal.Source, t *ast.Term) error { return text(&s.Article, t) },
	"from":       func(s *legal.Source, t *ast.Term) error { return text(&s.From, t) },
	"confidence": func(s *legal.Source, t *ast.Term) error { return text(&s.Confidence, t) },
	"url":        func(s *legal.Source, t *ast.Term) error { return text(&s.URL, t) },
	"readAt":     func(s *legal.Source, t *ast.Term) error { return text(&s.ReadAt, t) },
}

// decodeVerdict reads the result of every entrypoint that judges an object.
func decodeVerdict(value ast.Value) (policy.Verdict, error) {
	var v policy.Verdict
	if err := verdictMembers.decode(&v, ast.NewTerm(value)); err != nil {
		return policy.Verdict{}, err
	}
	if !slices.Contains([]policy.Outcome{policy.OutcomeAllow, policy.OutcomeWarn, policy.OutcomeDeny}, v.Outcome) {
		return policy.Verdict{}, fmt.Errorf("outcome %q is none of the policy's", v.Outcome)
	}
	for _, f := range v.Findings {
		if f.Rule == "" || f.Action == "" || f.Remedy == "" {
			return policy.Verdict{}, fmt.Errorf("finding %q without rule, action or remedy", f.Rule)
		}
	}
	policy.SortFindings(v.Findings)
	return v, nil
}

// sources reads the distinct sources of legal points, sorted. Of a point it needs the member `source` only.
func sources(into *[]legal.Source, term *ast.Term) error {
	points, ok := term.Value.(ast.Set)
	if !ok {
		return fmt.Errorf("not a set")
	}
	found := make([]legal.Source, 0, points.Len())
	err := points.Iter(func(point *ast.Term) error {
		object, ok := point.Value.(ast.Object)
		if !ok {
			return fmt.Errorf("a point is not an object")
		}
		source := object.Get(ast.InternedTerm("source"))
		if source == nil {
			return fmt.Errorf("a point has no source")
		}
		found = append(found, legal.Source{})
		return sourceMembers.decode(&found[len(found)-1], source)
	})
	slices.SortFunc(found, compareSources)
	*into = slices.Compact(found)
	return err
}

func compareSources(a, b legal.Source) int {
	return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Act, b.Act), cmp.Compare(a.Article, b.Article),
		cmp.Compare(a.From, b.From), cmp.Compare(a.Confidence, b.Confidence), cmp.Compare(a.URL, b.URL), cmp.Compare(a.ReadAt, b.ReadAt))
}

// sortedChanges returns both lists as one, by date, then rule, then subject.
func sortedChanges(a, b []policy.Change) []policy.Change {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(a, b policy.Change) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject, b.Subject))
	})
	return all
}
