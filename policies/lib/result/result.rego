# METADATA
# title: Findings
# description: >-
#   The one shape of findings, and the strength of their actions. The sources of a finding are the points that set the
#   requirement, or for rules without law objects of the same kind: each has a member `source`.
package lib.result

import data.prepared

# The actions, weakest first.
_strength := {"audit": 0, "warn": 1, "quarantine": 2, "deny": 3}

# weaker of two actions.
weaker(a, b) := a if _strength[a] <= _strength[b]

weaker(a, b) := b if _strength[a] > _strength[b]

# stronger of two actions.
stronger(a, b) := a if _strength[a] >= _strength[b]

stronger(a, b) := b if _strength[a] < _strength[b]

# of_dimension is the finding that a dimension is not satisfied; its id is the name of the dimension.
of_dimension(name, merged, details) := object.union(
	{
		"rule": name,
		"dimension": name,
		"required": merged.value,
		"party": prepared.dimensions[name].party,
		"sources": merged.setting,
	},
	details,
)

# of_rule is the finding of a rule with logic of its own: the id, the remedy, the action, the party and the technical
# sources come from the rule's metadata chain, the rest from details (which may replace them).
of_rule(chain, details) := object.union(
	{
		"rule": id(chain),
		"dimension": "",
		"action": object.get(chain[0].annotations.custom, "action", "deny"),
		"party": object.get(chain[0].annotations.custom, "party", "deployer"),
		"remedy": chain[0].annotations.custom.remedy,
		"sources": _sources(chain),
	},
	details,
)

# id of a rule: the package below `governance` and the short name.
id(chain) := sprintf("%s.%s", [chain[0].path[1], chain[0].annotations.custom.short_name])

_sources(chain) := {source |
	some link in chain
	some resource in link.annotations.related_resources
	source := {"source": {
		"code": link.annotations.custom.standard,
		"act": resource.description,
		"url": resource.ref,
	}}
}

# weighed are the findings as they count. The organisation may give a rule another action, though none below its floor;
# the enforcement weakens it; an exception waives it. organisation is an object that may have `actions` and `waivers` by
# rule, and `floor`.
weighed(findings, "deny", organisation) := findings if _silent(organisation)

weighed(findings, enforcement, organisation) := {weakened |
	some finding in findings
	weakened := object.union(finding, {"action": weaker(finding.action, enforcement)})
} if {
	enforcement != "deny"
	_silent(organisation)
}

weighed(findings, enforcement, organisation) := {object.union(finding, effect) |
	some finding in findings
	effect := _effect(finding, enforcement, organisation)
} if {
	not _silent(organisation)
}

# Most organisations say nothing about single rules: nothing is left to look up then.
_silent(organisation) if {
	count(object.get(organisation, "actions", {})) == 0
	count(object.get(organisation, "waivers", {})) == 0
}

_effect(finding, _, organisation) := {"action": "waived", "waivedBy": organisation.waivers[finding.rule]}

_effect(finding, enforcement, organisation) := {"action": weaker(_asked(finding, organisation), enforcement)} if {
	not organisation.waivers[finding.rule]
}

_asked(finding, organisation) := finding.action if not organisation.actions[finding.rule]

_asked(finding, organisation) := stronger(
	organisation.actions[finding.rule],
	weaker(finding.action, object.get(organisation, "floor", "audit")),
)

# enforcement of an object that states one (an empty text for none), held against the organisation's floor.
enforcement(stated, organisation) := stronger(lower(stated), object.get(organisation, "floor", "audit")) if stated != ""

enforcement("", _) := "deny"

# compliant: no finding denies by its rule or by the organisation's word, whatever the enforcement makes of it.
default compliant(_, _) := true

compliant(findings, organisation) := false if {
	_silent(organisation)
	some finding in findings
	finding.action == "deny"
}

compliant(findings, organisation) := false if {
	not _silent(organisation)
	some finding in findings
	not organisation.waivers[finding.rule]
	stronger(finding.action, _asked(finding, organisation)) == "deny"
}

# outcome of the effective actions of findings.
outcome(actions) := "Deny" if "deny" in actions

outcome(actions) := "Warn" if {
	not "deny" in actions
	count(actions & {"warn", "quarantine"}) > 0
}

outcome(actions) := "Allow" if count(actions & {"deny", "quarantine", "warn"}) == 0

# strictest of several enforcements; undefined for none.
strictest(enforcements) := [enforcement |
	some enforcement in enforcements
	_strength[lower(enforcement)] == max({_strength[lower(other)] | some other in enforcements})
][0]

# verdict on an object: the findings with their effective actions, the outcome, and whether the object complies.
verdict(findings, enforcement, organisation) := {
	"findings": effective,
	"outcome": outcome({finding.action | some finding in effective}),
	"compliant": compliant(findings, organisation),
} if {
	count(findings) > 0
	effective := weighed(findings, lower(enforcement), organisation)
}

# Most objects are right: nothing is left to weigh then.
verdict(findings, enforcement, organisation) := {"findings": set(), "outcome": "Allow", "compliant": true} if {
	enforcement
	organisation
	count(findings) == 0
}

# verdict_with is the verdict on an object for which some findings are fixed: nothing weakens or waives those.
verdict_with(fixed, findings, enforcement, organisation) := {
	"findings": effective,
	"outcome": outcome({finding.action | some finding in effective}),
	"compliant": compliant(fixed | findings, organisation),
} if {
	effective := fixed | weighed(findings, lower(enforcement), organisation)
}
