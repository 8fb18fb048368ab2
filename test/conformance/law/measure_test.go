package law_test

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/policies"
)

// The kinds of differences between what is decided and what is right.
const (
	// falseDenial: a finding denies that must not appear.
	falseDenial = "false-denial"
	// falseAlarm: a finding warns that must not appear.
	falseAlarm = "false-alarm"
	// tooStrict: a finding with a core of law denies.
	tooStrict = "too-strict"
	// missed: what must be found is not.
	missed = "missed"
	// missedBreach: a planted breach is not found.
	missedBreach = "missed-breach"
	// wrongOutcome: the outcome is not the right one, though no finding is wrong.
	wrongOutcome = "wrong-outcome"
)

// difference is one way in which a decision is not what it should be.
type difference struct {
	// Kind is one of the kinds above.
	Kind string
	// Rule is the id of the rule, the key of the judgement for what is missed, or the outcome that is right.
	Rule string
	// Case is the name of the declaration or probe, Day the day for which was decided.
	Case, Day string
}

// String is how the list of known differences writes where a difference is.
func (d difference) String() string { return d.Case + " " + d.Day }

// decision is what was decided about one case for one day, and what is wrong with it.
type decision struct {
	lawCase
	day         string
	verdict     policy.Verdict
	differences []difference
}

// decider evaluates declarations with one engine.
type decider struct{ engine *engine.Engine }

var newDecider = sync.OnceValues(func() (decider, error) {
	// The engine is shared by all tests, so no test closes it.
	made, err := engine.New(backgroundContext(), policies.FS)
	return decider{made}, err
})

// attempts is how often a decision is tried: on a machine that others load, one can exceed the engine's deadlines. A decision that is reached is
// always the same.
const attempts = 5

// judged is a declaration to decide about, and the day.
type judged struct {
	declaration *v1alpha1.ChatbotDeployment
	day         string
}

// decide returns the verdicts about the declarations, in their order. It evaluates on all processors.
func (d decider) decide(t *testing.T, all []judged) []policy.Verdict {
	t.Helper()
	verdicts := make([]policy.Verdict, len(all))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				verdicts[i] = d.decideOne(t.Context(), all[i])
			}
		})
	}
	for i := range all {
		next <- i
	}
	close(next)
	workers.Wait()
	for i, verdict := range verdicts {
		if verdict.Outcome == policy.OutcomeUndecided {
			t.Fatalf("%s: %s", all[i].declaration.Name, verdict.Reason)
		}
	}
	return verdicts
}

func (d decider) decideOne(ctx context.Context, one judged) policy.Verdict {
	var verdict policy.Verdict
	for range attempts {
		verdict = d.engine.Declaration(ctx, facts.DeclarationInput{Declaration: one.declaration, AsOf: one.day})
		if verdict.Outcome != policy.OutcomeUndecided {
			break
		}
	}
	return verdict
}

// measurement is the whole of what is measured.
type measurement struct {
	decisions []decision
	planted   []planted
	// nothing is how often a breach would break no law.
	nothing int
}

// measured is the measurement, made once for all tests; nil before.
var measured struct {
	sync.Mutex
	result *measurement
}

// measureAll reads and measures the corpus and the breaches, once.
func measureAll(t *testing.T) *measurement {
	t.Helper()
	measured.Lock()
	defer measured.Unlock()
	if measured.result == nil {
		corpus := readCorpus(t)
		result := &measurement{decisions: decideAll(t, corpus)}
		result.planted, result.nothing = plant(t, corpus)
		find(t, result.planted, result.decisions)
		measured.result = result
	}
	return measured.result
}

// differences are all differences, of the corpus and of the breaches.
func (m *measurement) differences() []difference {
	all := missedBreaches(m.planted)
	for _, d := range m.decisions {
		all = append(all, d.differences...)
	}
	return all
}

// decideAll decides about the whole corpus for both days.
func decideAll(t *testing.T, corpus []lawCase) []decision {
	t.Helper()
	decider, err := newDecider()
	if err != nil {
		t.Fatal(err)
	}
	var decisions []decision
	var all []judged
	for _, c := range corpus {
		for _, day := range days() {
			decisions = append(decisions, decision{lawCase: c, day: day})
			all = append(all, judged{c.declaration, day})
		}
	}
	for i, verdict := range decider.decide(t, all) {
		decisions[i].verdict = verdict
		decisions[i].differences = decisions[i].compare()
	}
	return decisions
}

// acts reports whether a finding does something: it denies, quarantines or warns.
func acts(finding policy.Finding) bool { return denies(finding) || finding.Action == policy.ActionWarn }

func denies(finding policy.Finding) bool {
	return finding.Action == policy.ActionDeny || finding.Action == policy.ActionQuarantine
}

// names reports whether a key of a judgement names the finding, by its rule or by its field.
func names(key string, finding policy.Finding) bool {
	return slices.ContainsFunc(rulesIn(key), func(name string) bool {
		return name == finding.Rule || slices.Contains(finding.Also, name) || (isField(name) && strings.HasPrefix(finding.Field, name))
	})
}

func namesAny(keys map[string]string, finding policy.Finding) bool {
	for key := range keys {
		if names(key, finding) {
			return true
		}
	}
	return false
}

// mustStand are the findings that are right on the day of the decision.
func (d decision) mustStand() map[string]string {
	stand := maps.Clone(d.MustStand)
	if d.day == later && stand == nil {
		return d.StandLater
	}
	if d.day == later {
		maps.Copy(stand, d.StandLater)
	}
	return stand
}

// compare returns the differences between the verdict and the judgement, each rule once.
func (d decision) compare() []difference {
	found := map[difference]bool{}
	add := func(kind, rule string) { found[difference{Kind: kind, Rule: rule, Case: d.name, Day: d.day}] = true }
	for _, finding := range d.verdict.Findings {
		if kind := d.mistake(finding); kind != "" {
			add(kind, finding.Rule)
		}
	}
	for key := range d.mustStand() {
		if !slices.ContainsFunc(d.verdict.Findings, func(finding policy.Finding) bool { return names(key, finding) }) {
			add(missed, key)
		}
	}
	// A wrong outcome follows from the other differences, if there are any.
	if len(found) == 0 && !d.hasRightOutcome() {
		add(wrongOutcome, d.Outcome[d.day]+" is right")
	}
	return slices.SortedFunc(maps.Keys(found), compareDifferences)
}

// hasRightOutcome reports whether the outcome is the right one; no outcome of a probe is wrong.
func (d decision) hasRightOutcome() bool {
	return d.isProbe || d.Outcome[d.day] == string(d.verdict.Outcome)
}

// mistake returns the kind of difference that the finding is; "" if it is right.
func (d decision) mistake(finding policy.Finding) string {
	switch {
	case !acts(finding):
		return ""
	case namesAny(d.MustNotAppear, finding):
		return alarm(finding)
	case namesAny(d.TooStrict, finding):
		if denies(finding) {
			return tooStrict
		}
		return ""
	case d.isProbe, namesAny(d.mustStand(), finding), namesAny(d.MayStand, finding):
		return ""
	}
	return alarm(finding)
}

func alarm(finding policy.Finding) string {
	if denies(finding) {
		return falseDenial
	}
	return falseAlarm
}

func compareDifferences(a, b difference) int {
	key := func(d difference) string {
		return strings.Join([]string{d.Kind, d.Rule, d.Case, d.Day}, "\n")
	}
	return strings.Compare(key(a), key(b))
}
