package specification_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// attempts is how often something that exceeds the engine's time limit on a machine that others load is tried. The manager tries again too,
// as often as needed (undecidedRetry).
const attempts = 20

// question is a declaration and the day for which is decided.
type question struct {
	name string
	spec *v1alpha1.ChatbotDeploymentSpec
	day  string
}

// compareAll decides every question twice, by the engine and by the specification, and reports where they differ. What the engine does not
// decide in time while it answers other questions is asked again alone.
func compareAll(t *testing.T, l *law, decider *engine.Engine, questions []question) {
	t.Helper()
	next := make(chan question)
	undecided := make(chan question, len(questions))
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for q := range next {
				if verdict := decide(t, decider, q); verdict.Outcome == policy.OutcomeUndecided {
					undecided <- q
				} else {
					compareOne(t, l, q, verdict)
				}
			}
		})
	}
	for _, q := range questions {
		next <- q
	}
	close(next)
	workers.Wait()
	close(undecided)
	for q := range undecided {
		compareOne(t, l, q, decideAlone(t, decider, q))
	}
}

func decide(t *testing.T, decider *engine.Engine, q question) policy.Verdict {
	declaration := &v1alpha1.ChatbotDeployment{Spec: *q.spec}
	declaration.Name, declaration.Namespace = "chatbot", "specification"
	return decider.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: q.day})
}

// decideAlone decides while no other question is decided, several times if needed.
func decideAlone(t *testing.T, decider *engine.Engine, q question) policy.Verdict {
	var verdict policy.Verdict
	for range attempts {
		if verdict = decide(t, decider, q); verdict.Outcome != policy.OutcomeUndecided {
			break
		}
	}
	return verdict
}

// newEngine returns the engine with the policies, and no organisation.
func newEngine(t *testing.T, files fs.FS) *engine.Engine {
	t.Helper()
	for attempt := 1; ; attempt++ {
		made, err := engine.New(t.Context(), files)
		if err == nil {
			t.Cleanup(made.Close)
			return made
		}
		if attempt == attempts {
			t.Fatal(err)
		}
	}
}

func compareOne(t *testing.T, l *law, q question, verdict policy.Verdict) {
	if verdict.Outcome == policy.OutcomeUndecided {
		t.Errorf("%s on %s: undecided: %s", q.name, q.day, verdict.Reason)
		return
	}
	c := newChatbot(l, q.spec, q.day)
	report(t, q, "requirements", printRequirements(l.requirements(c.listPoints())), printVerdict(verdict))
	report(t, q, "loosened", c.loosened(), listLoosened(verdict))
	report(t, q, "next day", []string{l.forecast(q.spec, q.day)}, []string{verdict.NextEvaluation})
	decided := l.decided(verdict)
	specified := slices.DeleteFunc(l.decide(q.spec, q.day), func(line string) bool {
		return hidden(verdict)[strings.SplitN(line, ":", 2)[0]] && !slices.Contains(decided, line)
	})
	report(t, q, "findings", specified, decided)
}

// report fails the test if two lists of lines differ, and prints the lines that only one of them has, with the declaration.
func report(t *testing.T, q question, what string, specified, decided []string) {
	t.Helper()
	if slices.Equal(specified, decided) {
		return
	}
	lines := append(without("- ", specified, decided), without("+ ", decided, specified)...)
	spec, err := json.Marshal(q.spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Errorf("%s on %s: %s (- specification, + engine):\n%s\n%s", q.name, q.day, what, strings.Join(lines, "\n"), spec)
}

// without returns the lines of a that b does not have, or has less often.
func without(prefix string, a, b []string) []string {
	left := slices.Clone(b)
	var lines []string
	for _, line := range a {
		if i := slices.Index(left, line); i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		lines = append(lines, prefix+line)
	}
	return lines
}

func printRequirements(all map[string]requirement) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		merged := all[name]
		lines = append(lines, fmt.Sprintf("%s = %s", name, canonical(merged.Value)))
		for _, source := range merged.Sources {
			lines = append(lines, fmt.Sprintf("%s by %s", name, source))
		}
		for _, source := range merged.Overridden {
			lines = append(lines, fmt.Sprintf("%s over %s", name, source))
		}
	}
	return lines
}

func printVerdict(verdict policy.Verdict) []string {
	all := map[string]requirement{}
	for _, r := range verdict.Requirements {
		all[r.Dimension] = requirement{Value: r.Value, Sources: describeAll(r.Sources), Overridden: describeAll(r.Overridden)}
	}
	return printRequirements(all)
}

func describeAll(sources []legal.Source) []string {
	var all []string
	for i := range sources {
		s := &sources[i]
		all = append(all, strings.Join([]string{s.Code, s.Act, s.Article, s.From, s.Confidence, s.Status, s.Force, oblige(s.Obliges), s.Note}, " | "))
	}
	return unique(all)
}

// dayAfter returns the day that is a number of days later.
func dayAfter(day string, days int) string {
	date, err := time.Parse(policy.DateFormat, day)
	if err != nil {
		panic(err)
	}
	return date.AddDate(0, 0, days).Format(policy.DateFormat)
}
