package review_test

import (
	"context"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// revisingEngine allows every declaration, by a policy that a test replaces, and counts its decisions.
type revisingEngine struct {
	flooredEngine
	basis, revision string
	decisions       int
}

func (e *revisingEngine) Revision() string { return e.revision }

func (e *revisingEngine) Basis(facts.DeclarationInput) (basis, revision string) {
	return e.basis, e.revision
}

func (e *revisingEngine) Declaration(context.Context, facts.DeclarationInput) policy.Verdict {
	e.decisions++
	return policy.Verdict{Outcome: policy.OutcomeAllow, Compliant: true, Revision: e.revision, AsOf: "2026-11-23"}
}

func TestDecisionOutlivesPoliciesThatDoNotConcernIt(t *testing.T) {
	e := &revisingEngine{basis: "a", revision: "r1"}
	r, err := review.New(review.Options{Engine: e, Image: "sidecar"})
	if err != nil {
		t.Fatal(err)
	}
	d := enginetest.NewMinimal(t)
	for _, step := range []struct {
		basis, revision string
		decisions       int
	}{
		{"a", "r1", 1},
		{"a", "r1", 1},
		{"a", "r2", 1}, // Another policy that decides the same.
		{"b", "r3", 2}, // One that can decide differently.
		{"a", "r1", 3}, // The one of before: only the last decision is kept.
	} {
		e.basis, e.revision = step.basis, step.revision
		decision := r.Declaration(t.Context(), review.Scope{Now: time.Unix(0, 0)}, d)
		if decision.Verdict.Revision != step.revision || e.decisions != step.decisions {
			t.Errorf("revision %q after %d decisions, want %q after %d", decision.Verdict.Revision, e.decisions, step.revision, step.decisions)
		}
	}
}
