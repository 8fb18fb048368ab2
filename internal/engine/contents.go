package engine

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Contents is what a bundle says, for documents about it and for tests over it. No decision reads it.
type Contents struct {
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
	// Frameworks maps a framework (`eu-ai-act`) to its parts that the topic is related to.
	Frameworks map[string][]string
}

// Resource is a text that a rule rests on.
type Resource struct {
	URL, Description string
}

// Rule is one thing that a finding can name.
type Rule struct {
	// ID is what findings name: a dimension, or topic and short name.
	ID string
	// Package is the key of the rule's topic in Contents.Topics.
	Package string
	// Title is empty for a dimension that no rule of its own judges; Description is what it is about then.
	Title, Description string
	// Action is what a finding does: deny, warn or audit. Party is who must act.
	Action, Party string
	// Remedy is what to do; empty for a dimension whose remedy is made from its type.
	Remedy     string
	Resources  []Resource
	Frameworks map[string][]string
	// Goals are the ids of the goals that the rule carries, sorted.
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
	// Checked is the day on which the data was last held against its sources (ISO date).
	Checked string
	Acts    int
	Points  []Point
}

// Point is one value of a dimension, and where it stands.
type Point struct {
	Dimension string
	Value     any
	// Act is the title; Status is in-force, adopted, proposed, guidance or case.
	Act, Status, Article string
	// URL is the official address of the act; ReadAt is where the value was read, when that is another page.
	URL, ReadAt string
	// From and Until are ISO dates, inclusive; empty means always.
	From, Until string
	// When are the conditions, all of which must hold.
	When map[string]any
	// Jurisdictions are those of which one must be served too; empty means any.
	Jurisdictions []string
	// Direct is true when the point applies only where this very code is declared.
	Direct bool
	// Confidence is sourced, recalled or default.
	Confidence, Note string
}

// Goal is one thing that Chaperone owes its users. What carries it is empty where nothing does.
type Goal struct {
	ID, Theme, Text            string
	Dimensions, Runtime        []string
	Workload, Evidence, Answer string
	// Later is what of the goal is open.
	Later string
}

// ReadContents reads what a bundle says. A bundle that does not validate or compile is an error.
func ReadContents(ctx context.Context, fsys fs.FS) (Contents, error) {
	b, err := readBundle(fsys)
	if err != nil {
		return Contents{}, err
	}
	data, err := validate(b.law)
	if err != nil {
		return Contents{}, fmt.Errorf("validate legal data: %w", err)
	}
	compiler, err := compile(b)
	if err != nil {
		return Contents{}, fmt.Errorf("compile: %w", err)
	}
	compared, err := comparedDimensions(ctx, compiler, b.law)
	if err != nil {
		return Contents{}, fmt.Errorf("list compared dimensions: %w", err)
	}
	c := Contents{Topics: topicsOf(compiler), Laws: append(lawsOf(data.Jurisdictions), lawsOf(data.Sectors)...), Goals: goalsOf(data.Goals)}
	c.Rules = c.rulesOf(compiler, &data, compared)
	return c, nil
}

// comparedDimensions are the dimensions for which the policy has a comparison, as itself says.
func comparedDimensions(ctx context.Context, compiler *ast.Compiler, law map[string]any) ([]string, error) {
	data, _, err := prepareData(ctx, compiler, law)
	if err != nil {
		return nil, err
	}
	query, err := prepare(ctx, compiler, data, "data.lib.compare.dimensions")
	if err != nil {
		return nil, err
	}
	result, err := query.run(ctx, ast.NewObject(), loadTimeout)
	if err != nil {
		return nil, err
	}
	var names any
	if err := anything(&names, ast.NewTerm(result)); err != nil {
		return nil, err
	}
	words, ok := wordList(names)
	if !ok {
		return nil, fmt.Errorf("not a list of names: %v", names)
	}
	return words, nil
}

func lawsOf(documents map[string]document) []Law {
	var laws []Law
	for _, code := range slices.Sorted(maps.Keys(documents)) {
		d := documents[code]
		law := Law{Code: code, Kind: d.Kind, Name: d.Name, Parent: d.Parent, Checked: d.Checked, Acts: len(d.Acts)}
		for i := range d.Points {
			law.Points = append(law.Points, pointOf(&d.Points[i], d.Acts))
		}
		laws = append(laws, law)
	}
	return laws
}

func pointOf(p *point, acts map[string]act) Point {
	a := acts[p.Act]
	return Point{
		Dimension: p.Dimension, Value: p.Value,
		Act: a.Title, Status: a.Status, Article: p.Article, URL: a.URL, ReadAt: readAt(p, a),
		From: p.From, Until: p.Until, When: p.When, Jurisdictions: p.Jurisdictions,
		Direct: p.Direct != nil && *p.Direct, Confidence: p.Confidence, Note: p.Note,
	}
}

// readAt returns where a value was read, when that is not the act's own address. A recalled value was not read in its act.
func readAt(p *point, a act) string {
	if p.ReadAt == "" && p.Confidence != "recalled" {
		return a.ReadAt
	}
	return p.ReadAt
}

func goalsOf(stated map[string]goal) []Goal {
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

// rulesOf are the rules with METADATA of their own, and the compared dimensions. A rule whose id is a dimension is both.
func (c *Contents) rulesOf(compiler *ast.Compiler, data *legalData, compared []string) []Rule {
	rules := map[string]*Rule{}
	for _, chain := range ruleChains(compiler) {
		rule := ruleOf(chain)
		rules[rule.ID] = &rule
	}
	for _, name := range compared {
		if rules[name] == nil {
			topic, _, _ := strings.Cut(name, ".")
			d := data.Dimensions.Dimensions[name]
			rules[name] = &Rule{
				ID: name, Package: topic, Description: d.About, Action: d.Action, Party: d.Party, Remedy: data.Remedies[name],
				Resources: c.Topics[topic].Resources, Frameworks: c.Topics[topic].Frameworks,
			}
		}
	}
	var sorted []Rule
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		rule := rules[id]
		if d, ok := data.Dimensions.Dimensions[id]; ok {
			rule.Dimension = dimensionOf(id, d)
			rule.Goals = append(rule.Goals, goalsWith(id, data.Goals)...)
		}
		slices.Sort(rule.Goals)
		rule.Goals = slices.Compact(rule.Goals)
		sorted = append(sorted, *rule)
	}
	return sorted
}

func dimensionOf(name string, d dimension) *Dimension {
	return &Dimension{
		Name: name, Type: d.Type, Field: d.Field, Carried: d.Carried, About: d.About, Unit: d.Unit,
		Allowed: slices.Concat(d.Levels, d.Values, d.Keys),
	}
}

func goalsWith(name string, goals map[string]goal) []string {
	var ids []string
	for id, g := range goals {
		if slices.Contains(g.Dimensions, name) {
			ids = append(ids, id)
		}
	}
	return ids
}
