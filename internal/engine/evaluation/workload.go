package evaluation

import (
	"context"
	"fmt"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// DecideWorkload decides about a pod of a declaration that was already decided about.
func (s *Snapshot) DecideWorkload(ctx context.Context, in facts.WorkloadInput) policy.Verdict {
	verdict, err := s.decideWorkload(ctx, in)
	if err != nil {
		return policy.NewUndecided(s.revision, in.Verdict.AsOf, fmt.Sprintf("evaluate workload: %v", err))
	}
	return verdict
}

func (s *Snapshot) decideWorkload(ctx context.Context, in facts.WorkloadInput) (policy.Verdict, error) {
	if in.Pod == nil {
		return policy.Verdict{}, fmt.Errorf("no pod given")
	}
	verdict, err := s.encodeAndEvaluate(ctx, s.workload, newWorkloadInput(facts.NewWorkload(in)), in.Verdict.AsOf)
	if err != nil || in.Declaration == nil || !in.Verdict.Refuses() {
		return verdict, err
	}
	return addRefusal(verdict, in), nil
}

// addRefusal adds to a pod's verdict that of its declaration, which is refused: the pods of a refused chatbot do not run.
func addRefusal(pod policy.Verdict, in facts.WorkloadInput) policy.Verdict {
	pod.Outcome, pod.Compliant, pod.Reason = in.Verdict.Outcome, false, in.Verdict.Reason
	if pod.Outcome != policy.OutcomeDeny {
		pod.Outcome = policy.OutcomeUndecided
	}
	if pod.Outcome == policy.OutcomeUndecided && pod.Reason == "" {
		pod.Reason = fmt.Sprintf("no decision about ChatbotDeployment %q", in.Declaration.Name)
	}
	pod.Findings = append(pod.Findings, in.Verdict.Findings...)
	policy.SortFindings(pod.Findings)
	return pod
}
