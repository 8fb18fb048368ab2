// Package spdx parses license expressions (SPDX specification 2.3, Annex D, with the lower-case operators of 3.0, Annex B). It returns
// the licenses that an expression offers; what they allow is legal data. It does not look identifiers up, so that it can also read an
// expression with a license that is not on the SPDX list.
package spdx

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	// maxBytes bounds an expression. The API allows at most 256 characters, which UTF-8 encodes in at most 1024 bytes.
	maxBytes = 1024
	// maxAlternatives bounds the alternatives of an expression, because AND multiplies them: `(A OR B) AND (C OR D)` has four.
	maxAlternatives = 64
)

// idPattern matches the identifier of a license or an exception. `LicenseRef-` and `AdditionRef-` begin identifiers that are not on the
// SPDX list.
var idPattern = regexp.MustCompile(`^((DocumentRef-[0-9A-Za-z.-]+:)?(LicenseRef|AdditionRef)-)?[0-9A-Za-z.-]+$`)

// parenthesisSpacer puts spaces around parentheses, so that they become tokens of their own when the text is split at spaces.
var parenthesisSpacer = strings.NewReplacer("(", " ( ", ")", " ) ")

// License is one license of an expression.
type License struct {
	// ID is the identifier as written, without a trailing `+`, for example `Apache-2.0` or `LicenseRef-gemma`.
	ID string `json:"id"`
	// OrLater is true if a `+` follows the identifier: any later version of the license applies too.
	OrLater bool `json:"orLater,omitempty"`
	// Exception is the identifier after WITH, as written; empty if there is none.
	Exception string `json:"exception,omitempty"`
}

// ParseAlternatives returns the choices that an expression offers (OR), in the order written. All licenses of an alternative apply together
// (AND). It returns an error if the expression does not follow the grammar, or exceeds maxBytes or maxAlternatives.
func ParseAlternatives(expression string) ([][]License, error) {
	if len(expression) > maxBytes {
		return nil, fmt.Errorf("the expression has more than %d bytes", maxBytes)
	}
	p := parser{tokens: strings.Fields(parenthesisSpacer.Replace(expression))}
	alternatives, err := p.parseAnyOf()
	if err != nil {
		return nil, err
	}
	if len(p.tokens) > 0 {
		return nil, fmt.Errorf("%q stands where AND, OR or the end is expected", p.tokens[0])
	}
	return alternatives, nil
}

// parser is a recursive-descent parser. tokens are the tokens that it has not parsed yet.
type parser struct {
	tokens []string
}

// accept consumes the next token and returns true if the token is the operator, in upper or in lower case.
func (p *parser) accept(operator string) bool {
	if len(p.tokens) == 0 || (p.tokens[0] != operator && p.tokens[0] != strings.ToLower(operator)) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

// parseAnyOf parses terms joined by OR and returns the alternatives of all of them. OR binds less tightly than AND, so each term is what
// parseAllOf parses.
func (p *parser) parseAnyOf() ([][]License, error) {
	left, err := p.parseAllOf()
	for err == nil && p.accept("OR") {
		var right [][]License
		if right, err = p.parseAllOf(); err == nil {
			left, err = limitAlternatives(append(left, right...))
		}
	}
	return left, err
}

// parseAllOf parses terms joined by AND. Its alternatives are all combinations that take one alternative from each term.
func (p *parser) parseAllOf() ([][]License, error) {
	left, err := p.parseTerm()
	for err == nil && p.accept("AND") {
		var right [][]License
		if right, err = p.parseTerm(); err == nil {
			left, err = limitAlternatives(combine(left, right))
		}
	}
	return left, err
}

// combine returns, for every alternative on the left and every one on the right, the alternative with the licenses of both.
func combine(left, right [][]License) [][]License {
	var combined [][]License
	for _, a := range left {
		for _, b := range right {
			combined = append(combined, slices.Concat(a, b))
		}
	}
	return combined
}

// limitAlternatives returns the alternatives unchanged, or an error if there are more than maxAlternatives.
func limitAlternatives(alternatives [][]License) ([][]License, error) {
	if len(alternatives) > maxAlternatives {
		return nil, fmt.Errorf("the expression offers more than %d alternatives", maxAlternatives)
	}
	return alternatives, nil
}

// parseTerm parses an expression in parentheses, or one license with an optional exception.
func (p *parser) parseTerm() ([][]License, error) {
	if p.accept("(") {
		alternatives, err := p.parseAnyOf()
		if err == nil && !p.accept(")") {
			err = fmt.Errorf("a closing parenthesis is missing")
		}
		return alternatives, err
	}
	id, err := p.parseID()
	if err != nil {
		return nil, err
	}
	license := License{ID: strings.TrimSuffix(id, "+"), OrLater: strings.HasSuffix(id, "+")}
	if p.accept("WITH") {
		if license.Exception, err = p.parseID(); err != nil {
			return nil, err
		}
	}
	return [][]License{{license}}, nil
}

// parseID consumes the identifier of a license or an exception, and returns it with its trailing `+` if it has one.
func (p *parser) parseID() (string, error) {
	if len(p.tokens) == 0 {
		return "", fmt.Errorf("a license is missing at the end")
	}
	token := p.tokens[0]
	switch strings.ToUpper(token) {
	case "AND", "OR", "WITH", "(", ")":
		return "", fmt.Errorf("%q stands where a license is expected", token)
	}
	if !idPattern.MatchString(strings.TrimSuffix(token, "+")) {
		return "", fmt.Errorf("%q is not a license identifier", token)
	}
	p.tokens = p.tokens[1:]
	return token, nil
}
