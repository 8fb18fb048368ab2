# METADATA
# title: Facts
# description: >-
#   One finding for one fact. Where several rules find the same, the strongest of them stays, and names the others in
#   `also`. A finding without effect, because it is waived or its dimension does not apply, hides no other.
package lib.fact

import data.lib.result

# one_each are the findings of which each is about another fact.
one_each(findings) := _joined(findings, _candidates(findings))

_joined(findings, candidates) := findings if count(candidates) < 2

_joined(findings, candidates) := (findings - candidates) | {kept |
	said := {pair | some pair in _pairs(candidates)}
	hidden := {pair[1] | some pair in said}
	some finding in (candidates - hidden)
	kept := _with(finding, _hides(said, finding))
} if {
	count(candidates) > 1
}

_with(finding, hidden) := finding if count(hidden) == 0

_with(finding, hidden) := object.union(finding, {"also": {other.rule | some other in hidden}}) if count(hidden) > 0

# The findings that a finding hides, by itself or by one that it hides.
_hides(said, finding) := direct | {pair[1] | some pair in said; pair[0] in direct} if {
	direct := {pair[1] | some pair in said; pair[0] == finding}
}

# Only findings with an effect take part, and of these only those that share a field or have a counterpart elsewhere.
_candidates(findings) := {finding |
	some finding in (_elsewhere_of(findings) | _sharing(findings))
	result.strength(finding.action) >= 0
}

_elsewhere_of(findings) := {finding | some finding in findings; finding.rule in _elsewhere}

# Most findings are about fields of their own.
default _sharing(_) := set()

_sharing(findings) := {finding | some finding in findings; finding.field in shared} if {
	fields := sort([field | field := findings[_].field])
	count({field | some field in fields}) < count(fields)
	shared := {field | some i, field in fields; fields[i + 1] == field}
}

# Pairs of findings about the same fact, of which the first hides the second.
_pairs(findings) := {[one, other] |
	some one in findings
	some other in findings
	one.rule != other.rule
	result.strength(one.action) >= result.strength(other.action)
	_says(one, other)
}

# A field that is not stated is one fact, whatever laws ask for it.
_says(one, other) if {
	one.field == other.field
	_is_unstated(one)
	_is_unstated(other)
	[result.strength(other.action), one.rule] < [result.strength(one.action), other.rule]
}

_says(one, other) if {
	one.field == other.field
	other.rule in _same[one.rule]
}

# A practice that is listed is one fact, whether the law forbids it by its name or demands the contrary.
_says(one, other) if {
	one.rule == "prohibited.practices"
	one.field == other.field
	_practices[other.rule] in {practice | some practice in one.found; practice in one.required}
}

# The age of people and the consent of their parents answer each other.
_says(one, other) if {
	other.rule == "consent.parental"
	one.rule in {"consent.childAge", "conflicts.age"}
	split(one.field, "audience")[0] == split(other.field, "audience")[0]
}

_elsewhere := {"consent.parental", "consent.childAge", "conflicts.age"}

_is_unstated(finding) if {
	finding.rule == finding.dimension
	finding.found == null
}

# The rules that say the same as another rule at the same field, such as one about a conflict.
_same := {
	"conflicts.age": {"consent.childAge"},
	"conflicts.languages": {"transparency.languages"},
	"conflicts.nowhere_to_store": {"residency.countries"},
	"conflicts.retention_window": {
		"retention.transcriptMin", "retention.transcriptMax",
		"retention.auditMin", "retention.auditMax",
	},
	"residency.noneOf": {"residency.processor_country"},
}

_practices := {"fairness.darkPatterns": "dark-patterns", "transparency.truthful": "pose-as-human"}
