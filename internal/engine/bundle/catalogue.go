package bundle

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

// Catalogue lists the contents of a bundle, for documents and tests. No decision reads it.
type Catalogue struct {
	// Rules are sorted by their ids.
	Rules []Rule
	// Topics describe the packages below `governance`, by their names below it (`retention`, `workload.isolation`).
	Topics map[string]Topic
	// Laws are the jurisdictions, then the sectors, each sorted by code.
	Laws []Law
	// Goals are sorted by id.
	Goals []Goal
}

// Topic is what one package of rules is about.
type Topic struct {
	Title, Description string
	Resources          []Resource
	// Frameworks maps a framework (`eu-ai-act`) to the parts of it that the topic relates to.
	Frameworks map[string][]string
}

// Resource is a text that a rule is based on.
type Resource = opa.Resource

// Rule is one thing that a finding can name.
type Rule struct {
	// ID is what findings name: a dimension, or topic and short name.
	ID string
	// Package is the key of the rule's topic in Catalogue.Topics.
	Package string
	// Title is empty for a dimension without its own rule; Description then says what the dimension is about.
	Title, Description string
	// Action is what a finding does: deny, warn or audit. Party is who must act.
	Action, Party string
	// Remedy is what to do. It is empty for a dimension for which the policy derives the remedy from the dimension's type.
	Remedy     string
	Resources  []Resource
	Frameworks map[string][]string
	// Goals are the ids of the goals that the rule helps to achieve, sorted.
	Goals []string
	// Dimension is nil for a rule without one.
	Dimension *Dimension
}

// Dimension is one entry of the closed vocabulary of the law.
type Dimension struct {
	Name, Type, Field, Carried, About string
	// Unit is empty for types without numbers.
	Unit string
	// Allowed are the values, or levels (weakest first), or keys; empty when any word is allowed.
	Allowed []string
}

// Law is the legal data of one jurisdiction or sector.
type Law struct {
	Code, Kind, Name string
	// Parent is empty at the top.
	Parent string
	// Checked is the day of the last comparison of the data with its sources (ISO date).
	Checked string
	Acts    int
	Points  []Point
}

// Point is one value of a dimension and its source.
type Point struct {
	Dimension string
	Value     any
	// Act is the title of the act; Status is in-force, adopted, proposed, guidance or case.
	Act, Status, Article string
	// URL is the official address of the act; ReadAt is where the value was read, when that is another page.
	URL, ReadAt string
	// From and Until are ISO dates, inclusive; empty means always.
	From, Until string
	// When are the conditions, all of which must hold.
	When map[string]any
	// Jurisdictions restricts the point to chatbots that also serve one of these jurisdictions; empty means no restriction.
	Jurisdictions []string
	// Direct is true when the point applies only where the declaration names this code itself.
	Direct bool
	// Confidence is sourced, recalled or default.
	Confidence, Note string
}

// Goal is one thing that Chaperone owes its users, and the parts of Chaperone that achieve it.
type Goal struct {
	ID, Theme, Text            string
	Dimensions, Runtime        []string
	Workload, Evidence, Answer string
	// Later is the part of the goal that is not achieved yet.
	Later string
}

// ReadCatalogue reads a bundle and lists what it says. A bundle that does not validate or compile is an error.
func ReadCatalogue(ctx context.Context, fsys fs.FS) (Catalogue, error) {
	b, err := Read(fsys)
	if err != nil {
		return Catalogue{}, err
	}
	compared, err := b.listComparedDimensions(ctx)
	if err != nil {
		return Catalogue{}, fmt.Errorf("list compared dimensions: %w", err)
	}
	c := Catalogue{
		Topics: newTopics(b.Policy),
		Laws:   append(newLaws(b.Law.Jurisdictions), newLaws(b.Law.Sectors)...),
		Goals:  newGoals(b.Law.Goals),
	}
	c.addRules(b, compared)
	return c, nil
}

// listComparedDimensions asks the policy which dimensions it compares with declared values.
func (b *Bundle) listComparedDimensions(ctx context.Context) ([]string, error) {
	prepared, err := b.Prepare(ctx, b.documents)
	if err != nil {
		return nil, err
	}
	query, err := b.Policy.Prepare(ctx, prepared.Data, "data.lib.compare.dimensions")
	if err != nil {
		return nil, err
	}
	result, err := query.Evaluate(ctx, opa.Object{}.Term().Value, prepareTimeout)
	if err != nil {
		return nil, err
	}
	var names any
	if err := opa.DecodeJSON(&names, opa.NewTerm(result)); err != nil {
		return nil, err
	}
	words, ok := law.Words(names)
	if !ok {
		return nil, fmt.Errorf("not a list of names: %v", names)
	}
	return words, nil
}

func newLaws(documents map[string]law.Document) []Law {
	var laws []Law
	for _, code := range slices.Sorted(maps.Keys(documents)) {
		d := documents[code]
		made := Law{Code: code, Kind: d.Kind, Name: d.Name, Parent: d.Parent, Checked: d.Checked, Acts: len(d.Acts)}
		for i := range d.Points {
			made.Points = append(made.Points, newPoint(&d.Points[i], d.Acts))
		}
		laws = append(laws, made)
	}
	return laws
}

func newPoint(p *law.Point, acts map[string]law.Act) Point {
	a := acts[p.Act]
	return Point{
		Dimension: p.Dimension, Value: p.Value,
		Act: a.Title, Status: a.Status, Article: p.Article, URL: a.URL, ReadAt: readAt(p, a),
		From: p.From, Until: p.Until, When: p.When, Jurisdictions: p.Jurisdictions,
		Direct: p.Direct != nil && *p.Direct, Confidence: p.Confidence, Note: p.Note,
	}
}

// readAt returns the address where a value was read if it is not the address of the act. A recalled value was not read in its act.
func readAt(p *law.Point, a law.Act) string {
	if p.ReadAt == "" && p.Confidence != "recalled" {
		return a.ReadAt
	}
	return p.ReadAt
}

// newGoals returns the goals, sorted by id.
func newGoals(stated map[string]law.Goal) []Goal {
	var goals []Goal
	for _, id := range slices.Sorted(maps.Keys(stated)) {
		g := stated[id]
		goals = append(goals, Goal{
			ID: id, Theme: g.Theme, Text: g.Goal, Dimensions: g.Dimensions, Runtime: g.Runtime,
			Workload: g.Workload, Evidence: g.Evidence, Answer: g.Answer, Later: g.Later,
		})
	}
	return goals
}

// addRules adds the rules with METADATA of their own, and the compared dimensions. A rule whose id is a dimension is both.
func (c *Catalogue) addRules(b *Bundle, compared []string) {
	rules := map[string]*Rule{}
	for _, chain := range ruleChains(b.Policy) {
		rule := newRule(chain)
		rules[rule.ID] = &rule
	}
	for _, name := range compared {
		if rules[name] == nil {
			topic, _, _ := strings.Cut(name, ".")
			d := b.Law.Dimensions.Dimensions[name]
			rules[name] = &Rule{
				ID: name, Package: topic, Description: d.About, Action: d.Action, Party: d.Party, Remedy: b.Law.Remedies[name],
				Resources: c.Topics[topic].Resources, Frameworks: c.Topics[topic].Frameworks,
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		rule := rules[id]
		if d, ok := b.Law.Dimensions.Dimensions[id]; ok {
			rule.Dimension = newDimension(id, d)
			rule.Goals = append(rule.Goals, findGoals(id, b.Law.Goals)...)
		}
		slices.Sort(rule.Goals)
		rule.Goals = slices.Compact(rule.Goals)
		c.Rules = append(c.Rules, *rule)
	}
}

func newDimension(name string, d law.Dimension) *Dimension {
	return &Dimension{
		Name: name, Type: d.Type, Field: d.Field, Carried: d.Carried, About: d.About, Unit: d.Unit,
		Allowed: slices.Concat(d.Levels, d.Values, d.Keys),
	}
}

// findGoals returns the ids of the goals that name a dimension.
func findGoals(dimension string, goals map[string]law.Goal) []string {
	var ids []string
	for id, g := range goals {
		if slices.Contains(g.Dimensions, dimension) {
			ids = append(ids, id)
		}
	}
	return ids
}
