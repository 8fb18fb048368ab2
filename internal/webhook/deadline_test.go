package webhook_test

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/webhook/registration"
)

// deadlineEngine remembers the time that it is given for the decision about a declaration.
type deadlineEngine struct {
	*fakeEngine
	left    time.Duration
	limited bool
}

func (e *deadlineEngine) Declaration(ctx context.Context, in facts.DeclarationInput) policy.Verdict {
	deadline, limited := ctx.Deadline()
	e.left, e.limited = time.Until(deadline), limited
	return e.fakeEngine.Declaration(ctx, in)
}

// TestEveryRequestHasADeadline holds that each handler must respond before the API server stops waiting.
func TestEveryRequestHasADeadline(t *testing.T) {
	for path, budget := range map[string]time.Duration{
		contract.PathMutatePods: registration.MutateBudget, contract.PathValidatePods: registration.ValidateBudget,
	} {
		t.Run(path, func(t *testing.T) {
			e := &deadlineEngine{fakeEngine: allowing()}
			s := serve(t, e, compliant(t))
			s.ask(t, path, creation(t, read[corev1.Pod](t, "pod.yaml")))
			if !e.limited || e.left > budget {
				t.Errorf("limited %v, %v left, want at most %v", e.limited, e.left, budget)
			}
		})
	}
}

// timeoutSeconds of a registration leaves half a second for the response.
func TestBudgetsAreBelowTheTimeouts(t *testing.T) {
	const margin = 500 * time.Millisecond
	check := func(name, path string, seconds *int32) {
		budget := registration.ValidateBudget
		if strings.HasPrefix(path, "/mutate-") {
			budget = registration.MutateBudget
		}
		if seconds == nil || time.Duration(*seconds)*time.Second < budget+margin {
			t.Errorf("%s: timeoutSeconds %v leaves less than %v beyond %v", name, seconds, margin, budget)
		}
	}
	for _, w := range registration.NewMutatingConfiguration().Webhooks {
		check(w.Name, *w.ClientConfig.Service.Path, w.TimeoutSeconds)
	}
	for _, w := range registration.NewValidatingConfiguration(builtInKinds(t)).Webhooks {
		check(w.Name, *w.ClientConfig.Service.Path, w.TimeoutSeconds)
	}
}

// TestWhatFailsOpen pins the failure policy of every registration: only what a later check reviews again may fail open
// (docs/adr/0006-what-fails-open.md).
func TestWhatFailsOpen(t *testing.T) {
	open := map[string]bool{
		"inject.chaperone.dev": true, "inject-claimed.chaperone.dev": true, "validate-workloads.chaperone.dev": true,
		"validate-endpoints.chaperone.dev": true,
	}
	seen := 0
	check := func(name, failurePolicy string) {
		want := "Fail"
		if open[name] {
			want, seen = "Ignore", seen+1
		}
		if failurePolicy != want {
			t.Errorf("%s: failurePolicy %s, want %s", name, failurePolicy, want)
		}
	}
	for _, w := range registration.NewMutatingConfiguration().Webhooks {
		check(w.Name, string(*w.FailurePolicy))
	}
	for _, w := range registration.NewValidatingConfiguration(builtInKinds(t)).Webhooks {
		check(w.Name, string(*w.FailurePolicy))
	}
	if seen != len(open) {
		t.Errorf("%d of %d webhooks that fail open are registered", seen, len(open))
	}
}
