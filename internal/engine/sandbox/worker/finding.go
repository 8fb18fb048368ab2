package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

const (
	// maxFindings is the maximum number of findings of one rule for one input. A status shows at most this many findings, counted over all
	// rules.
	maxFindings = 50
	// maxFieldLength is the maximum length of the path that a finding names, in characters.
	maxFieldLength = 253
	// maxFindingBytes is the maximum size of the findings of one rule together, as JSON.
	maxFindingBytes = 64 << 10
)

// actions are the names of the sets of findings that the package of a rule can define.
var actions = []string{"deny", "warn"}

// decodeFindings decodes the result of a rule, an object from action to a set of findings. It returns an error if the result has another
// form or exceeds a limit.
func decodeFindings(result ast.Value) ([]sandbox.Finding, error) {
	setByAction, ok := result.(ast.Object)
	if !ok {
		return nil, errors.New("the result is not an object")
	}
	findings := []sandbox.Finding{}
	for _, action := range actions {
		term := setByAction.Get(ast.StringTerm(action))
		if term == nil {
			continue
		}
		set, ok := term.Value.(ast.Set)
		if !ok {
			return nil, fmt.Errorf("%s is not a set", action)
		}
		if n := len(findings) + set.Len(); n > maxFindings {
			return nil, fmt.Errorf("the rule gives %d findings; at most %d are allowed", n, maxFindings)
		}
		for _, member := range set.Slice() {
			f, err := decodeFinding(action, member)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", action, err)
			}
			findings = append(findings, f)
		}
	}
	return findings, checkTotalSize(findings)
}

// decodeFinding decodes one member of a set of findings. The error does not repeat values, which could be personal data.
func decodeFinding(action string, term *ast.Term) (sandbox.Finding, error) {
	f := sandbox.Finding{Action: action}
	object, ok := term.Value.(ast.Object)
	if !ok {
		return f, errors.New("a finding is not an object; it has the members field, found and required")
	}
	err := object.Iter(func(key, member *ast.Term) error {
		switch key.Value {
		case ast.String("field"):
			field, ok := member.Value.(ast.String)
			if !ok || utf8.RuneCountInString(string(field)) > maxFieldLength {
				return fmt.Errorf("field is not a string of at most %d characters", maxFieldLength)
			}
			f.Field = string(field)
			return nil
		case ast.String("found"):
			return opa.DecodeJSON(&f.Found, member)
		case ast.String("required"):
			return opa.DecodeJSON(&f.Required, member)
		}
		return errors.New("a finding has the members field, found and required, and no others")
	})
	return f, err
}

// checkTotalSize returns an error if the findings exceed maxFindingBytes.
func checkTotalSize(findings []sandbox.Finding) error {
	content, err := json.Marshal(findings)
	if err != nil {
		return fmt.Errorf("encode findings: %w", err)
	}
	if len(content) > maxFindingBytes {
		return fmt.Errorf("the findings have %d bytes; at most %d are allowed", len(content), maxFindingBytes)
	}
	return nil
}
