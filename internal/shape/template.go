package shape

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The variables of templates. Each stands for JSON.
const (
	// VarText is the text, VarName the name of the member that holds it.
	VarText = "text"
	VarName = "name"
	// VarIndex is the index of the message or block, VarCall the index of the tool call.
	VarIndex = "index"
	VarCall  = "call"
	// VarSubindex is the second index of the text.
	VarSubindex = "subindex"
	// VarKey stands for the Key members of the message or block, each followed by a comma. VarType is the type of the event that had the
	// latest piece of the text.
	VarKey  = "key"
	VarType = "type"
	// VarShared stands for the Shared members of the latest event, or, if each text ends by itself, of the latest event with a piece of the
	// text. Each is followed by a comma.
	VarShared = "shared"
	// VarMessage is the whole sentence of a refusal, VarRule the ID of its rule, VarWhat what is wrong, VarRemedy what to do.
	VarMessage = "message"
	VarRule    = "rule"
	VarWhat    = "what"
	VarRemedy  = "remedy"
	// VarStatus is the HTTP status of a refusal, a number.
	VarStatus = "status"
	// VarMore stands for the members `exchange` and `handoff` of a refusal, each after a comma, if the refusal has them.
	VarMore = "more"
	// VarID is the ID of the exchange, VarTime the time in seconds since 1970, VarDate the same time as RFC 3339 writes it.
	VarID   = "id"
	VarTime = "time"
	VarDate = "date"
	// VarSession is what identifies the conversation. If the request names none, it is a new name, so that the client can answer a question;
	// "" for a text that is no question.
	VarSession = "session"
	// VarLast is the identifier of the last message of a list, and VarBefore the list of the identifiers of all messages before the element that
	// follows it. The identifier of that element is VarID.
	VarLast   = "last"
	VarBefore = "before"
)

// samples has, for each variable, a piece of JSON that can replace it in a template.
var samples = map[string]string{
	VarText: `"a"`, VarName: `"a"`, VarIndex: `0`, VarCall: `0`, VarSubindex: `0`, VarKey: `"k":"a",`, VarType: `"a"`, VarShared: `"s":"a",`,
	VarMessage: `"a"`, VarRule: `"a"`, VarWhat: `"a"`, VarRemedy: `"a"`, VarStatus: `0`, VarMore: `,"exchange":"a"`,
	VarID: `"a"`, VarTime: `0`, VarDate: `"2006-01-02T15:04:05Z"`, VarSession: `"a"`,
	VarLast: `"a"`, VarBefore: `["a"]`,
}

// FlushVariables lists the variables of templates of events with the rest of a text, sorted.
func FlushVariables() []string {
	return []string{VarCall, VarIndex, VarKey, VarName, VarShared, VarSubindex, VarText, VarType}
}

// InsertVariables lists the variables of templates that hold a statement.
func InsertVariables() []string { return []string{VarText} }

// RefusalVariables lists the variables of templates of refusals, sorted.
func RefusalVariables() []string {
	return []string{VarID, VarMessage, VarMore, VarRemedy, VarRule, VarStatus, VarWhat}
}

// SayVariables lists the variables of templates of answers with a text of the sidecar, sorted.
func SayVariables() []string { return []string{VarDate, VarID, VarSession, VarText, VarTime} }

// Piece is a piece of a template: a variable, or text that stays.
type Piece struct {
	// Variable is the name of the variable; "" if the piece is Literal.
	Variable, Literal string
}

// Template is a JSON text with variables.
type Template []Piece

var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// ParseTemplate parses a template that may have the listed variables, and whose result is one JSON document.
func ParseTemplate(text string, variables []string) (Template, error) {
	var t Template
	end := 0
	for _, at := range variable.FindAllStringSubmatchIndex(text, -1) {
		name := text[at[2]:at[3]]
		if !slices.Contains(variables, name) {
			return nil, fmt.Errorf("the variable ${%s} does not exist here: use %s", name, strings.Join(variables, ", "))
		}
		t = append(t, Piece{Literal: text[end:at[0]]}, Piece{Variable: name})
		end = at[1]
	}
	t = append(t, Piece{Literal: text[end:]})
	if !json.Valid([]byte(t.Sample())) {
		return nil, fmt.Errorf("the template is not one JSON document: a variable stands for JSON, without quotation marks around it")
	}
	return t, nil
}

// Sample returns the template with a sample value in place of each variable.
func (t Template) Sample() string {
	var out strings.Builder
	for _, piece := range t {
		out.WriteString(piece.Literal)
		out.WriteString(samples[piece.Variable])
	}
	return out.String()
}

// Has reports whether the template has the variable.
func (t Template) Has(name string) bool {
	return slices.ContainsFunc(t, func(p Piece) bool { return p.Variable == name })
}
