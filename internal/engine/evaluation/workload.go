package evaluation

import (
	"cmp"
	"context"
	"fmt"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// DecideWorkload decides about a pod, given the verdict about the declaration that governs it. If that verdict refuses the declaration,
// the pod is refused too. If the evaluation fails, the outcome is Undecided.
func (s *Snapshot) DecideWorkload(ctx context.Context, in facts.WorkloadInput) policy.Verdict {
	verdict, err := s.decideWorkload(ctx, in)
	if err != nil {
		return policy.NewUndecided(s.revision, in.Verdict.AsOf, fmt.Sprintf("evaluate workload: %v", err))
	}
	return verdict
}

// decideWorkload is DecideWorkload, but returns an error if there is no pod or the evaluation fails.
func (s *Snapshot) decideWorkload(ctx context.Context, in facts.WorkloadInput) (policy.Verdict, error) {
	if in.Pod == nil {
		return policy.Verdict{}, fmt.Errorf("no pod given")
	}
	verdict, err := s.encodeAndEvaluate(ctx, s.workloadQuery, newWorkloadInput(facts.NewWorkload(in)), in.Verdict.AsOf)
	if err != nil {
		return policy.Verdict{}, err
	}
	// in.Verdict is the verdict about the declaration. A pod of a refused declaration is refused too.
	if in.Declaration != nil && in.Verdict.Refuses() {
		return addRefusal(verdict, in), nil
	}
	return verdict, nil
}

// addRefusal refuses a pod because its declaration is refused, whatever the rules say about the pod itself. The result has the outcome
// for the declaration, Deny or Undecided, and the findings about the pod and the declaration.
func addRefusal(podVerdict policy.Verdict, in facts.WorkloadInput) policy.Verdict {
	podVerdict.Compliant = false
	podVerdict.Reason = in.Verdict.Reason
	podVerdict.Outcome = policy.OutcomeDeny
	if in.Verdict.Outcome != policy.OutcomeDeny {
		podVerdict.Outcome = policy.OutcomeUndecided
		podVerdict.Reason = cmp.Or(podVerdict.Reason, fmt.Sprintf("no decision about ChatbotDeployment %q", in.Declaration.Name))
	}
	podVerdict.Findings = append(podVerdict.Findings, in.Verdict.Findings...)
	policy.SortFindings(podVerdict.Findings)
	return podVerdict
}
