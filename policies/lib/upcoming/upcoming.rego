# METADATA
# title: Changes ahead
# description: >-
#   Changes that will happen to a declaration without an edit, and their days: assessments that expire or become too
#   old, and exceptions that expire. The requirement lists the laws that begin or end.
package lib.upcoming

import data.lib.day

# changes from the declaration and its exceptions. The date of each is the first day on which it holds.
changes contains change if {
	required := input.requirement.dimensions["accountability.assessments"]
	some assessment in input.spec.assessments
	limit := required.joined[assessment.type]
	date := min({last | some last in _ends(assessment, limit)})
	date > input.asOf
	change := {
		"date": date,
		"rule": "accountability.assessments",
		"kind": "assessment",
		"subject": assessment.type,
		"value": [],
		"sources": required.setting,
	}
}

changes contains change if {
	some exception in input.organisation.exceptions
	date := day.after(exception.expires)
	date > input.asOf
	some rule in _subjects(exception)
	change := {
		"date": date,
		"rule": rule,
		"kind": "exception",
		"subject": exception.name,
		"value": [],
		"sources": set(),
	}
}

# The rules that an exception waives, and the dimensions of which it approves that they do not apply.
_subjects(exception) := rules | {stated.dimension | some stated in exception.notApplicable} if {
	rules := {rule | some rule in exception.rules}
}

# next day on which the verdict can change, from these changes and the days on which law changes; an empty text if there
# is none. A law that begins can also change which conditions hold.
next(known, law) := min(days) if {
	days := law | {change.date | some change in known}
	count(days) > 0
}

next(known, law) := "" if count(known) + count(law) == 0

# The first days on which an assessment no longer counts, because it has expired or is too old.
_ends(assessment, limit) := {date | date := day.after(assessment.expires)} | {date |
	date := day.text((day.number(assessment.completed) + limit) + 1)
}
