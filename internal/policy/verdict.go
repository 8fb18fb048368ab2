package policy

import (
	"cmp"
	"slices"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// Outcome is the answer of one evaluation. Its zero value is not a valid outcome and is treated as OutcomeUndecided.
type Outcome string

// The outcomes. OutcomeUndecided stands for "no decision was reached" (an engine error, an undefined result, a policy that
// is not there) and is never treated as OutcomeAllow.
const (
	OutcomeAllow     Outcome = "Allow"
	OutcomeWarn      Outcome = "Warn"
	OutcomeDeny      Outcome = "Deny"
	OutcomeUndecided Outcome = "Undecided"
)

// Action is what a finding does.
type Action string

// The actions, weakest first.
const (
	ActionWaived     Action = "waived"
	ActionAudit      Action = "audit"
	ActionWarn       Action = "warn"
	ActionQuarantine Action = "quarantine"
	ActionDeny       Action = "deny"
)

// Finding says that one requirement is not met.
type Finding struct {
	// Rule is the stable id, for example `retention.transcriptMax` or `workload.image_by_digest`.
	Rule string `json:"rule"`
	// Dimension is the name in the closed vocabulary of legal dimensions; empty for rules without one.
	Dimension string `json:"dimension"`
	// Action is the effective action: the rule's own or the organisation's for it, weakened to the declaration's spec.enforcement;
	// or waived.
	Action Action `json:"action"`
	// Field is the JSON path that has to change, for example `spec.retention.transcriptDays`.
	Field string `json:"field"`
	// Found is the value in the object (any JSON value, nil when absent); secrets and personal data never appear here.
	Found any `json:"found"`
	// Required is the value or set of values that would satisfy the rule.
	Required any `json:"required"`
	// Remedy is one sentence: what to do.
	Remedy string `json:"remedy"`
	// Party is who must act: deployer, developer, processor or platform.
	Party string `json:"party"`
	// Sources are the texts that set the requirement, sorted.
	Sources []legal.Source `json:"sources"`
	// WaivedBy names the PolicyExceptions that waive it; empty unless the action is waived.
	WaivedBy string `json:"waivedBy,omitempty"`
}

// Change is something that will change about a declaration without anybody's doing.
type Change struct {
	// Date is the first day on which it holds (ISO date, UTC).
	Date string
	// Kind is `law`, `assessment` or `exception`.
	Kind string
	// Rule is the id of the rule whose answer can change.
	Rule string
	// Subject is the type of the assessment or the name of the exception; empty for law.
	Subject string
	// Value is a list with the new required value, empty when nothing is required any more; for law only.
	Value any
	// Sources are the texts that begin or end; for an assessment those that ask for it.
	Sources []legal.Source
}

// Requirement is one merged value of the law for a declaration.
type Requirement struct {
	Dimension string `json:"dimension"`
	Value     any    `json:"value"`
	// Sources set the value.
	Sources []legal.Source `json:"sources"`
	// Overridden apply too, but ask for less than the value; not part of the machine-readable output.
	Overridden []legal.Source `json:"-"`
}

// Verdict is what one evaluation decided.
type Verdict struct {
	Outcome Outcome
	// Compliant is false when a finding's own action, before spec.enforcement weakened it, is deny.
	Compliant bool
	// Reason says why the outcome is OutcomeUndecided; empty otherwise.
	Reason string
	// Revision identifies the policy and the legal data that decided (hash of the bundle).
	Revision string
	// AsOf is the day for which was decided (ISO date, UTC).
	AsOf string
	// NextEvaluation is the next day on which the decision can change (ISO date, UTC); empty when no such day is known.
	NextEvaluation string
	// Findings are sorted by rule, then field.
	Findings []Finding
	// Requirements are sorted by dimension.
	Requirements []Requirement
	// Obligations are the requirements that Chaperone carries out, or shows, while the chatbot runs.
	Obligations obligation.Set
	// Upcoming are the known changes ahead, sorted by date, then rule.
	Upcoming []Change
	// HasConflict: a finding is a conflict of laws that only a split of the declaration resolves.
	HasConflict bool
	// Split are the declarations that are proposed in the place of one with conflicts, none of which is in them; usually none.
	Split []*v1alpha1.ChatbotDeployment
	// Terms are what the declaration's workloads are judged by beside the rules.
	Terms Terms
}

// Terms are what holds for the workloads of a declaration that was decided about.
type Terms struct {
	// Enforcement is the declaration's, held against the floor; in lower case. Empty means deny.
	Enforcement string
	// Floor is the weakest enforcement that the organisation allows, in lower case; empty when it sets none.
	Floor string
	// Actions are the organisation's own for some rules, in lower case.
	Actions map[string]string
	// Waivers name, by rule, the exceptions that waive it.
	Waivers map[string]string
}

// NewUndecided returns the verdict for "no decision was reached", with the reason for people.
func NewUndecided(revision, asOf, reason string) Verdict {
	return Verdict{Outcome: OutcomeUndecided, Reason: reason, Revision: revision, AsOf: asOf}
}

// Refuses reports whether the verdict keeps the object out: denied or undecided.
func (v Verdict) Refuses() bool {
	return v.Outcome != OutcomeAllow && v.Outcome != OutcomeWarn
}

// RequiresQuarantine reports whether a finding asks for isolation: the chatbot runs, but only humans answer.
func (v Verdict) RequiresQuarantine() bool {
	return slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Action == ActionQuarantine })
}

// Rules returns the distinct rule ids of the findings, sorted.
func (v Verdict) Rules() []string {
	ids := make([]string, 0, len(v.Findings))
	for _, f := range v.Findings {
		ids = append(ids, f.Rule)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// SortFindings orders findings by rule, then field, in place, so that texts made of them are stable.
func SortFindings(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Field, b.Field))
	})
}
