package review_test

import (
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/policies"
)

// BenchmarkDeclarationCached reviews a declaration that was reviewed before.
func BenchmarkDeclarationCached(b *testing.B) {
	decides, err := engine.New(b.Context(), policies.FS)
	if err != nil {
		b.Fatal(err)
	}
	reviewer, err := review.New(review.Options{Engine: decides, Image: "registry.example/chaperone/sidecar@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"})
	if err != nil {
		b.Fatal(err)
	}
	declaration := enginetest.NewFull(b)
	scope := review.Scope{Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	first := reviewer.Declaration(b.Context(), scope, declaration)
	b.ReportAllocs()
	for b.Loop() {
		if d := reviewer.Declaration(b.Context(), scope, declaration); d != first || d.Verdict.Outcome == policy.OutcomeUndecided {
			b.Fatal("the decision was not cached", d.Verdict.Reason)
		}
	}
}
