# METADATA
# title: Changes ahead
# description: >-
#   What will change about a declaration without anybody's doing, and when: law that begins or ends, assessments that
#   expire or grow too old, exceptions that expire. The argument is the input of the entrypoint `declaration`.
package lib.upcoming

import data.lib.day

# changes that are known, each with its date: the first day on which it holds.
changes(declaration) := declaration.requirement.upcoming | (_expiring(declaration) | _waived(declaration))

# next day on which the verdict can change; an empty text when none is known.
next(declaration) := min(days) if {
	days := _days(declaration)
	count(days) > 0
}

next(declaration) := "" if count(_days(declaration)) == 0

# A law that begins may also change who is judged by it, so every day on which one does is looked at again.
_days(declaration) := declaration.requirement.daysAhead | {change.date | some change in changes(declaration)}

_expiring(declaration) := {change |
	limits := declaration.requirement.dimensions["accountability.assessments"].joined
	some assessment in declaration.spec.assessments
	limit := limits[assessment.type]
	date := min({last | some last in _ends(assessment, limit)})
	date > declaration.asOf
	change := {
		"date": date,
		"rule": "accountability.assessments",
		"kind": "assessment",
		"subject": assessment.type,
		"value": [],
		"sources": declaration.requirement.dimensions["accountability.assessments"].setting,
	}
}

# The first days on which an assessment counts no more: it has expired, or it is too old.
_ends(assessment, limit) := {date | date := day.after(assessment.expires)} | {date |
	date := day.text((day.number(assessment.completed) + limit) + 1)
}

_waived(declaration) := {change |
	some exception in declaration.organisation.exceptions
	date := day.after(exception.expires)
	date > declaration.asOf
	some rule in exception.rules
	change := {
		"date": date,
		"rule": rule,
		"kind": "exception",
		"subject": exception.name,
		"value": [],
		"sources": set(),
	}
}
