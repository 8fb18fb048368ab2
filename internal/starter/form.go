package starter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/blank"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Form is a draft of a declaration whose blanks are being filled in.
type Form struct {
	// document is the whole object, without the questions at blanks; spec is its specification.
	document, spec *yaml.Node
	// Name is `namespace/name` of the declaration.
	Name string
}

// ReadForms returns a form for each declaration of a YAML file. The error says which document is none.
func ReadForms(content []byte) ([]*Form, error) {
	var forms []*Form
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for number := 1; ; number++ {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return forms, nil
		}
		if err != nil {
			return nil, fmt.Errorf("document %d is not YAML (%w): correct it", number, err)
		}
		form, err := newForm(&document)
		if err != nil {
			return nil, fmt.Errorf("document %d %w", number, err)
		}
		forms = append(forms, form)
	}
}

// newForm returns the form of a document. The error continues a sentence that begins with the document.
func newForm(document *yaml.Node) (*Form, error) {
	var object struct {
		Kind     string
		Metadata struct{ Name, Namespace string }
	}
	if err := document.Decode(&object); err != nil || object.Kind != "ChatbotDeployment" {
		return nil, errors.New("is not a ChatbotDeployment: give drafts of declarations only")
	}
	removeQuestions(document)
	f := &Form{document: document.Content[0], Name: object.Metadata.Namespace + "/" + object.Metadata.Name}
	f.spec = findValue(f.document, "spec")
	if f.spec == nil || f.spec.Kind != yaml.MappingNode {
		return nil, errors.New("has no spec: begin with a draft of `kubectl chaperone assess -o draft`")
	}
	return f, nil
}

// removeQuestions removes the comments at and below a node, except those at the end of a line with a value. In a draft, these say what to
// know of the value, such as that observing comes first; the others are about the draft, or questions, which the answers replace.
func removeQuestions(n *yaml.Node) {
	n.HeadComment, n.FootComment = "", ""
	isValue := n.Kind == yaml.ScalarNode && !isBlank(n)
	if !isValue {
		n.LineComment = ""
	}
	for i, child := range n.Content {
		removeQuestions(child)
		if isKey := n.Kind == yaml.MappingNode && i%2 == 0; isKey {
			child.LineComment = ""
		}
	}
}

// String returns the declaration as YAML.
func (f *Form) String() string {
	var b strings.Builder
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	_ = encoder.Encode(f.document) // A node that was decoded can be encoded, and a strings.Builder does not fail.
	return b.String()
}

// Blanks returns the fields that are still blank.
func (f *Form) Blanks() []blank.Blank {
	var spec map[string]any
	if err := f.spec.Decode(&spec); err != nil {
		return nil
	}
	return blank.Find(spec)
}

// Answer sets a field below spec, such as `processors[0].country`, or an item, such as `channels[0]`, to a value in YAML; an empty value
// removes it. The index after that of the last item adds an item. `[]` in the field stands for each item in which the field is missing or
// blank, so that an answer for all overwrites nothing that is known of one, and that has the object with the field (`ports[].signature.url`).
// Answer returns false if there is no such item, or if a value on the way to the field is no object. The error says that the value is not
// YAML.
func (f *Form) Answer(field, value string) (bool, error) {
	if list, rest, isEach := strings.Cut(field, "[]"); isEach {
		return f.answerEach(list, rest, value)
	}
	answer, err := parseAnswer(value)
	if err != nil {
		return false, err
	}
	if answer.IsZero() {
		return removeField(f.spec, field), nil
	}
	removeQuestions(&answer)
	if !canHave(f.spec, field) {
		return false, nil
	}
	*findOrAdd(f.spec, field, yaml.ScalarNode) = *answer.Content[0] // The value, which is the only content of a YAML document node.
	return true, nil
}

// answerEach does the work of Answer for the items of a list in which the field `rest` is to be set.
func (f *Form) answerEach(list, rest, value string) (isTaken bool, err error) {
	items := findValue(f.spec, list)
	if items == nil {
		return false, nil
	}
	for i := range slices.Backward(items.Content) { // An empty value removes an item, and moves the items after it.
		item := list + "[" + strconv.Itoa(i) + "]" + rest
		parent, _ := splitField(item)
		if known := findField(f.spec, item); known != nil && !isBlank(known) || findField(f.spec, parent) == nil {
			continue
		}
		isItemTaken, err := f.Answer(item, value)
		if err != nil {
			return false, err
		}
		isTaken = isTaken || isItemTaken
	}
	return isTaken, nil
}

// parseAnswer parses a value in YAML. The error says that a declaration cannot have it.
func parseAnswer(value string) (answer yaml.Node, err error) {
	if err := yaml.Unmarshal([]byte(value), &answer); err != nil {
		return answer, fmt.Errorf("%q is not YAML: quote it", value)
	}
	if answer.IsZero() {
		return answer, nil
	}
	var plain any
	if err := answer.Decode(&plain); err != nil {
		return answer, fmt.Errorf("%q cannot be read: quote it", value)
	}
	if _, err := json.Marshal(plain); err != nil { // Such as `?` and `{1: 2}`, whose keys are no texts.
		return answer, fmt.Errorf("%q has no meaning in a declaration: give a value, a list such as [a, b], or quote a text", value)
	}
	return answer, nil
}

// splitField returns the path of the object that has the field, "" for the specification itself, and the key of the field in the object.
func splitField(field string) (parent, key string) {
	dot := strings.LastIndex(field, ".")
	return field[:max(dot, 0)], field[dot+1:]
}

// findField returns the value at a path such as `processors[0].country`; nil if there is none. The value at "" is the mapping.
func findField(mapping *yaml.Node, path string) *yaml.Node {
	if path == "" {
		return mapping
	}
	key, rest, _ := strings.Cut(path, ".")
	value := findMember(mapping, key)
	if value == nil || (rest != "" && value.Kind != yaml.MappingNode) {
		return nil
	}
	return findField(value, rest)
}

// canHave reports whether findOrAdd can find or add the value at a path: it adds missing fields, also below a blank, and the next item of a
// list.
func canHave(mapping *yaml.Node, path string) bool {
	key, rest, hasRest := strings.Cut(path, ".")
	value := findMember(mapping, key)
	_, _, isItem := cutIndex(key)
	switch {
	case value == nil && isItem && !isNextItem(mapping, key):
		return false
	case !hasRest:
		return true
	case value == nil, isBlank(value):
		return canHave(&yaml.Node{Kind: yaml.MappingNode}, rest)
	}
	return value.Kind == yaml.MappingNode && canHave(value, rest)
}

// isNextItem reports whether a key such as `processors[1]` has the index after that of the last item of the list, which may be missing.
func isNextItem(mapping *yaml.Node, key string) bool {
	name, index, _ := cutIndex(key)
	list := findValue(mapping, name)
	if list == nil || isBlank(list) {
		return index == "0"
	}
	return list.Kind == yaml.SequenceNode && index == strconv.Itoa(len(list.Content))
}

// removeField removes a member of an object, or an item of a list, from the mapping. It returns false if there is none.
func removeField(mapping *yaml.Node, field string) bool {
	path, key := splitField(field)
	parent := findField(mapping, path)
	if parent == nil || parent.Kind != yaml.MappingNode {
		return false
	}
	if name, index, hasIndex := cutIndex(key); hasIndex {
		return removeItem(parent, name, index)
	}
	i := slices.Index(listKeys(parent), key)
	if i < 0 {
		return false
	}
	parent.Content = slices.Delete(parent.Content, 2*i, 2*i+2)
	return true
}

// removeItem removes an item from the list that is a member of the mapping. It returns false if there is no such item. It removes the only
// item together with the list: an empty list would declare that there is nothing.
func removeItem(mapping *yaml.Node, name, index string) bool {
	list := findValue(mapping, name)
	item := findItem(list, index)
	if item == nil {
		return false
	}
	if len(list.Content) == 1 {
		return removeField(mapping, name)
	}
	i := slices.Index(list.Content, item)
	list.Content = slices.Delete(list.Content, i, i+1)
	return true
}

// ListFields returns the paths of all fields below spec that a declaration can have, sorted, with `[]` for the items of a list and `*` for
// the keys of a map: `processors[].country`.
func (s *Searcher) ListFields() []string {
	return s.schema.ListFields(v1alpha1.GroupVersion.WithKind("ChatbotDeployment"), "spec")
}

// Review returns what keeps a form without blanks from passing: the errors of the schema, or the findings that deny it. A weaker
// enforcement of the declaration does not count: what the law requires is asked also while the sidecar only observes.
func (s *Searcher) Review(ctx context.Context, f *Form) (invalid []blank.Blank, denied []policy.Finding, err error) {
	object := &unstructured.Unstructured{}
	if err := f.document.Decode(&object.Object); err != nil {
		return nil, nil, fmt.Errorf("decode declaration: %w", err)
	}
	content, err := object.MarshalJSON()
	if err != nil {
		return nil, nil, fmt.Errorf("encode declaration: %w", err)
	}
	if err := object.UnmarshalJSON(content); err != nil { // JSON has the numbers as the schema expects them.
		return nil, nil, fmt.Errorf("decode declaration: %w", err)
	}
	for _, e := range s.schema.Validate(ctx, object) {
		field := strings.TrimPrefix(e.Field, "spec.")
		invalid = append(invalid, blank.Blank{Field: field, Question: e.ErrorBody() + ". " + blank.Ask(field)})
	}
	if len(invalid) > 0 {
		return invalid, nil, nil
	}
	verdict, err := s.evaluate(ctx, copyWithout(f.spec, "enforcement"))
	if err != nil {
		return nil, nil, err
	}
	if verdict.Outcome == policy.OutcomeUndecided {
		return nil, nil, fmt.Errorf("no decision is reached: %s", verdict.Reason)
	}
	for _, finding := range verdict.Findings {
		if finding.Action == policy.ActionDeny || finding.Action == policy.ActionQuarantine {
			denied = append(denied, finding)
		}
	}
	return nil, denied, nil
}
