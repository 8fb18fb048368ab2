// Package spdx reads license expressions (SPDX specification 2.3, Annex D, and the lower-case operators of 3.0, Annex B). It says
// which licenses an expression offers, never what they mean: that is legal data. Identifiers are not looked up, so that an
// expression with an unlisted license can still be read.
package spdx

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	// maxBytes bounds an expression. A declaration allows at most 256 characters.
	maxBytes = 1024
	// maxAlternatives bounds the alternatives: every pair of OR in parentheses multiplies them.
	maxAlternatives = 64
)

// idString is what licenses and exceptions are called, with a reference to terms that are on no list.
var idString = regexp.MustCompile(`^((DocumentRef-[0-9A-Za-z.-]+:)?(LicenseRef|AdditionRef)-)?[0-9A-Za-z.-]+$`)

// apart sets parentheses apart from what they enclose.
var apart = strings.NewReplacer("(", " ( ", ")", " ) ")

// License is one license of an expression.
type License struct {
	// ID as written, such as `Apache-2.0` or `LicenseRef-gemma`, without the +.
	ID string `json:"id"`
	// OrLater is true for this or any later version (`+`).
	OrLater bool `json:"orLater,omitempty"`
	// Exception to the license, as written after WITH; empty for none.
	Exception string `json:"exception,omitempty"`
}

// ParseAlternatives returns the choices that an expression offers, in the order written; the licenses of one alternative apply
// together. It is an error when the expression does not follow the grammar, or is larger than any real one.
func ParseAlternatives(expression string) ([][]License, error) {
	if len(expression) > maxBytes {
		return nil, fmt.Errorf("the expression has more than %d bytes", maxBytes)
	}
	p := parser{tokens: strings.Fields(apart.Replace(expression))}
	alternatives, err := p.parseAnyOf()
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("%q stands where AND, OR or the end is expected", p.tokens[0])
	}
	if err != nil {
		return nil, err
	}
	return alternatives, nil
}

// parser holds the tokens that are left.
type parser struct {
	tokens []string
}

// accept takes the token if it is the operator, in upper or lower case.
func (p *parser) accept(operator string) bool {
	if len(p.tokens) == 0 || (p.tokens[0] != operator && p.tokens[0] != strings.ToLower(operator)) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

// parseAnyOf reads alternatives with OR between them, which binds less than AND.
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

// parseAllOf reads terms with AND between them: every alternative of one with every one of the other.
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

func combine(left, right [][]License) [][]License {
	var both [][]License
	for _, a := range left {
		for _, b := range right {
			both = append(both, append(append([]License{}, a...), b...))
		}
	}
	return both
}

func limitAlternatives(alternatives [][]License) ([][]License, error) {
	if len(alternatives) > maxAlternatives {
		return nil, fmt.Errorf("the expression offers more than %d alternatives", maxAlternatives)
	}
	return alternatives, nil
}

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

// parseID takes the name of a license or an exception.
func (p *parser) parseID() (string, error) {
	if len(p.tokens) == 0 {
		return "", fmt.Errorf("a license is missing at the end")
	}
	token := p.tokens[0]
	switch strings.ToUpper(token) {
	case "AND", "OR", "WITH", "(", ")":
		return "", fmt.Errorf("%q stands where a license is expected", token)
	}
	if !idString.MatchString(strings.TrimSuffix(token, "+")) {
		return "", fmt.Errorf("%q is no name of a license", token)
	}
	p.tokens = p.tokens[1:]
	return token, nil
}
