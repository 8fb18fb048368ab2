package bundle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

// Catalogue lists the rules, the law and the goals of a bundle, for documentation and tests. No decision reads it.
type Catalogue struct {
	// Rules are sorted by ID.
	Rules []Rule
	// Topics maps the name of a package without the prefix `governance.` (`retention`, `workload.isolation`) to its description.
	Topics map[string]Topic
	// Laws are the jurisdictions, then the sectors, each sorted by code.
	Laws []Law
	// Goals are sorted by ID.
	Goals []Goal
	// Dimensions are all dimensions, also those about which there is no rule, sorted by name.
	Dimensions []Dimension
	// Roles maps each word for a role to who has the role.
	Roles map[string]law.Role
}

// Topic describes a package of rules.
type Topic struct {
	Title, Description string
	Resources          []Resource
	// Frameworks maps a framework (`eu-ai-act`) to the parts of the framework to which the topic relates.
	Frameworks map[string][]string
}

// Resource is a law, standard or other text on which rules are based.
type Resource = opa.Resource

// Rule describes a rule of the policy, or a dimension in which the policy compares what a declaration states with what the law requires.
type Rule struct {
	// ID is the ID that findings name: the name of a dimension, or `<topic>.<short_name>`. The topic in an ID is only the first part of the
	// name of the package: a rule of the package `workload.isolation` has an ID that begins with `workload.`.
	ID string
	// Package is the key of the rule's topic in Catalogue.Topics.
	Package string
	// Title is empty for a dimension without its own rule. Description then describes the dimension.
	Title, Description string
	// Group is effect or hygiene (policy.Group); empty for a rule about declarations.
	Group string
	// Action is what a finding does: deny, warn or audit. Party is who must act.
	Action, Party string
	// CannotBeWaived is true if no exception may name the rule. CannotBeWeakened is true if the rule always denies: neither the enforcement
	// nor a GovernancePolicy makes its action weaker.
	CannotBeWaived, CannotBeWeakened bool
	// Remedy is what to do about a finding, without values of one. It is empty for a dimension whose remedy the policy writes for each
	// finding, with the required value (`State at most 10 days`).
	Remedy     string
	Resources  []Resource
	Frameworks map[string][]string
	// Goals are the IDs of the goals that the rule helps to achieve, sorted.
	Goals []string
	// Dimension is nil if the ID is not the name of a dimension.
	Dimension *Dimension
	// Fields are the fields of a declaration that findings of the rule name (`spec.processors[].country`), sorted. They do not have fields that a
	// rule finds only when it is evaluated, such as any field with a country.
	Fields []string
}

// Dimension describes one dimension of the legal data.
type Dimension struct {
	// law.Dimension explains these fields.
	Name, Type, Field, CarriedBy, About string
	// Unit is empty for types without numbers.
	Unit string
	// Allowed are the words that a value may have. Depending on Type, they are values, levels (the weakest first) or keys of a map. Empty
	// means any word.
	Allowed []string
}

// Law is the legal data of one jurisdiction or sector.
type Law struct {
	Code, Kind, Name string
	// Parent is the code whose law applies too; empty if there is none.
	Parent string
	// Checked is the day of the last comparison of the data with its sources (ISO date).
	Checked string
	// ActCount is the number of acts.
	ActCount int
	Points   []Point
}

// Point is one value of a dimension and its source.
type Point struct {
	Dimension string
	Value     any
	// Act is the title of the act; Status is in-force, adopted, proposed, guidance or case. legal.Source explains Force.
	Act, Status, Force, Article string
	// URL is the official address of the act. ReadAt is the address where the value was read; empty if it is URL, or if the value was recalled
	// and not read.
	URL, ReadAt string
	// From and Until are ISO dates, inclusive; empty means no limit.
	From, Until string
	// The point applies only if all conditions in When hold.
	When map[string]any
	// Jurisdictions restricts the point to chatbots that also serve one of these jurisdictions; empty means no restriction.
	Jurisdictions []string
	// Direct is true for a point that applies only if the declaration names the code itself, not only a code that has it as a parent.
	Direct bool
	// Confidence is sourced, recalled or default.
	Confidence, Note string
}

// Goal is one thing that Chaperone owes its users, and the parts of Chaperone that achieve it.
type Goal struct {
	ID string
	law.Goal
}

// ReadCatalogue reads a bundle and lists its contents. The list of rules includes the compared dimensions: those in which the policy
// compares what a declaration states with what the law requires. ReadCatalogue returns an error if the bundle does not validate or compile.
func ReadCatalogue(ctx context.Context, fsys fs.FS) (Catalogue, error) {
	b, err := Read(fsys)
	if err != nil {
		return Catalogue{}, err
	}
	documents, err := b.Documents()
	if err != nil {
		return Catalogue{}, err
	}
	prepared, err := b.Prepare(ctx, documents)
	if err != nil {
		return Catalogue{}, err
	}
	var comparedDimensions []string // in which the policy compares what a declaration states with what the law requires
	var forces map[string]string
	err = errors.Join(
		b.askPolicy(ctx, prepared.Data, "data.lib.compare.dimensions", &comparedDimensions),
		b.askPolicy(ctx, prepared.Data, "data.lib.source.forces", &forces),
	)
	if err != nil {
		return Catalogue{}, err
	}
	c := Catalogue{
		Topics: newTopics(b.Policy),
		Laws:   append(newLaws(b.Law.Jurisdictions, forces), newLaws(b.Law.Sectors, forces)...),
		Goals:  newGoals(b.Law.Goals),
		Roles:  b.Law.Facts.Roles,
	}
	for _, name := range slices.Sorted(maps.Keys(b.Law.Dimensions.Dimensions)) {
		c.Dimensions = append(c.Dimensions, *newDimension(name, b.Law.Dimensions.Dimensions[name]))
	}
	c.addRules(b, comparedDimensions)
	return c, nil
}

// askPolicy decodes the value of a Rego rule that reads the prepared law but no input.
func (b *Bundle) askPolicy(ctx context.Context, prepared opa.Value, rule string, target any) error {
	query, err := b.Policy.Prepare(ctx, prepared, rule)
	if err != nil {
		return err
	}
	noInput := opa.Object{}.Term().Value
	result, err := query.Evaluate(ctx, noInput, prepareTimeout)
	if err != nil {
		return err
	}
	var value any
	if err := opa.DecodeJSON(&value, opa.NewTerm(result)); err != nil {
		return err
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(encoded, target); err != nil {
		return fmt.Errorf("%s: %w", rule, err)
	}
	return nil
}

// newLaws returns the law of each code, sorted by code. The forces are those of the points by their IDs.
func newLaws(documents map[string]law.Document, forces map[string]string) []Law {
	var laws []Law
	for _, code := range slices.Sorted(maps.Keys(documents)) {
		d := documents[code]
		made := Law{Code: code, Kind: d.Kind, Name: d.Name, Parent: d.Parent, Checked: d.Checked, ActCount: len(d.Acts)}
		for i := range d.Points {
			point := newPoint(&d.Points[i], d.Acts)
			point.Force = forces[fmt.Sprintf("%s/%03d", code, i)] // The ID that the policy gives it (lib.law).
			made.Points = append(made.Points, point)
		}
		laws = append(laws, made)
	}
	return laws
}

// newPoint returns a point with the act that it cites. The acts are those of the same document.
func newPoint(p *law.Point, acts map[string]law.Act) Point {
	act := acts[p.Act]
	return Point{
		Dimension: p.Dimension, Value: p.Value,
		Act: act.Title, Status: act.Status, Article: p.Article, URL: act.URL, ReadAt: findReadAt(p, act),
		From: p.From, Until: p.Until, When: p.When, Jurisdictions: p.Jurisdictions,
		Direct: p.Direct != nil && *p.Direct, Confidence: p.Confidence, Note: p.Note,
	}
}

// findReadAt returns the address where a value was read, or "" if it was read at the official address of its act. A recalled value was not
// read in the act, so the address where the act was read does not apply to it.
func findReadAt(p *law.Point, act law.Act) string {
	if p.ReadAt == "" && p.Confidence != "recalled" {
		return act.ReadAt
	}
	return p.ReadAt
}

// newGoals returns the goals as a list, sorted by ID.
func newGoals(byID map[string]law.Goal) []Goal {
	var goals []Goal
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		goals = append(goals, Goal{ID: id, Goal: byID[id]})
	}
	return goals
}

// addRules adds everything in the bundle that a finding can name as its rule, sorted by ID: the rules of the policy that have METADATA, and
// the compared dimensions (listComparedDimensions). A compared dimension and a rule with the same name are one entry.
func (c *Catalogue) addRules(b *Bundle, comparedDimensions []string) {
	// The rules with METADATA.
	rules := map[string]*Rule{}
	for _, chain := range listRuleChains(b.Policy) {
		rule := newRule(chain)
		if other := rules[rule.ID]; other != nil { // A rule that is written in several bodies.
			rule.Fields = append(rule.Fields, other.Fields...)
		}
		rules[rule.ID] = &rule
	}
	// The compared dimensions without a rule of their own. Their texts are those of the dimension and of its topic.
	for _, name := range comparedDimensions {
		if rules[name] == nil {
			topic, _, _ := strings.Cut(name, ".")
			d := b.Law.Dimensions.Dimensions[name]
			rules[name] = &Rule{
				ID: name, Package: topic, Description: d.About, Action: d.Action, Party: d.Party, Remedy: b.Law.Remedies[name],
				Resources: c.Topics[topic].Resources, Frameworks: c.Topics[topic].Frameworks,
			}
		}
	}
	// A rule with the name of a dimension has the goals of its METADATA and those of the dimension; Compact removes duplicates.
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		rule := rules[id]
		if d, ok := b.Law.Dimensions.Dimensions[id]; ok {
			rule.Dimension = newDimension(id, d)
			rule.Goals = append(rule.Goals, findGoals(id, b.Law.Goals)...)
			rule.Fields = append(rule.Fields, listFields(fieldPrefix+d.Field)...)
		}
		slices.Sort(rule.Fields)
		rule.Fields = slices.Compact(rule.Fields)
		slices.Sort(rule.Goals)
		rule.Goals = slices.Compact(rule.Goals)
		c.Rules = append(c.Rules, *rule)
	}
}

// newDimension describes a dimension of the law. Levels, values and keys belong to different types of dimensions, so at most one of these
// lists has words in the built-in legal data. Validation does not check this for values and keys.
func newDimension(name string, d law.Dimension) *Dimension {
	return &Dimension{
		Name: name, Type: d.Type, Field: d.Field, CarriedBy: d.CarriedBy, About: d.About, Unit: d.Unit,
		Allowed: slices.Concat(d.Levels, d.Values, d.Keys),
	}
}

// findGoals returns the IDs of the goals that name a dimension, in any order.
func findGoals(dimension string, goals map[string]law.Goal) []string {
	var ids []string
	for id, g := range goals {
		if slices.Contains(g.Dimensions, dimension) {
			ids = append(ids, id)
		}
	}
	return ids
}
