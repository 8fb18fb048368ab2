package starter

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// maxWays bounds the rounds of FindWays: a change can bring up another finding that denies.
const maxWays = 40

// FindWays returns what makes the declaration of the input lawful, and judges each change and all of them together. The verdict is the one
// about the input.
func (s *Searcher) FindWays(ctx context.Context, in facts.DeclarationInput, verdict policy.Verdict) (report.Ways, error) {
	spec, err := decodeSpec(&in.Declaration.Spec)
	if err != nil {
		return report.Ways{}, err
	}
	known, err := s.ways()
	if err != nil {
		return report.Ways{}, err
	}
	finder := wayFinder{s, known}
	found := report.Ways{Outcome: verdict.Outcome}
	tried := map[string]bool{}
	for range maxWays {
		next := slices.IndexFunc(verdict.Findings, func(f policy.Finding) bool {
			return f.Action == policy.ActionDeny && !tried[f.Rule+" "+f.Field]
		})
		if next < 0 {
			break
		}
		finding := verdict.Findings[next]
		tried[finding.Rule+" "+finding.Field] = true
		way, changed := finder.findWay(ctx, in, spec, finding, count(verdict, policy.ActionDeny))
		found.Ways = append(found.Ways, way)
		if changed == nil {
			continue
		}
		spec = changed
		if verdict, err = s.judge(ctx, in, spec); err != nil {
			return report.Ways{}, err
		}
		found.Outcome = verdict.Outcome
	}
	return found, nil
}

// findWay returns the best change after which the finding does not deny and fewer findings do, with the changed specification; nil if no change
// helps. Of changes of the best rank, it is the one that leaves the fewest warnings, and of these the smallest.
func (s wayFinder) findWay(ctx context.Context, in facts.DeclarationInput, spec *yaml.Node, finding policy.Finding, denials int) (report.Way, *yaml.Node) {
	way := report.Way{Rule: finding.Rule, Field: finding.Field}
	var best *yaml.Node
	var chosen candidate
	for _, candidate := range s.listCandidates(spec, finding) {
		changed := cloneNode(spec)
		if !candidate.apply(changed) {
			continue
		}
		candidate.changes, candidate.isUsual = listChanges(spec, candidate), s.isUsual(spec, candidate)
		if best != nil && chosen.rulesOut(candidate) {
			continue
		}
		verdict, err := s.judge(ctx, in, changed)
		if err != nil || count(verdict, policy.ActionDeny) >= denials || denies(verdict, finding) {
			continue
		}
		candidate.warnings = count(verdict, policy.ActionWarn)
		if best == nil || candidate.compare(chosen) < 0 {
			best, chosen = changed, candidate
		}
	}
	way.Changes, way.Claim = chosen.changes, s.claim(chosen)
	return way, best
}

// rulesOut reports whether another candidate, of which it is unknown how many warnings it leaves, cannot be better.
func (c candidate) rulesOut(other candidate) bool {
	return other.rank > c.rank || c.warnings == 0 && other.compare(c) >= 0
}

// candidate is a change to try.
type candidate struct {
	answers []proposedAnswer
	// removed is a field to remove; "" for none.
	removed string
	rank    rank
	// changes are what the candidate changes of the specification for which it is listed, and warnings is the number of findings that then warn.
	changes  []report.FieldChange
	warnings int
	// isUsual says that all values are those of the examples.
	isUsual bool
}

// rank orders the kinds of changes: what the finding requires comes first, and a statement that is taken back last.
type rank int

const (
	requiredValue rank = iota
	factStated
	exampleValue
	fieldRemoved
)

// compare orders changes by rank, then by the warnings that they leave; those with the values of the examples come before others of these, then the
// smaller ones.
func (c candidate) compare(other candidate) int {
	return cmp.Or(
		cmp.Compare(c.rank, other.rank), cmp.Compare(c.warnings, other.warnings), cmp.Compare(c.oddity(), other.oddity()), cmp.Compare(c.size(), other.size()),
	)
}

// oddity is 0 for the values of the examples, and 1 for others.
func (c candidate) oddity() int {
	if c.isUsual {
		return 0
	}
	return 1
}

// listCandidates returns the changes that could help against a finding: what it requires, what the declaration leaves out when it states less,
// an undeclared fact that is stated, and an example.
func (s wayFinder) listCandidates(spec *yaml.Node, finding policy.Finding) []candidate {
	var all []candidate
	add := func(rank rank, proposals ...[]proposedAnswer) {
		for _, answers := range proposals {
			if len(answers) == 0 {
				continue
			}
			proposed := candidate{answers: answers, rank: rank}
			if s.claim(proposed) != "" {
				proposed.rank = max(rank, factStated)
			}
			all = append(all, proposed)
		}
	}
	field := strings.TrimPrefix(finding.Field, "spec.")
	add(requiredValue, s.proposeFewer(spec, field, finding.Required)...)
	add(requiredValue, s.proposeRequired(spec, finding)...)
	add(factStated, proposeForItems(spec, field))
	for _, measure := range s.known.Measures[field] {
		add(requiredValue, []proposedAnswer{{measure.Field, &yaml.Node{Kind: yaml.ScalarNode, Value: measure.Value}}})
	}
	add(exampleValue, s.proposeExample(spec, finding)...)
	for _, fact := range s.known.Facts {
		if value := findField(spec, fact.Field); value == nil || isBlank(value) {
			add(factStated, []proposedAnswer{{fact.Field, &yaml.Node{Kind: yaml.ScalarNode, Value: fact.Value}}})
		}
	}
	return append(all, candidate{removed: field, rank: fieldRemoved})
}

// proposeFewer returns the items of a declared list without those that a finding names, and only those that it names: a law can forbid some
// items, or allow no others.
func (s *Searcher) proposeFewer(spec *yaml.Node, field string, required any) [][]proposedAnswer {
	list := findField(spec, field)
	named, isList := required.([]any)
	if list == nil || list.Kind != yaml.SequenceNode || !isList {
		return nil
	}
	isNamed := func(item *yaml.Node) bool {
		return slices.ContainsFunc(named, func(word any) bool { return strings.EqualFold(fmt.Sprint(word), item.Value) })
	}
	without, only := cloneNode(list), cloneNode(list)
	without.Content = slices.DeleteFunc(without.Content, isNamed)
	only.Content = slices.DeleteFunc(only.Content, func(item *yaml.Node) bool { return !isNamed(item) })
	return [][]proposedAnswer{{{field, without}}, {{field, only}}}
}

// proposeForItems returns false for a flag of each item of a list (`processors[].trainsOnData`) that does not state it, or an empty list if there
// is no list.
func proposeForItems(spec *yaml.Node, field string) []proposedAnswer {
	list, flag, isOfItems := strings.Cut(field, "[].")
	items := findField(spec, list)
	switch {
	case isOfItems && items == nil:
		return []proposedAnswer{{list, &yaml.Node{Kind: yaml.SequenceNode}}}
	case !isOfItems || items.Kind != yaml.SequenceNode:
		return nil
	}
	var answers []proposedAnswer
	for i, item := range items.Content {
		if value := findField(item, flag); value == nil || isBlank(value) {
			answers = append(answers, proposedAnswer{
				fmt.Sprintf("%s[%d].%s", list, i, flag), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "false"},
			})
		}
	}
	return answers
}

// apply changes the specification. It returns false if it cannot be changed so.
func (c candidate) apply(spec *yaml.Node) bool {
	if c.removed != "" {
		return removeField(spec, c.removed)
	}
	for _, answer := range c.answers {
		if !canHave(spec, answer.field) {
			return false
		}
		*findOrAdd(spec, answer.field, answer.value.Kind) = *cloneNode(answer.value)
	}
	return true
}

// isUsual reports whether a candidate only sets values that the examples have.
func (s *Searcher) isUsual(spec *yaml.Node, c candidate) bool {
	for _, answer := range c.answers {
		example := s.findExample(spec, answer.field)
		if example == nil || example.Kind != answer.value.Kind || example.Value != answer.value.Value || len(leaveNew(answer.value, example)) > 0 {
			return false
		}
	}
	return true
}

// listChanges returns what a candidate changes of a specification.
func listChanges(spec *yaml.Node, c candidate) []report.FieldChange {
	if c.removed != "" {
		return []report.FieldChange{{Field: "spec." + c.removed}}
	}
	var changes []report.FieldChange
	for _, answer := range c.answers {
		change := report.FieldChange{Field: "spec." + answer.field, Value: formatInline(answer.value)}
		before := findField(spec, answer.field)
		switch {
		case answer.field == "assessments":
			change.Value, change.Assess = "", listNewTypes(answer.value, before)
		case before != nil && isWordList(before) && isWordList(answer.value):
			change.Add, change.Remove = leaveNew(answer.value, before), leaveNew(before, answer.value)
		}
		changes = append(changes, change)
	}
	return changes
}

// listNewTypes returns the types of the assessments of a list that another one, which may be nil, does not have with the same day.
func listNewTypes(list, before *yaml.Node) []string {
	have := map[string]bool{}
	if before != nil {
		for _, item := range before.Content {
			have[formatInline(item)] = true
		}
	}
	var types []string
	for _, item := range list.Content {
		if kind := findField(item, "type"); kind != nil && !have[formatInline(item)] {
			types = append(types, kind.Value)
		}
	}
	return types
}

func isWordList(n *yaml.Node) bool {
	return n.Kind == yaml.SequenceNode && !slices.ContainsFunc(n.Content, func(item *yaml.Node) bool { return item.Kind != yaml.ScalarNode })
}

// leaveNew returns the words of a list that another one does not have.
func leaveNew(list, other *yaml.Node) []string {
	var words []string
	for _, item := range list.Content {
		if !slices.ContainsFunc(other.Content, func(o *yaml.Node) bool { return o.Value == item.Value }) {
			words = append(words, item.Value)
		}
	}
	return words
}

// size says how much a change changes: the fields, then the items of lists, then the length of the values.
func (c candidate) size() int {
	size := 0
	for _, change := range c.changes {
		size += 10_000 + 500*(len(change.Add)+len(change.Remove)+len(change.Assess)) + min(len(change.Value), 400)
	}
	return size
}

// formatInline returns a value as YAML in one line.
func formatInline(value *yaml.Node) string {
	inline := cloneNode(value)
	setFlow(inline)
	text, err := yaml.Marshal(inline)
	if err != nil { // A node that was decoded can be encoded.
		return ""
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

func setFlow(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	if n.Kind != yaml.ScalarNode {
		n.Style = yaml.FlowStyle
	}
	for _, child := range n.Content {
		setFlow(child)
	}
}

// judge returns the verdict about the input with another specification, which the API server must accept too.
func (s *Searcher) judge(ctx context.Context, in facts.DeclarationInput, spec *yaml.Node) (policy.Verdict, error) {
	content, err := encodeDeclaration(spec)
	if err != nil {
		return policy.Verdict{}, err
	}
	if err := s.validate(ctx, content); err != nil {
		return policy.Verdict{}, err
	}
	declaration, err := decodeDeclaration(content)
	if err != nil {
		return policy.Verdict{}, err
	}
	declaration.ObjectMeta = in.Declaration.ObjectMeta
	in.Declaration = declaration
	return s.engine.Declaration(ctx, in), nil
}

// decodeSpec returns a specification as a YAML mapping.
func decodeSpec(spec *v1alpha1.ChatbotDeploymentSpec) (*yaml.Node, error) {
	content, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("encode spec: %w", err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, fmt.Errorf("read spec: %w", err)
	}
	return document.Content[0], nil
}

func count(v policy.Verdict, action policy.Action) int {
	n := 0
	for i := range v.Findings {
		if v.Findings[i].Action == action {
			n++
		}
	}
	return n
}

func denies(v policy.Verdict, finding policy.Finding) bool {
	return v.Outcome == policy.OutcomeUndecided || slices.ContainsFunc(v.Findings, func(f policy.Finding) bool {
		return f.Action == policy.ActionDeny && f.Rule == finding.Rule && f.Field == finding.Field
	})
}
