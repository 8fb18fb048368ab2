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

// The outcomes. OutcomeUndecided means that the engine did not reach a decision (an error, an undefined result, a missing policy). Callers
// must refuse what they would refuse with OutcomeDeny.
const (
	OutcomeAllow     Outcome = "Allow"
	OutcomeWarn      Outcome = "Warn"
	OutcomeDeny      Outcome = "Deny"
	OutcomeUndecided Outcome = "Undecided"
)

// Action is the effect of a finding.
type Action string

// The actions, weakest first. ActionWaived is the action of a finding that a PolicyException waives.
const (
	ActionWaived Action = "waived"
	// ActionNotApplicable is the action of a finding about a dimension that, as the declaration says, does not apply.
	ActionNotApplicable Action = "notApplicable"
	ActionAudit         Action = "audit"
	ActionWarn          Action = "warn"
	ActionQuarantine    Action = "quarantine"
	ActionDeny          Action = "deny"
)

// Group tells what a rule about workloads, Services or connections protects. Rules about declarations have none.
type Group string

// The groups of rules. GroupEffect are the rules without which the governance of a chatbot has no effect, because traffic could bypass the
// sidecar. GroupHygiene are good practices for pods: a chatbot that does not follow them is governed all the same.
const (
	GroupEffect  Group = "effect"
	GroupHygiene Group = "hygiene"
)

// Finding is a requirement that is not met.
type Finding struct {
	// Rule is the stable id, for example `retention.transcriptMax` or `workload.image_by_digest`.
	Rule string `json:"rule"`
	// Dimension is the name of the dimension that the requirement is about; empty if the rule is not about a dimension.
	Dimension string `json:"dimension"`
	// Group is the group of the rule; empty if the rule is about declarations.
	Group Group `json:"group"`
	// Action is the effective action. It begins as the action of the rule or dimension. It is at most `warn` if only points are not met that
	// cannot deny: those that were not read in a source, those that oblige nobody (guidance, voluntary rules, drafts, acts without a first day,
	// numbers of Chaperone), and those of which it is unknown whether they bind the deployer. A GovernancePolicy can change it. A weaker
	// effective enforcement of the declaration lowers it, a PolicyException makes it ActionWaived, and `spec.notApplicable` makes it
	// ActionNotApplicable; some rules allow none of these.
	Action Action `json:"action"`
	// Field is the JSON path of the field to change, for example `spec.retention.transcriptDays`.
	Field string `json:"field"`
	// Found is the value of the field (any JSON value; nil when unset). The built-in rules put no secrets or personal data in it, but a module
	// of an organisation can put any part of its input in it.
	Found any `json:"found"`
	// Required is the value, or the list of values, that would meet the requirement (any JSON value).
	Required any `json:"required"`
	// Type and Unit are those of the dimension that Required is a value of (law.Dimension explains them). Both are empty if it is none.
	Type string `json:"-"`
	Unit string `json:"-"`
	// Remedy tells the party what to do, in one or more sentences.
	Remedy string `json:"remedy"`
	// Unstated are the fields that the declaration does not state and that could rule the requirement out, sorted.
	Unstated []string `json:"unstated,omitempty"`
	// Party is who must act: `deployer`, `developer`, `processor` or `platform`.
	Party string `json:"party"`
	// Sources are the legal or technical texts that set the requirement, sorted.
	Sources []legal.Source `json:"sources"`
	// WaivedBy names the PolicyExceptions that waive the finding; empty unless the action is waived.
	WaivedBy string `json:"waivedBy,omitempty"`
	// Also are the rules that the same fact breaks, sorted. None of them has an action stronger than Action, and none has a finding for this fact.
	Also []string `json:"also,omitempty"`
	// Reason says why the dimension does not apply, in the words of the declaration; empty unless the action is ActionNotApplicable.
	Reason string `json:"reason,omitempty"`
	// AwaitsApproval names the GovernancePolicies that demand an approval of what the declaration says of the dimension: that it does not
	// apply. Empty unless the declaration says so and the approval is missing.
	AwaitsApproval string `json:"awaitsApproval,omitempty"`
}

// Change is a date on which a decision can change without an edit of an object.
type Change struct {
	// Date is the first day on which the change applies (ISO date, UTC).
	Date string
	// Kind tells what begins or ends on Date: `law`, `assessment` or `exception`.
	Kind string
	// Rule is the id of the rule whose result can change.
	Rule string
	// Subject is the type of the assessment or the name of the exception that expires; empty for law.
	Subject string
	// Value is a list with the newly required value, or an empty list when nothing is required any more. It is empty unless Kind is `law`.
	Value any
	// Type and Unit are those of the dimension that Value is a value of (law.Dimension explains them). Both are empty unless Kind is `law`.
	Type string
	Unit string
	// Unstated are the fields that the declaration does not state and that could rule the change out, sorted.
	Unstated []string
	// Sources are the laws that take effect or expire on Date. For Kind `assessment` they are the laws that require the assessment.
	Sources []legal.Source
}

// Requirement is what the law requires of a declaration in one dimension, merged over all of its places and sectors.
type Requirement struct {
	// Dimension is the name of the dimension.
	Dimension string `json:"dimension"`
	// Value is the merged value. The type of the dimension determines its type.
	Value any `json:"value"`
	// Sources are the laws that set the value, sorted.
	Sources []legal.Source `json:"sources"`
	// Overridden are the laws that apply too but require less than Value. The machine-readable output leaves them out.
	Overridden []legal.Source `json:"-"`
}

// Place is a part of the jurisdictions of a declaration for which the declaration states the same values.
type Place struct {
	// Spec is the spec as it applies there: with the jurisdictions and the values of the place.
	Spec *v1alpha1.ChatbotDeploymentSpec
	// Obligations are those of the place.
	Obligations *obligation.Set
}

// Verdict is the result of one evaluation.
type Verdict struct {
	Outcome Outcome
	// Compliant is false when a finding would deny if the declaration's enforcement did not lower its action. The outcome of a compliant
	// verdict can still be OutcomeUndecided.
	Compliant bool
	// Reason is the reason for OutcomeUndecided; empty for other outcomes.
	Reason string
	// Revision is a hash that identifies the bundle and the organisation that decided.
	Revision string
	// AsOf is the day of the decision (ISO date, UTC).
	AsOf string
	// NextEvaluation is the next day on which the decision can change (ISO date, UTC); empty when there is none.
	NextEvaluation string
	// Findings are sorted by rule, then field.
	Findings []Finding
	// Requirements are sorted by dimension.
	Requirements []Requirement
	// Obligations are the requirements that Chaperone carries out, or shows to people, while the chatbot runs. It is nil if the verdict is not
	// about a declaration, or if no decision was reached; the set of a declaration without obligations is empty. It is a pointer because a Set
	// takes 2.4 KiB, and most verdicts are about objects that have none.
	Obligations *obligation.Set
	// Places are the places for which the declaration states values of its own, in its order, and the rest of its jurisdictions; empty if it
	// states none.
	Places []Place
	// Upcoming are the known future changes, sorted by date, then rule.
	Upcoming []Change
	// HasConflict is true when no single declaration can meet the laws of all declared places, so that the declaration must be split.
	HasConflict bool
	// Split are the declarations proposed in place of one with conflicts; none of them has these conflicts. Empty when there is no conflict
	// or no proposal.
	Split []*v1alpha1.ChatbotDeployment
	// Terms determine the actions of findings about the declaration's workloads.
	Terms Terms
}

// Terms are what the declaration, its organisation and its exceptions say about the actions of findings.
type Terms struct {
	// Enforcement is the effective enforcement: the stricter of `spec.enforcement` and Floor, in lower case. Empty means `deny`.
	Enforcement string
	// Floor is the weakest enforcement that the organisation allows, in lower case; empty when it sets none.
	Floor string
	// Actions maps rule ids to the action that the organisation sets for the rule, in lower case.
	Actions map[string]string
	// Waivers maps rule ids to the names of the exceptions that waive the rule.
	Waivers map[string]string
}

// NewUndecided returns a verdict with OutcomeUndecided. reason is a text for people.
func NewUndecided(revision, asOf, reason string) Verdict {
	return Verdict{Outcome: OutcomeUndecided, Reason: reason, Revision: revision, AsOf: asOf}
}

// Refuses reports whether the object must be refused: the outcome is neither OutcomeAllow nor OutcomeWarn.
func (v Verdict) Refuses() bool {
	return v.Outcome != OutcomeAllow && v.Outcome != OutcomeWarn
}

// Join returns the verdict about an object that has to satisfy both verdicts: their findings, and the stronger outcome. A denial, which says
// what to do, takes precedence over an outcome that was not reached.
func (v Verdict) Join(other Verdict) Verdict {
	for _, both := range [][2]Verdict{{v, other}, {other, v}} {
		if isUndecided := both[1].Refuses() && both[1].Outcome != OutcomeDeny; isUndecided {
			if both[0].Outcome == OutcomeDeny {
				return both[0]
			}
			return both[1]
		}
	}
	v.Findings = slices.Concat(v.Findings, other.Findings)
	slices.SortStableFunc(v.Findings, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Field, b.Field)) })
	v.Compliant = v.Compliant && other.Compliant
	if strength := []Outcome{OutcomeAllow, OutcomeWarn, OutcomeDeny}; slices.Index(strength, other.Outcome) > slices.Index(strength, v.Outcome) {
		v.Outcome = other.Outcome
	}
	return v
}

// RequiresQuarantine reports whether a finding has the action `quarantine`: the chatbot runs, but only humans answer.
func (v Verdict) RequiresQuarantine() bool {
	return slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Action == ActionQuarantine })
}

// Rules returns the distinct ids of the rules that are not met, sorted: those of the findings, and those that the same facts break.
func (v Verdict) Rules() []string {
	ids := make([]string, 0, len(v.Findings))
	for _, f := range v.Findings {
		ids = append(append(ids, f.Rule), f.Also...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// ListActions returns the actions that a finding can have, strongest first.
func ListActions() []Action {
	return []Action{ActionDeny, ActionQuarantine, ActionWarn, ActionAudit, ActionWaived, ActionNotApplicable}
}

// SortFindings sorts findings in place: those that deny first, those that have no effect last, and each of these by rule, then field.
func SortFindings(findings []Finding) {
	actions := ListActions()
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(actions, a.Action), slices.Index(actions, b.Action)),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Field, b.Field),
		)
	})
}

// CountNotApplicable returns the number of findings that do not apply, as the declaration says, by dimension. It is empty if all apply.
func (v *Verdict) CountNotApplicable() map[string]int {
	counts := map[string]int{}
	for i := range v.Findings {
		if v.Findings[i].Action == ActionNotApplicable {
			counts[v.Findings[i].Dimension]++
		}
	}
	return counts
}
