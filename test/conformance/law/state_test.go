package law_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

var only = flag.String("case", "", "print the state of the cases whose names contain this")

// backgroundContext is for what outlives a test.
func backgroundContext() context.Context { return context.Background() }

// Nothing is checked here: with -v, this prints what is decided about each case, what is wrong with it, and the sources of that.
func TestState(t *testing.T) {
	if !testing.Verbose() {
		t.Skip("prints only with -v")
	}
	corpus := slices.DeleteFunc(readCorpus(t), func(c lawCase) bool { return !strings.Contains(c.name, *only) })
	for _, d := range decideAll(t, corpus) {
		t.Log(d.describe())
	}
}

// describe returns the outcome, the differences and all findings with a source, as text for people.
func (d decision) describe() string {
	var text strings.Builder
	right := d.Outcome[d.day]
	if d.isProbe {
		right = "not judged"
	}
	fmt.Fprintf(&text, "%s on %s: %s (right: %s)\n", d.name, d.day, d.verdict.Outcome, right)
	for _, difference := range d.differences {
		if difference.Kind == missed {
			fmt.Fprintf(&text, "  MISSED %s\n", difference.Rule)
		}
	}
	for _, finding := range d.verdict.Findings {
		mark := d.mistake(finding)
		if mark == "" && *only == "" {
			continue
		}
		if mark == "" {
			mark = "fine"
		}
		fmt.Fprintf(&text, "  %s %s %s: %s\n    %s\n", strings.ToUpper(mark), finding.Action, finding.Rule, finding.Field, lack(finding))
		describeSources(&text, finding)
	}
	return text.String()
}

// lack says what of the required value is not there.
func lack(finding policy.Finding) string {
	found, isList := finding.Found.([]any)
	required, areLists := finding.Required.([]any)
	if !isList || !areLists {
		return fmt.Sprintf("found %v, required %v", finding.Found, finding.Required)
	}
	missing := slices.DeleteFunc(slices.Clone(required), func(item any) bool { return slices.Contains(found, item) })
	return fmt.Sprintf("missing %v", missing)
}

func describeSources(text *strings.Builder, finding policy.Finding) {
	for _, source := range finding.Sources {
		fmt.Fprintf(text, "    %s %s %s (%s, %s) %s\n", source.Code, source.Act, source.Article, source.Confidence, source.Status, source.Note)
	}
}
