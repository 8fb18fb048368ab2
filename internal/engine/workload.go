package engine

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

func (s *snapshot) judgeWorkload(ctx context.Context, in facts.WorkloadInput) policy.Verdict {
	verdict, err := s.decideWorkload(ctx, in)
	if err != nil {
		return policy.NewUndecided(s.revision, in.Verdict.AsOf, fmt.Sprintf("evaluate workload: %v", err))
	}
	return verdict
}

func (s *snapshot) decideWorkload(ctx context.Context, in facts.WorkloadInput) (policy.Verdict, error) {
	if in.Pod == nil {
		return policy.Verdict{}, fmt.Errorf("no pod given")
	}
	verdict, err := s.verdict(ctx, s.workload, workloadValue(facts.NewWorkload(in)), in.Verdict.AsOf)
	if err != nil || in.Declaration == nil || !in.Verdict.Refuses() {
		return verdict, err
	}
	return refusedWith(verdict, in), nil
}

// verdict evaluates an entrypoint whose result is a verdict.
func (s *snapshot) verdict(ctx context.Context, q query, input ast.Value, asOf string) (policy.Verdict, error) {
	result, err := q.evaluate(ctx, input)
	if err != nil {
		return policy.Verdict{}, err
	}
	verdict, err := decodeVerdict(result)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("decode verdict: %w", err)
	}
	verdict.Revision, verdict.AsOf = s.revision, asOf
	return verdict, nil
}

// refusedWith adds to a pod's verdict that of its declaration, which is refused: a chatbot that may not be does not run.
func refusedWith(pod policy.Verdict, in facts.WorkloadInput) policy.Verdict {
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
