package review_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// decidingEngine decides about declarations with its verdict.
type decidingEngine struct {
	flooredEngine
	verdict policy.Verdict
}

func (e *decidingEngine) Declaration(context.Context, facts.DeclarationInput) policy.Verdict {
	return e.verdict
}

// A declaration without ports has no configuration that the sidecar accepts. It is undecided, unless the policy denies it, and so are
// its pods.
func TestDeclarationWithInvalidConfig(t *testing.T) {
	cases := map[string]struct {
		verdict policy.Verdict
		want    policy.Outcome
		invalid bool
		reason  string
	}{
		"allowed: undecided":    {policy.Verdict{Outcome: policy.OutcomeAllow, Compliant: true}, policy.OutcomeUndecided, true, "ports is empty, and so is egress"},
		"warned: undecided":     {policy.Verdict{Outcome: policy.OutcomeWarn}, policy.OutcomeUndecided, true, "ports is empty, and so is egress"},
		"denied: denied":        {policy.Verdict{Outcome: policy.OutcomeDeny}, policy.OutcomeDeny, false, ""},
		"undecided: its reason": {policy.Verdict{Outcome: policy.OutcomeUndecided, Reason: "stale policy"}, policy.OutcomeUndecided, false, "stale policy"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r, err := review.New(review.Options{Engine: &decidingEngine{verdict: c.verdict}, Image: "sidecar"})
			if err != nil {
				t.Fatal(err)
			}
			declaration := declare("support", "bot")
			scope := review.Scope{Now: time.Unix(0, 0), Declarations: review.NewDeclarations([]v1alpha1.ChatbotDeployment{declaration})}
			decision := r.Declaration(t.Context(), scope, &declaration)
			if v := decision.Verdict; v.Outcome != c.want || v.Compliant || decision.HasInvalidConfig != c.invalid || !strings.Contains(v.Reason, c.reason) {
				t.Errorf("outcome %s, compliant %t, invalid configuration %t, reason %q", v.Outcome, v.Compliant, decision.HasInvalidConfig, v.Reason)
			}
			pod, err := review.NewPod(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "bot"}}})
			if err != nil {
				t.Fatal(err)
			}
			result, err := r.Pod(t.Context(), scope, "shop", pod)
			if err != nil || result.Verdict.Outcome != policy.OutcomeUndecided || !strings.Contains(result.Verdict.Reason, c.reason) {
				t.Errorf("pod: outcome %s, reason %q, error %v", result.Verdict.Outcome, result.Verdict.Reason, err)
			}
		})
	}
}

// The platform sets the resources of sidecars; without a choice, those of the template hold.
func TestSidecarResources(t *testing.T) {
	memory := func(r corev1.ResourceRequirements) string { return r.Limits.Memory().String() }
	own := &corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("256Mi")}}
	for want, resources := range map[string]*corev1.ResourceRequirements{"128Mi": nil, "256Mi": own} {
		r, err := review.New(review.Options{
			Engine: &decidingEngine{verdict: policy.Verdict{Outcome: policy.OutcomeAllow, Compliant: true, Revision: "1", AsOf: "2026-11-23"}}, Image: "sidecar", Resources: resources,
		})
		if err != nil {
			t.Fatal(err)
		}
		decision := r.Declaration(t.Context(), review.Scope{Now: time.Unix(0, 0)}, enginetest.NewMinimal(t))
		if got := memory(decision.Sidecar.Container.Resources); got != want {
			t.Errorf("limit of memory %s, want %s (%s)", got, want, decision.UngovernableReason)
		}
	}
}

// The keys of which sidecars require a signature are part of the decision: other keys make another template.
func TestSidecarKeys(t *testing.T) {
	var keys facts.SidecarKeys
	missing := errors.New("no keys yet")
	r, err := review.New(review.Options{
		Engine: &decidingEngine{verdict: policy.Verdict{Outcome: policy.OutcomeAllow, Compliant: true, Revision: "1", AsOf: "2026-11-23"}}, Image: "sidecar",
		Keys: func() (facts.SidecarKeys, error) {
			if len(keys.New) == 0 {
				return facts.SidecarKeys{}, missing
			}
			return keys, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	decide := func() *review.Decision {
		return r.Declaration(t.Context(), review.Scope{Now: time.Unix(0, 0)}, enginetest.NewMinimal(t))
	}
	if d := decide(); d.UngovernableReason != missing.Error() || d.Verdict.Outcome != policy.OutcomeAllow {
		t.Errorf("without keys: outcome %s, reason %q, want that no pod can be governed", d.Verdict.Outcome, d.UngovernableReason)
	}
	for _, key := range []string{"first", "second"} {
		keys = facts.SidecarKeys{New: []string{key}, Accepted: []string{key}}
		for range 2 { // The second decision comes from the cache.
			if args := decide().Sidecar.Container.Args; args[len(args)-1] != key {
				t.Errorf("arguments %q, want the key %s", args, key)
			}
		}
	}
}
