package starter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chaperone-dev/chaperone/internal/cli/schema"
)

// Answer sets a field below spec, such as `processors[0].country`, or an item, such as `channels[0]`, to a value in YAML; an empty value
// removes it. The index after that of the last item adds an item. `[]` in the field stands for each item in which the field is missing or
// blank, so that an answer for all overwrites nothing that is known of one, and that has the object with the field (`ports[].signature.url`).
// A list of texts can also be written without brackets, as `a, b`, and a text without quotes, whatever it contains.
// Answer returns false if there is no such item, or if a value on the way to the field is no object. The error says why the field cannot have
// the value.
func (f *Form) Answer(field, value string) (bool, error) {
	if list, rest, isEach := strings.Cut(field, "[]"); isEach {
		return f.answerEach(list, rest, value)
	}
	known, _ := f.find(field)
	answer, err := parseAnswer(value, known)
	if err != nil {
		return false, err
	}
	if answer == nil {
		return removeField(f.spec, field), nil
	}
	removeQuestions(answer)
	if !canHave(f.spec, field) {
		return false, nil
	}
	*findOrAdd(f.spec, field, yaml.ScalarNode) = *answer
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

// parseAnswer parses the value of a field; nil for an empty value. The error says why the field cannot have the value.
func parseAnswer(value string, field schema.Field) (*yaml.Node, error) {
	if text := parseText(value, field); text != nil {
		return text, fit(text, field)
	}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(value), &document); err != nil {
		return nil, fmt.Errorf("%q is not YAML: quote it", value)
	}
	if document.IsZero() {
		return nil, nil
	}
	answer := document.Content[0] // The value, which is the only content of a YAML document node.
	if err := fit(answer, field); err != nil {
		return nil, err
	}
	var plain any
	if err := answer.Decode(&plain); err != nil {
		return nil, fmt.Errorf("%q cannot be read: quote it", value)
	}
	if _, err := json.Marshal(plain); err != nil { // Such as `?` and `{1: 2}`, whose keys are no texts.
		return nil, fmt.Errorf("%q has no meaning in a declaration: give a value, a list such as [a, b], or quote a text", value)
	}
	return answer, nil
}

// parseText returns the value of a text without quotes as it stands, also if YAML would read something else in it, such as a comment. It
// returns nil for other fields, and for what has to be read as YAML: an empty value, null, what is in quotes, brackets or braces.
func parseText(value string, field schema.Field) *yaml.Node {
	text := strings.TrimSpace(value)
	isText := field.Kind() == schema.KindText || field.Kind() == schema.KindDay
	if !isText || text == "" || slices.Contains([]string{"null", "~"}, text) || strings.ContainsAny(text[:1], `"'[{#`) {
		return nil
	}
	return newText(text)
}

// newText returns a text as a YAML node, in quotes if a parser of YAML 1.1 or of YAML 1.2 would read something else without them.
func newText(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if formatScalar(n) != text {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// fit changes an answer into what the field has to be, where no doubt is left about it: the text `a, b` into a list of two texts, and a number
// into a text. A null is a blank and stays. The error says what the field has to be.
func fit(answer *yaml.Node, field schema.Field) error {
	if isBlank(answer) {
		return nil
	}
	switch field.Kind() {
	case schema.KindList:
		return fitList(answer, field)
	case schema.KindObject, schema.KindMap:
		return fitObject(answer, field)
	case schema.KindText, schema.KindDay:
		return fitText(answer, field)
	case schema.KindFlag:
		return fitScalar(answer, field, "!!bool")
	case schema.KindNumber:
		return fitScalar(answer, field, "!!int")
	}
	return nil
}

// fitList does the work of fit for a list.
func fitList(answer *yaml.Node, field schema.Field) error {
	isText := answer.Kind == yaml.ScalarNode
	if hasTexts := field.Item().Kind() == schema.KindText; isText && hasTexts {
		texts := []string{answer.Value}
		if isPlain := answer.Style == 0; isPlain {
			texts = strings.Split(answer.Value, ",")
		}
		*answer = yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
		for _, text := range texts {
			if text = strings.TrimSpace(text); text != "" {
				answer.Content = append(answer.Content, newText(text))
			}
		}
	}
	if answer.Kind != yaml.SequenceNode {
		return refuseAnswer(answer, field)
	}
	for _, item := range answer.Content {
		if err := fit(item, field.Item()); err != nil {
			return err
		}
	}
	return nil
}

// fitObject does the work of fit for an object or a map.
func fitObject(answer *yaml.Node, field schema.Field) error {
	if answer.Kind != yaml.MappingNode {
		return refuseAnswer(answer, field)
	}
	for _, name := range listKeys(answer) {
		member, known := field.Member(name)
		if !known {
			return fmt.Errorf("there is no member %q: use some of %s", name, strings.Join(field.ListMembers(), ", "))
		}
		if err := fit(findValue(answer, name), member); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// fitText does the work of fit for a text.
func fitText(answer *yaml.Node, field schema.Field) error {
	if answer.Kind != yaml.ScalarNode {
		return refuseAnswer(answer, field)
	}
	if words := field.ListWords(); len(words) > 0 && !slices.Contains(words, answer.Value) {
		return refuseAnswer(answer, field)
	}
	if isPlain := answer.Style&^yaml.TaggedStyle == 0; isPlain {
		*answer = *newText(answer.Value)
	}
	return nil
}

// fitScalar does the work of fit for a number, or for true and false. tag is the YAML tag of such values.
func fitScalar(answer *yaml.Node, field schema.Field, tag string) error {
	if answer.Kind != yaml.ScalarNode || answer.ShortTag() != tag {
		return refuseAnswer(answer, field)
	}
	return nil
}

// refuseAnswer returns an error that says what a field takes in place of an answer.
func refuseAnswer(answer *yaml.Node, field schema.Field) error {
	given := "this"
	switch answer.Kind {
	case yaml.ScalarNode:
		given = strconv.Quote(answer.Value)
	case yaml.SequenceNode:
		given = "a list"
	case yaml.MappingNode:
		given = "a map"
	}
	return fmt.Errorf("%s is not what the field takes: give %s", given, field.Allowed())
}
