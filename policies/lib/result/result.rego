# METADATA
# title: Findings
# description: The one shape of findings, and the strength of their actions.
package lib.result

import data.prepared

# The actions, weakest first.
_strength := {"audit": 0, "warn": 1, "quarantine": 2, "deny": 3}

# weaker of two actions.
weaker(a, b) := a if _strength[a] <= _strength[b]

weaker(a, b) := b if _strength[a] > _strength[b]

# of_dimension is the finding that a dimension is not satisfied; its id is the name of the dimension.
of_dimension(name, merged, details) := object.union(
	{
		"rule": name,
		"dimension": name,
		"required": merged.value,
		"party": prepared.dimensions[name].party,
		"sources": sources(merged.setting),
	},
	details,
)

# sources of points.
sources(points) := {point.source | some point in points}

# of_rule is the finding of a rule with logic of its own: the id, the remedy, the action, the party and the technical sources
# come from the rule's metadata chain, the rest from details (which may replace them).
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
id(chain) := sprintf("%s.%s", [chain[0].path[2], chain[0].annotations.custom.short_name])

_sources(chain) := {source |
	some link in chain
	some resource in link.annotations.related_resources
	source := {
		"code": link.annotations.custom.standard,
		"act": resource.description,
		"url": resource.ref,
	}
}

# effective is the finding with its action weakened to the enforcement of the declaration.
effective(finding, enforcement) := object.union(finding, {"action": weaker(finding.action, lower(enforcement))})

# outcome of effective findings.
outcome(findings) := "Deny" if {
	some finding in findings
	finding.action == "deny"
}

outcome(findings) := "Warn" if {
	actions := {finding.action | some finding in findings}
	not "deny" in actions
	count(actions & {"warn", "quarantine"}) > 0
}

outcome(findings) := "Allow" if {
	actions := {finding.action | some finding in findings}
	count(actions & {"deny", "quarantine", "warn"}) == 0
}

# compliant is false when a finding's own action denies.
compliant(findings) := count([finding | some finding in findings; finding.action == "deny"]) == 0
