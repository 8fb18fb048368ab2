# METADATA
# title: Declaration
# description: Judges one ChatbotDeployment against the requirement of its facts.
# schemas:
# - input: schema.declaration
package entrypoints.declaration

import data.governance.conflicts
import data.governance.declaration
import data.governance.residency
import data.lib.compare
import data.lib.day
import data.lib.result

# METADATA
# title: Verdict on a declaration
# description: >-
#   Input is `{spec, asOf, facts, requirement}`, the last two being the results of the entrypoints `facts` and
#   `requirement`. The result has the findings with their effective actions, the outcome, whether the declaration
#   complies by the findings' own actions, the obligations that it states itself, and the next day on which the verdict
#   can change.
# entrypoint: true
verdict := {
	"findings": effective,
	"outcome": result.outcome({finding.action | some finding in effective}),
	"compliant": count({finding | some finding in _findings; finding.action == "deny"}) == 0,
	"obligations": _suspend,
	"nextEvaluation": _next,
} if {
	enforcement := object.get(input.spec, "enforcement", "Deny")
	effective := result.effective(_findings - declaration.deny, enforcement) | declaration.deny
}

# What a declaration says that cannot be read (declaration.deny) is refused whatever its enforcement: nobody knows
# which law it would leave out.
_findings := union({
	declaration.deny,
	compare.findings(input.spec, input.requirement, input.facts),
	residency.deny,
	conflicts.deny,
	conflicts.warn,
})

_suspend := {{"kind": "suspend", "dimension": "", "value": true, "sources": set()} | input.spec.suspended == true}

_next := min(_days_ahead) if count(_days_ahead) > 0

_next := "" if count(_days_ahead) == 0

_days_ahead contains date if date := input.requirement.nextEvaluation

_days_ahead contains date if {
	some assessment in _needed_assessments
	date := day.after(assessment.expires)
	date > input.asOf
}

_days_ahead contains date if {
	some assessment in _needed_assessments
	limit := input.requirement.dimensions["accountability.assessments"].joined[assessment.type]
	date := day.text((day.number(assessment.completed) + limit) + 1)
	date > input.asOf
}

_needed_assessments contains assessment if {
	some assessment in input.spec.assessments
	input.requirement.dimensions["accountability.assessments"].joined[assessment.type]
}
