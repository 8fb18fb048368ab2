package starter

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Question is something that keeps a form from passing.
type Question struct {
	// Field is the path below spec of the field to set, such as `processors[0].country`.
	Field string
	// Item is the name of the item of a list that the field belongs to, such as that of a processor; empty if there is none.
	Item string
	// Text asks for the value, or says what is wrong with the one that is there. It is empty if Finding says it.
	Text string
	// Finding is what the law requires; nil for a blank, and for a value that the schema does not take.
	Finding *policy.Finding
	// IsFollowUp is true for what the law requires only because of the examples for other questions, or besides them.
	IsFollowUp bool
	// Allowed says which values the field takes.
	Allowed string
	// Example is a value in YAML, on one line, with which the question is answered; empty if none was found.
	Example string
}

// ListQuestions returns all that keeps a form from passing: first its blanks, then values that the schema does not take, then what the law
// requires besides if the others have the values of the examples. With the examples as answers, the form passes, unless a question has none.
// The law is not asked if a question before has no example. A weaker enforcement of the declaration does not count: what the law requires is
// asked also while the sidecar only observes. The error says that no decision is reached.
func (s *Searcher) ListQuestions(ctx context.Context, f *Form) ([]Question, error) {
	filled := f.clone()
	questions := s.answerBlanks(filled)
	invalid, err := s.answerInvalid(ctx, filled)
	questions = append(questions, invalid...)
	if hasNoExample := func(q Question) bool { return q.Example == "" }; err != nil || slices.ContainsFunc(questions, hasNoExample) {
		return questions, err
	}
	required, err := s.answerRequired(ctx, filled)
	return append(questions, required...), err
}

// answerBlanks answers the blanks of a form with examples, and returns a question for each.
func (s *Searcher) answerBlanks(f *Form) []Question {
	var questions []Question
	for _, b := range f.Blanks() {
		questions = append(questions, s.answerExample(f, Question{Field: b.Field, Text: b.Question}))
	}
	return questions
}

// answerExample answers a question with an example, and returns it with the example and with what the field takes.
func (s *Searcher) answerExample(f *Form, q Question) Question {
	q.Allowed, q.Item = s.listAllowed(q.Field), f.nameItem(q.Field)
	if example := s.findExample(f.spec, q.Field); example != nil && canHave(f.spec, q.Field) {
		*findOrAdd(f.spec, q.Field, yaml.ScalarNode) = *cloneNode(example)
		q.Example = formatFlow(example)
	}
	return q
}

// answerInvalid returns a question for each value of a form that the schema does not take, and answers them with examples. If a form with
// these answers is not valid, it returns the questions without examples.
func (s *Searcher) answerInvalid(ctx context.Context, f *Form) ([]Question, error) {
	object, err := f.decode()
	if err != nil {
		return nil, err
	}
	var questions []Question
	for _, e := range s.schema.Validate(ctx, object) {
		q := Question{Field: strings.TrimPrefix(e.Field, "spec."), Text: e.ErrorBody() + "."}
		questions = append(questions, s.answerExample(f, q))
	}
	if object, err = f.decode(); err != nil {
		return nil, err
	}
	if len(questions) > 0 && len(s.schema.Validate(ctx, object)) > 0 {
		for i := range questions {
			questions[i].Example = ""
		}
	}
	return questions, nil
}

// clone returns a copy of the form, whose answers do not change the original.
func (f *Form) clone() *Form {
	copied := *f
	copied.document = cloneNode(f.document)
	copied.spec = findValue(copied.document, "spec")
	return &copied
}

// decode returns the declaration as kubectl reads it, which reads YAML 1.1.
func (f *Form) decode() (*unstructured.Unstructured, error) {
	content, err := sigsyaml.YAMLToJSON([]byte(f.String()))
	if err != nil {
		return nil, fmt.Errorf("decode declaration: %w", err)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(content); err != nil {
		return nil, fmt.Errorf("decode declaration: %w", err)
	}
	return object, nil
}

// answerRequired returns a question for each finding that denies a valid form, and answers them, until the form passes or a question has no
// answer.
func (s *Searcher) answerRequired(ctx context.Context, f *Form) ([]Question, error) {
	var questions []Question
	for round := range maxRounds {
		denied, err := s.listDenied(ctx, f)
		if err != nil || len(denied) == 0 {
			return questions, err
		}
		isAnswered := true
		for _, finding := range denied {
			for _, q := range s.answerFinding(ctx, f, finding) {
				q.IsFollowUp = round > 0
				questions = append(questions, q)
				isAnswered = isAnswered && q.Example != ""
			}
		}
		if !isAnswered {
			return questions, nil
		}
	}
	return questions, nil
}

// listDenied returns the findings that deny a form, whatever its enforcement is.
func (s *Searcher) listDenied(ctx context.Context, f *Form) ([]policy.Finding, error) {
	object, err := f.decode()
	if err != nil {
		return nil, err
	}
	unstructured.RemoveNestedField(object.Object, "spec", "enforcement")
	content, err := object.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encode declaration: %w", err)
	}
	declaration := &v1alpha1.ChatbotDeployment{}
	if err := json.Unmarshal(content, declaration); err != nil {
		return nil, fmt.Errorf("decode declaration: %w", err)
	}
	verdict := s.engine.Declaration(ctx, facts.DeclarationInput{Declaration: declaration, AsOf: s.asOf})
	if verdict.Outcome == policy.OutcomeUndecided {
		return nil, fmt.Errorf("no decision is reached: %s", verdict.Reason)
	}
	var denied []policy.Finding
	for _, finding := range verdict.Findings {
		if finding.Action == policy.ActionDeny || finding.Action == policy.ActionQuarantine {
			denied = append(denied, finding)
		}
	}
	return denied, nil
}

// answerFinding answers a finding about a form with the first proposal that removes it, and returns a question for each field that the
// proposal sets. Without such a proposal, it returns one question without an example.
func (s *Searcher) answerFinding(ctx context.Context, f *Form, finding policy.Finding) []Question {
	ask := func(field, example string) Question {
		return Question{Field: field, Item: f.nameItem(field), Finding: &finding, Allowed: s.listAllowed(field), Example: example}
	}
	for _, proposed := range s.propose(f.spec, finding) {
		trial := f.clone()
		var questions []Question
		for _, answer := range proposed {
			if canHave(trial.spec, answer.field) {
				*findOrAdd(trial.spec, answer.field, yaml.ScalarNode) = *cloneNode(answer.value)
				questions = append(questions, ask(answer.field, formatFlow(answer.value)))
			}
		}
		if len(questions) > 0 && s.removes(ctx, trial, finding) {
			*f = *trial
			return questions
		}
	}
	return []Question{ask(strings.TrimPrefix(finding.Field, "spec."), "")}
}

// listAllowed says which values a field takes; "" if there is no such field.
func (s *Searcher) listAllowed(field string) string {
	known, exists := s.FindField(field)
	if !exists {
		return ""
	}
	return known.Allowed()
}

// nameItem returns the name of the item of a list that a field belongs to, such as that of a processor; "" if the field is in no such item.
func (f *Form) nameItem(field string) string {
	end := strings.LastIndex(field, "].")
	if end < 0 {
		return ""
	}
	for _, key := range []string{"name", "type"} {
		if name := findField(f.spec, field[:end+1]+"."+key); name != nil && name.Kind == yaml.ScalarNode && !isBlank(name) {
			return name.Value
		}
	}
	return ""
}

// removes reports whether a form is valid and does not have the finding.
func (s *Searcher) removes(ctx context.Context, f *Form, finding policy.Finding) bool {
	object, err := f.decode()
	if err != nil || len(s.schema.Validate(ctx, object)) > 0 {
		return false
	}
	denied, err := s.listDenied(ctx, f)
	return err == nil && !slices.ContainsFunc(denied, func(d policy.Finding) bool { return d.Rule == finding.Rule && d.Field == finding.Field })
}
