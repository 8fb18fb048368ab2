// Package spdx reads license expressions (SPDX specification 2.3, Annex D, and the lower-case operators of 3.0, Annex B). It says
// which licenses an expression offers, never what they mean: that is legal data. Identifiers are not looked up, so that an
// expression with a license that nobody listed can still be read.
package spdx

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	// maxBytes bounds an expression. The longest of the declaration has 256 characters.
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

// Alternatives returns what an expression offers to choose from, in the order as written; the licenses of one alternative apply
// together. It is an error when the expression does not follow the grammar, or is larger than any real one.
func Alternatives(expression string) ([][]License, error) {
	if len(expression) > maxBytes {
		return nil, fmt.Errorf("the expression has more than %d bytes", maxBytes)
	}
	p := parser{tokens: strings.Fields(apart.Replace(expression))}
	alternatives, err := p.anyOf()
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

// next takes the token if it is the operator, in capital or small letters.
func (p *parser) next(operator string) bool {
	if len(p.tokens) == 0 || (p.tokens[0] != operator && p.tokens[0] != strings.ToLower(operator)) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

// anyOf reads alternatives with OR between them, which binds less than AND.
func (p *parser) anyOf() ([][]License, error) {
	left, err := p.allOf()
	for err == nil && p.next("OR") {
		var right [][]License
		if right, err = p.allOf(); err == nil {
			left, err = bounded(append(left, right...))
		}
	}
	return left, err
}

// allOf reads terms with AND between them: every alternative of one with every one of the other.
func (p *parser) allOf() ([][]License, error) {
	left, err := p.term()
	for err == nil && p.next("AND") {
		var right [][]License
		if right, err = p.term(); err == nil {
			left, err = bounded(product(left, right))
		}
	}
	return left, err
}

func product(left, right [][]License) [][]License {
	var both [][]License
	for _, a := range left {
		for _, b := range right {
			both = append(both, append(append([]License{}, a...), b...))
		}
	}
	return both
}

func bounded(alternatives [][]License) ([][]License, error) {
	if len(alternatives) > maxAlternatives {
		return nil, fmt.Errorf("the expression offers more than %d alternatives", maxAlternatives)
	}
	return alternatives, nil
}

func (p *parser) term() ([][]License, error) {
	if p.next("(") {
		alternatives, err := p.anyOf()
		if err == nil && !p.next(")") {
			err = fmt.Errorf("a closing parenthesis is missing")
		}
		return alternatives, err
	}
	id, err := p.id()
	if err != nil {
		return nil, err
	}
	license := License{ID: strings.TrimSuffix(id, "+"), OrLater: strings.HasSuffix(id, "+")}
	if p.next("WITH") {
		if license.Exception, err = p.id(); err != nil {
			return nil, err
		}
	}
	return [][]License{{license}}, nil
}

// id takes the name of a license or an exception.
func (p *parser) id() (string, error) {
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
