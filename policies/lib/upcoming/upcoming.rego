# METADATA
# title: Changes ahead
# description: >-
#   What will change about a declaration without anybody's doing, and when: assessments that expire or grow too old,
#   exceptions that expire. Law that begins or ends is the requirement's to say.
package lib.upcoming

import data.lib.day

# changes that the declaration of the input and its exceptions bring, each with its date: the first day on which it
# holds.
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

# next day on which the verdict can change, of these changes and of the days on which law does: a law that begins may
# also change who is judged by it. An empty text when none is known.
next(known, law) := min(days) if {
	days := law | {change.date | some change in known}
	count(days) > 0
}

next(known, law) := "" if count(known) + count(law) == 0

# The first days on which an assessment counts no more: it has expired, or it is too old.
_ends(assessment, limit) := {date | date := day.after(assessment.expires)} | {date |
	date := day.text((day.number(assessment.completed) + limit) + 1)
}
