# METADATA
# title: Declaration
# description: Decides on one ChatbotDeployment by the requirement of its facts.
# schemas:
# - input: schema.declaration
package entrypoints.declaration

import data.governance.accountability
import data.governance.agreement
import data.governance.conflicts
import data.governance.conflicts.records
import data.governance.consent
import data.governance.contract
import data.governance.declaration
import data.governance.declaration.answers
import data.governance.declaration.country
import data.governance.declaration.vocabulary
import data.governance.intellectual_property
import data.governance.profile
import data.governance.residency
import data.governance.residency.storage
import data.governance.security
import data.governance.transparency
import data.governance.transparency.claims
import data.governance.transparency.unread
import data.lib.compare
import data.lib.fact
import data.lib.result
import data.lib.upcoming
import data.prepared

# METADATA
# title: Verdict on a declaration
# description: >-
#   The input is `{spec, asOf, facts, requirement, organisation}`: `facts` and `requirement` are the results of the
#   entrypoints of these names; `organisation`, which is optional, has the floor, the actions by rule, the findings and
#   the exceptions of the organization, and the policies that demand approvals by dimension. The result has the findings
#   with their effective actions, the outcome, whether the declaration complies before enforcement, the enforcement and
#   the waivers for its workloads, the obligations that the declaration itself states, the changes ahead that do not
#   come from law, and the next day on which the verdict can change.
# entrypoint: true
verdict := {
	"findings": effective,
	"outcome": result.outcome({finding.action | some finding in effective}),
	"compliant": result.compliant(_findings, _organisation),
	"enforcement": enforcement,
	"waivers": _waivers,
	"obligations": _suspend,
	"upcoming": _ahead,
	"nextEvaluation": upcoming.next(_ahead, _days_ahead),
} if {
	enforcement := result.enforcement(object.get(input.spec, "enforcement", ""), _organisation)
	acting := result.with_effective_actions(_findings - _fixed, enforcement, _organisation)
	effective := _awaiting(fact.one_each(acting)) | _fixed
}

# The findings, with the policies that demand an approval of what the declaration says of the dimension.
_awaiting(findings) := findings if count(declaration.unapproved) == 0

_awaiting(findings) := {object.union(finding, {"awaitsApproval": policies}) |
	some finding in findings
	policies := object.get(declaration.unapproved, object.get(finding, "dimension", ""), "")
} if {
	count(declaration.unapproved) > 0
}

_fixed := union({declaration.deny, vocabulary.deny, country.deny, answers.deny})

# A declaration with unknown codes or names (_fixed) is denied regardless of its enforcement, because it is unknown
# which law it would leave out.
_findings := union({
	_fixed,
	_compared,
	residency.deny,
	residency.warn,
	accountability.warn,
	agreement.warn,
	profile.warn,
	security.warn,
	{finding | some finding in input.organisation.findings},
	intellectual_property.deny,
	intellectual_property.warn,
	transparency.warn,
	claims.deny,
	claims.warn,
	unread.warn,
	consent.warn,
	contract.warn,
})

# The findings about what the law asks of the whole declaration or, where it states values by place, of each place.
_compared := _of_law | storage.warn if not input.places

_compared := (_of_whole | {finding |
	some place in input.places
	some found in _of_law with input as _input_of(place)
	_is_of_place(found)
	finding := object.union(found, {"field": _field_of(place, found.field)})
}) | {finding |
	# Each place can have countries of storage of its own, so the whole is not judged besides.
	some place in input.places
	some found in storage.warn with input as _input_of(place)
	finding := object.union(found, {"field": _field_of(place, found.field)})
} if {
	input.places
}

_input_of(place) := object.union(object.filter(input, object.keys(input) - object.keys(place.input)), place.input)

_of_whole := {finding | some finding in _of_law; not _by_place(finding)}

_is_of_place(finding) if _by_place(finding)

# A fact that is stated for a place, such as an age, can bring law that the facts of the whole declaration do not, or
# law that binds where that of the whole only advises.
_is_of_place(finding) if {
	not _by_place(finding)
	not _is_of_whole(finding)
}

_is_of_whole(finding) if {
	some other in _of_whole
	[other.rule, other.field] == [finding.rule, finding.field]
	result.strength(other.action) >= result.strength(finding.action)
}

_of_law := union({compare.findings, conflicts.deny, conflicts.warn, records.deny, records.warn})

_by_place(finding) if prepared.dimensions[finding.dimension].perPlace

# The field of a place's own value, or else that of the whole declaration.
_field_of(place, field) := sprintf("spec.%s.%s", [place.field, trim_prefix(field, "spec.")]) if _states(place, field)

_field_of(place, field) := field if not _states(place, field)

_states(place, field) if object.get(place.values, split(trim_prefix(field, "spec."), "."), null) != null

_organisation := object.union(object.get(input, "organisation", {}), {
	"waivers": _waivers,
	"notApplicable": declaration.not_applicable,
})

# The rules that are waived today, each with its exception.
_waivers[rule] := concat(", ", {exception.name | some exception in _active; rule in exception.rules}) if {
	some exception in _active
	some rule in exception.rules
}

_active contains exception if {
	some exception in input.organisation.exceptions
	exception.expires >= input.asOf
}

# The changes ahead and the days on which law changes, for the whole declaration and for each place with its own facts.
_ahead := upcoming.changes if not input.places

_ahead := upcoming.changes | {joined |
	some change in _ahead_of_places
	sources := union({other.sources | some other in _ahead_of_places; _turn(other) == _turn(change)})
	joined := object.union(change, {"sources": sources})
} if {
	input.places
}

# The changes of places that are none of the whole. One that is the same for several places is one, with all sources.
_ahead_of_places := {change |
	turns := {_turn(change) | some change in upcoming.changes}
	some place in input.places
	some change in upcoming.changes with input as object.union(input, {"requirement": place.input.requirement})
	not _turn(change) in turns
}

_turn(change) := [change.kind, change.subject, change.date]

_days_ahead := union({input.requirement.daysAhead} | {place.input.requirement.daysAhead | some place in input.places})

_suspend := {{"kind": "suspend", "dimension": "", "value": true, "sources": set()} | input.spec.suspended == true}
