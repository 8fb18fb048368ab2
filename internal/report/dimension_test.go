package report_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/policies"
)

// dimension is what dimensions.yaml says of a dimension.
type dimension struct {
	Type, Unit           string
	Values, Levels, Keys []string
}

func readDimensions(t *testing.T) map[string]dimension {
	t.Helper()
	files, err := fs.Glob(policies.FS, "data/dimensions*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v: %v", files, err)
	}
	all := map[string]dimension{}
	for _, file := range files {
		content, err := fs.ReadFile(policies.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		var document struct{ Dimensions map[string]dimension }
		if err := yaml.Unmarshal(content, &document); err != nil {
			t.Fatal(err)
		}
		for name, d := range document.Dimensions {
			all[name] = d
		}
	}
	return all
}

// examples are values of a dimension, as points of the law and decisions have them.
func (d dimension) examples() []any {
	var each []any
	for _, value := range d.Values {
		each = append(each, value)
	}
	switch d.Type {
	case "flag":
		return []any{true}
	case "level":
		var levels []any
		for _, level := range d.Levels {
			levels = append(levels, level)
		}
		return levels
	case "atMost", "atLeast":
		return []any{1, 30, 2192}
	case "anyOf":
		return []any{[]any{each}, []any{each[:2], each[1:]}, each}
	case "each", "eachAtLeast", "eachAtMost":
		limits := map[string]any{}
		for i, key := range d.Keys {
			limits[key] = 365 * (i % 3)
		}
		return []any{limits}
	case "perCode":
		return []any{map[string]any{"eu": []any{"jp", "ar"}, "gb": []any{"ar"}}}
	}
	if len(each) == 0 { // Any word: countries, languages, filings.
		each = []any{"de", "some-filing"}
	}
	return []any{each, each[:1]}
}

// Each dimension of the law has words for each of its values: a new dimension, or a new value, without words fails.
func TestEveryDimensionHasWords(t *testing.T) {
	all := readDimensions(t)
	if len(all) < 80 {
		t.Fatalf("only %d dimensions", len(all))
	}
	for name, d := range all {
		for _, value := range slices.Concat(d.Values, d.Levels, d.Keys) {
			if report.Word(name, value) == "" {
				t.Errorf("%s: %q has no words in words.yaml", name, value)
			}
		}
		for _, value := range d.examples() {
			text := report.Describe(name, d.Type, d.Unit, value)
			if text == "" || text == "it" || strings.ContainsAny(text, `{}[]"<>`) || strings.Contains(text, "map") {
				t.Errorf("%s: %v is described as %q: the dimension needs words in words.yaml", name, value, text)
			}
			if got := report.DescribeMerged(name, value, 600); got != text {
				t.Errorf("%s: without its type, %v is described as %q, want %q", name, value, got, text)
			}
			if d.Unit != "" && !strings.ContainsAny(text, "0123456789") {
				t.Errorf("%s: %q lacks the number of %v", name, text, value)
			}
		}
	}
	for _, name := range report.ListDescribed() {
		if _, exists := all[name]; !exists {
			t.Errorf("words.yaml has %s, which is no dimension", name)
		}
	}
}

func TestValuesInWords(t *testing.T) {
	tests := map[string]struct {
		typ, unit string
		value     any
		want      string
	}{
		"retention.classMin":         {"eachAtLeast", "days", map[string]int{"business-letter": 2192, "contract": 2192, "complaint": 365}, "to keep for at least 365 days (1 year): complaints; to keep for at least 2192 days (6 years): business letters, contracts"},
		"transparency.before":        {"eachAtLeast", "days", map[string]int{"candidate": 10, "profiling": 0}, "a notice of profiling before it happens; a notice of automated assessment of candidates at least 10 days before it happens"},
		"rights.requests":            {"allOf", "", []string{"nominate"}, "that people can ask for a person who acts for them after death or incapacity"},
		"consent.recording":          {"level", "", "opt-in", "consent before recording"},
		"residency.countries":        {"oneOf", "", []string{"de", "eea"}, "data stored only in DE, eea"},
		"residency.mechanisms":       {"anyOf", "", [][]string{{"consent"}, {"contract", "adequacy"}}, "one of these grounds for the transfer: consent; and one of these grounds for the transfer: a contract, adequacy"},
		"residency.adequate":         {"perCode", "", map[string][]string{"eu": {"jp", "ar"}, "gb": {"ar", "ch"}}, "adequacy covers transfers to AR, CH, JP"},
		"oversight.handoffSeconds":   {"atMost", "seconds", 900, "a human within 900 seconds"},
		"accountability.assessments": {"each", "days", map[string]int{"dpia": 1095}, "a data protection impact assessment from the last 3 years"},
	}
	for days, want := range map[any]string{90: "from the last 90 days", 365: "from the last year", 548: "from the last 548 days",
		730: "from the last 2 years", 3650: "from the last 10 years", "any": "of any age"} {
		value := map[string]any{"fria": days}
		if got := report.Describe("accountability.assessments", "each", "days", value); got != "a fundamental rights impact assessment "+want {
			t.Errorf("%v days are %q, want %q", days, got, want)
		}
	}
	for name, tc := range tests {
		if got := report.Describe(name, tc.typ, tc.unit, tc.value); got != tc.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, tc.want)
		}
	}
}
