package webhook

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/webhook/registration"
)

func TestBounded(t *testing.T) {
	endless := make(chan struct{})
	t.Cleanup(func() { close(endless) })
	cases := map[string]struct {
		evaluate func() policy.Verdict
		want     policy.Verdict
	}{
		"in time": {
			evaluate: func() policy.Verdict { return policy.Verdict{Outcome: policy.OutcomeAllow} },
			want:     policy.Verdict{Outcome: policy.OutcomeAllow},
		},
		"never": {
			evaluate: func() policy.Verdict { <-endless; return policy.Verdict{Outcome: policy.OutcomeAllow} },
			want:     policy.NewUndecided("r1", "2026-11-23", "the evaluation did not end in time"),
		},
		"a panic": {
			evaluate: func() policy.Verdict { panic("secret") },
			want:     policy.NewUndecided("r1", "2026-11-23", "the policy engine panicked; the log of the manager has the cause"),
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if diff := cmp.Diff(c.want, bounded(ctx, "r1", "2026-11-23", c.evaluate)); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBudgets holds that every handler answers before the API server stops waiting (timeoutSeconds of the markers).
func TestBudgets(t *testing.T) {
	if registration.MutateBudget > 3*time.Second-500*time.Millisecond || registration.ValidateBudget > 5*time.Second-500*time.Millisecond {
		t.Errorf("budgets %v and %v leave less than half a second", registration.MutateBudget, registration.ValidateBudget)
	}
}
