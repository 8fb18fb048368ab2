package spdx

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAlternatives(t *testing.T) {
	for name, test := range map[string]struct {
		expression string
		want       [][]License
	}{
		"one license":                     {"MIT", [][]License{{{ID: "MIT"}}}},
		"this version or a later one":     {"LGPL-2.1+", [][]License{{{ID: "LGPL-2.1", OrLater: true}}}},
		"terms that are on no list":       {"DocumentRef-x:LicenseRef-own", [][]License{{{ID: "DocumentRef-x:LicenseRef-own"}}}},
		"an exception":                    {"GPL-2.0-only WITH Classpath-exception-2.0", [][]License{{{ID: "GPL-2.0-only", Exception: "Classpath-exception-2.0"}}}},
		"a choice":                        {"MIT OR Apache-2.0", [][]License{{{ID: "MIT"}}, {{ID: "Apache-2.0"}}}},
		"both":                            {"MIT and CC-BY-4.0", [][]License{{{ID: "MIT"}, {ID: "CC-BY-4.0"}}}},
		"AND binds more than OR":          {"A OR B AND C", [][]License{{{ID: "A"}}, {{ID: "B"}, {ID: "C"}}}},
		"parentheses bind most":           {"(A OR B) AND C", [][]License{{{ID: "A"}, {ID: "C"}}, {{ID: "B"}, {ID: "C"}}}},
		"parentheses need no space":       {"((A)OR(B))", [][]License{{{ID: "A"}}, {{ID: "B"}}}},
		"WITH binds more than AND":        {"A WITH x AND B", [][]License{{{ID: "A", Exception: "x"}, {ID: "B"}}}},
		"every one with every other":      {"(A OR B) AND (C OR D)", [][]License{{{ID: "A"}, {ID: "C"}}, {{ID: "A"}, {ID: "D"}}, {{ID: "B"}, {ID: "C"}}, {{ID: "B"}, {ID: "D"}}}},
		"alternatives share no licenses":  {"A AND (B OR C) AND D", [][]License{{{ID: "A"}, {ID: "B"}, {ID: "D"}}, {{ID: "A"}, {ID: "C"}, {ID: "D"}}}},
		"as many alternatives as allowed": {"A" + strings.Repeat(" OR A", maxAlternatives-1), repeated(maxAlternatives)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseAlternatives(test.expression)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("alternatives (-want +got):\n%s", diff)
			}
		})
	}
}

func repeated(n int) [][]License {
	var all [][]License
	for range n {
		all = append(all, []License{{ID: "A"}})
	}
	return all
}

func TestWhatIsNoExpression(t *testing.T) {
	for name, test := range map[string]struct{ expression, want string }{
		"nothing":                       {"", "a license is missing at the end"},
		"a sentence":                    {"The MIT License", `"MIT" stands where AND, OR or the end is expected`},
		"an operator at the end":        {"MIT OR", "a license is missing at the end"},
		"two operators":                 {"MIT OR AND B", `"AND" stands where a license is expected`},
		"an exception that is missing":  {"MIT WITH", "a license is missing at the end"},
		"an open parenthesis":           {"(MIT OR B", "a closing parenthesis is missing"},
		"a parenthesis too many":        {"MIT)", `")" stands where AND`},
		"a plus by itself":              {"MIT +", `"+" stands where AND`},
		"a plus before the license":     {"+MIT", `"+MIT" is not a license identifier`},
		"a path":                        {"https://x.example/terms", "is not a license identifier"},
		"a choice of too many":          {"A" + strings.Repeat(" OR A", maxAlternatives), "more than 64 alternatives"},
		"choices that multiply":         {"(A OR B)" + strings.Repeat(" AND (A OR B)", 6), "more than 64 alternatives"},
		"an expression beyond measure":  {strings.Repeat("(", maxBytes+1), "more than 1024 bytes"},
		"parentheses that are not read": {strings.Repeat("(", maxBytes), "a license is missing at the end"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseAlternatives(test.expression)
			if err == nil || !strings.Contains(err.Error(), test.want) || got != nil {
				t.Errorf("alternatives %v, error %v, want one with %q", got, err, test.want)
			}
		})
	}
}

// FuzzAlternatives holds that what was read, written again in its disjunctive form, is read as the same.
func FuzzAlternatives(f *testing.F) {
	for _, seed := range []string{"MIT", "(A OR B) AND C WITH x", "LGPL-2.1+ or LicenseRef-own", "((A", "A AND (B OR (C))"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		alternatives, err := ParseAlternatives(expression)
		if err != nil {
			return
		}
		form := written(alternatives)
		again, err := ParseAlternatives(form)
		if err != nil && len(form) <= maxBytes {
			t.Fatalf("%q, which is %q, is not read: %v", form, expression, err)
		}
		if diff := cmp.Diff(alternatives, again); err == nil && diff != "" {
			t.Errorf("%q (-first +again):\n%s", expression, diff)
		}
	})
}

func written(alternatives [][]License) string {
	var choices []string
	for _, alternative := range alternatives {
		var terms []string
		for _, l := range alternative {
			term := l.ID
			if l.OrLater {
				term += "+"
			}
			if l.Exception != "" {
				term += " WITH " + l.Exception
			}
			terms = append(terms, term)
		}
		choices = append(choices, "("+strings.Join(terms, " AND ")+")")
	}
	return strings.Join(choices, " OR ")
}
