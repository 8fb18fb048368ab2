package policy

import (
	"cmp"
	"slices"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// Outcome is the result of one evaluation. Its zero value is not a valid outcome and is treated as OutcomeUndecided.
type Outcome string

// The outcomes. OutcomeUndecided means that the engine did not reach a decision (an error, an undefined result, a missing policy). It is
// never treated as OutcomeAllow.
const (
	OutcomeAllow     Outcome = "Allow"
	OutcomeWarn      Outcome = "Warn"
	OutcomeDeny      Outcome = "Deny"
	OutcomeUndecided Outcome = "Undecided"
)

// Action is the effect of a finding.
type Action string

// The actions, weakest first.
const (
	ActionWaived     Action = "waived"
	ActionAudit      Action = "audit"
	ActionWarn       Action = "warn"
	ActionQuarantine Action = "quarantine"
	ActionDeny       Action = "deny"
)

// Finding is a requirement that is not met.
type Finding struct {
	// Rule is the stable id, for example `retention.transcriptMax` or `workload.image_by_digest`.
	Rule string `json:"rule"`
	// Dimension is the name in the closed vocabulary of legal dimensions; empty for rules without one.
	Dimension string `json:"dimension"`
	// Action is the effective action: the rule's own, or the organisation's for the rule, lowered to the declaration's
	// spec.enforcement; or waived.
	Action Action `json:"action"`
	// Field is the JSON path that has to change, for example `spec.retention.transcriptDays`.
	Field string `json:"field"`
	// Found is the value in the object (any JSON value, nil when absent); secrets and personal data never appear here.
	Found any `json:"found"`
	// Required is the value or set of values that would satisfy the rule.
	Required any `json:"required"`
	// Remedy is a sentence that says what to do.
	Remedy string `json:"remedy"`
	// Party is who must act: deployer, developer, processor or platform.
	Party string `json:"party"`
	// Sources are the texts that set the requirement, sorted.
	Sources []legal.Source `json:"sources"`
	// WaivedBy names the PolicyExceptions that waive the finding; empty unless the action is waived.
	WaivedBy string `json:"waivedBy,omitempty"`
}

// Change is a future change in a decision that needs no edit.
type Change struct {
	// Date is the first day on which the change applies (ISO date, UTC).
	Date string
	// Kind is `law`, `assessment` or `exception`.
	Kind string
	// Rule is the id of the rule whose result can change.
	Rule string
	// Subject is the type of the assessment or the name of the exception; empty for law.
	Subject string
	// Value is a list with the new required value, empty when nothing is required after the change; only for law.
	Value any
	// Sources are the texts that begin or end, or that require the assessment.
	Sources []legal.Source
}

// Requirement is one merged value of the law for a declaration.
type Requirement struct {
	Dimension string `json:"dimension"`
	Value     any    `json:"value"`
	// Sources set the value, sorted.
	Sources []legal.Source `json:"sources"`
	// Overridden apply too, but require less than the value. They are not part of the machine-readable output.
	Overridden []legal.Source `json:"-"`
}

// Verdict is the decision of one evaluation.
type Verdict struct {
	Outcome Outcome
	// Compliant is false when the action of a finding is deny before spec.enforcement lowers it.
	Compliant bool
	// Reason is the reason for OutcomeUndecided; empty for other outcomes.
	Reason string
	// Revision identifies the policy and the legal data that decided (hash of the bundle).
	Revision string
	// AsOf is the day of the decision (ISO date, UTC).
	AsOf string
	// NextEvaluation is the next day on which the decision can change (ISO date, UTC); empty when there is none.
	NextEvaluation string
	// Findings are sorted by rule, then field.
	Findings []Finding
	// Requirements are sorted by dimension.
	Requirements []Requirement
	// Obligations are the requirements that Chaperone carries out, or shows to people, while the chatbot runs.
	Obligations obligation.Set
	// Upcoming are the known future changes, sorted by date, then rule.
	Upcoming []Change
	// HasConflict is true when laws conflict, so that only a split of the declaration can comply.
	HasConflict bool
	// Split are the declarations proposed to replace one with conflicts. They are free of these conflicts. Usually empty.
	Split []*v1alpha1.ChatbotDeployment
	// Terms apply to the declaration's workloads, together with the rules.
	Terms Terms
}

// Terms are the conditions, set by a declaration and its organisation, under which the rules apply to the declaration's workloads.
type Terms struct {
	// Enforcement is the declaration's enforcement, raised to the floor; in lower case. Empty means deny.
	Enforcement string
	// Floor is the weakest enforcement that the organisation allows, in lower case; empty when it sets none.
	Floor string
	// Actions are the organisation's actions by rule, in lower case.
	Actions map[string]string
	// Waivers are the names of the exceptions that waive a rule, by rule.
	Waivers map[string]string
}

// NewUndecided returns the verdict when no decision was reached, with the reason for people.
func NewUndecided(revision, asOf, reason string) Verdict {
	return Verdict{Outcome: OutcomeUndecided, Reason: reason, Revision: revision, AsOf: asOf}
}

// Refuses reports whether the object must be refused: the outcome is denied or undecided.
func (v Verdict) Refuses() bool {
	return v.Outcome != OutcomeAllow && v.Outcome != OutcomeWarn
}

// RequiresQuarantine reports whether a finding isolates the chatbot: it runs, but only humans answer.
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

// SortFindings sorts findings by rule, then field, in place.
func SortFindings(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Field, b.Field))
	})
}
