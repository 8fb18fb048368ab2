# METADATA
# title: Findings
# description: >-
#   The common form of findings, and the strength of their actions. The sources of a finding are the points that set the
#   requirement, or, for rules without law, objects of the same form: each has a member `source`.
package lib.result

import data.lib.practice
import data.prepared

# The actions, weakest first.
_strength := {"audit": 0, "warn": 1, "quarantine": 2, "deny": 3}

# strength of an action; undefined for a finding without effect.
strength(action) := _strength[action]

# weaker of two actions.
weaker(a, b) := a if _strength[a] <= _strength[b]

weaker(a, b) := b if _strength[a] > _strength[b]

# stronger of two actions.
stronger(a, b) := a if _strength[a] >= _strength[b]

stronger(a, b) := b if _strength[a] < _strength[b]

# of_dimension is the finding for a dimension that is not satisfied; its rule id is the name of the dimension.
of_dimension(name, merged, details) := object.union(
	{
		"rule": name,
		"dimension": name,
		"group": "",
		"required": merged.value,
		"type": prepared.dimensions[name].type,
		"unit": prepared.dimensions[name].unit,
		"party": prepared.dimensions[name].party,
		"sources": merged.setting,
	},
	details,
)

# of_rule is the finding of a rule with its own logic: the id, the group, the remedy, the action, the party and the
# technical sources come from the metadata chain of the rule, the rest from details, which can override them.
of_rule(chain, details) := object.union(
	{
		"rule": id(chain),
		"dimension": "",
		"group": _group(chain),
		"action": object.get(chain[0].annotations.custom, "action", "deny"),
		"party": object.get(chain[0].annotations.custom, "party", "deployer"),
		"remedy": chain[0].annotations.custom.remedy,
		"sources": _sources(chain),
	},
	details,
)

# id of a rule: the package below `governance`, and the short name.
id(chain) := sprintf("%s.%s", [chain[0].path[1], chain[0].annotations.custom.short_name])

# The group of a rule overrides that of its package. Rules about declarations have no group.
default _group(_) := ""

_group(chain) := [group | some link in chain; group := link.annotations.custom.group][0]

_sources(chain) := {source |
	some link in chain
	some resource in link.annotations.related_resources
	source := {"source": {
		"code": link.annotations.custom.standard,
		"act": resource.description,
		"url": resource.ref,
	}}
}

# with_effective_actions are the findings after the organization and the enforcement. The organization can change the
# action of a rule, but not below its floor; the enforcement weakens the action; an exception waives it. The declaration
# can say why a dimension does not apply. organisation is an object that can have `actions` and `waivers` by rule,
# `notApplicable` by dimension, and `floor`.
with_effective_actions(findings, "deny", organisation) := findings if _has_no_settings(organisation)

with_effective_actions(findings, enforcement, organisation) := {weakened |
	some finding in findings
	weakened := object.union(finding, {"action": weaker(finding.action, enforcement)})
} if {
	enforcement != "deny"
	_has_no_settings(organisation)
}

with_effective_actions(findings, enforcement, organisation) := {object.union(finding, effect) |
	some finding in findings
	effect := _effect(finding, enforcement, organisation)
} if {
	not _has_no_settings(organisation)
}

# Most organizations do not configure single rules, and then no lookup is needed.
_has_no_settings(organisation) if {
	count(object.get(organisation, "actions", {})) == 0
	count(object.get(organisation, "waivers", {})) == 0
	count(object.get(organisation, "notApplicable", {})) == 0
}

_effect(finding, _, organisation) := {"action": "waived", "waivedBy": organisation.waivers[finding.rule]}

_effect(finding, _, organisation) := {
	"action": "notApplicable",
	"reason": organisation.notApplicable[finding.dimension],
} if {
	not organisation.waivers[finding.rule]
	not practice.is_stated(finding)
}

_effect(finding, enforcement, organisation) := object.union(
	{"action": weaker(_configured(finding, organisation), enforcement)},
	_doubt(finding, organisation),
) if {
	not _lifted(finding, organisation)
}

# A finding that an exception waives, or whose dimension does not apply.
_lifted(finding, organisation) if organisation.waivers[finding.rule]

_lifted(finding, organisation) if {
	organisation.notApplicable[finding.dimension]
	not practice.is_stated(finding)
}

# What is said of a reason that does not lift the finding.
default _doubt(_, _) := {}

_doubt(finding, organisation) := {"remedy": sprintf("%s %s", [
	finding.remedy,
	"The reason in spec.notApplicable does not count, because the declaration itself states the practice.",
])} if {
	organisation.notApplicable[finding.dimension]
}

_configured(finding, organisation) := finding.action if not organisation.actions[finding.rule]

_configured(finding, organisation) := stronger(
	organisation.actions[finding.rule],
	weaker(finding.action, object.get(organisation, "floor", "audit")),
)

# enforcement of an object, at least the organization's floor. stated is empty if the object states none.
enforcement(stated, organisation) := stronger(lower(stated), object.get(organisation, "floor", "audit")) if stated != ""

enforcement("", _) := "deny"

# compliant holds if no finding denies by its rule or by the organization, regardless of the enforcement.
default compliant(_, _) := true

compliant(findings, organisation) := false if {
	_has_no_settings(organisation)
	some finding in findings
	finding.action == "deny"
}

compliant(findings, organisation) := false if {
	not _has_no_settings(organisation)
	some finding in findings
	not _lifted(finding, organisation)
	stronger(finding.action, _configured(finding, organisation)) == "deny"
}

# outcome of the effective actions.
outcome(actions) := "Deny" if "deny" in actions

outcome(actions) := "Warn" if {
	not "deny" in actions
	count(actions & {"warn", "quarantine"}) > 0
}

outcome(actions) := "Allow" if count(actions & {"deny", "quarantine", "warn"}) == 0

# by_points is the action of a finding about what some points of the law require: `strongest`, but a warning unless one
# of these points binds. They are advice if they were not read in a source, oblige nobody, or bind people of whom it is
# unknown whether the deployer is one of them.
by_points(strongest, points) := strongest if count(points - input.requirement.advice) > 0

by_points(strongest, points) := weaker(strongest, "warn") if count(points - input.requirement.advice) == 0

# strongest of several actions; undefined for none.
strongest(actions) := [action |
	some action in actions
	_strength[action] == max({_strength[other] | some other in actions})
][0]

# verdict on an object: the findings with their effective actions, the outcome, and whether the object complies.
verdict(findings, enforcement, organisation) := {
	"findings": effective,
	"outcome": outcome({finding.action | some finding in effective}),
	"compliant": compliant(findings, organisation),
} if {
	count(findings) > 0
	effective := with_effective_actions(findings, lower(enforcement), organisation)
}

# Most objects have no findings, and then no weighing is needed.
verdict(findings, enforcement, organisation) := {"findings": set(), "outcome": "Allow", "compliant": true} if {
	enforcement
	organisation
	count(findings) == 0
}

# verdict_with is the verdict on an object with fixed findings, which nothing weakens or waives.
verdict_with(fixed, findings, enforcement, organisation) := {
	"findings": effective,
	"outcome": outcome({finding.action | some finding in effective}),
	"compliant": compliant(fixed | findings, organisation),
} if {
	effective := fixed | with_effective_actions(findings, lower(enforcement), organisation)
}

# verdict_for_chatbots is the verdict on an object that leads to the pods of at least one chatbot. Each finding has the
# strongest of the actions that it has for one of the chatbots: each can have another enforcement, and other settings of
# the organization.
verdict_for_chatbots(findings, chatbots) := {
	"findings": effective,
	"outcome": outcome({finding.action | some finding in effective}),
	"compliant": count(_violating(findings, chatbots)) == 0,
} if {
	count(chatbots) > 0
	effective := {object.union(finding, {"action": action}) |
		some finding in findings
		action := strongest({_action_for(finding, chatbot) | some chatbot in chatbots})
	}
}

_violating(findings, chatbots) := {chatbot |
	some chatbot in chatbots
	not compliant(findings, _settings(chatbot))
}

_action_for(finding, chatbot) := weaker(_configured(finding, _settings(chatbot)), lower(chatbot.enforcement))

_settings(chatbot) := object.get(chatbot, "organisation", {})
