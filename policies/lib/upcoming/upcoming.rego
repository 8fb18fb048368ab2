# METADATA
# title: Changes ahead
# description: >-
#   Changes that will happen to a declaration without an edit, and their days: assessments that begin to count, expire
#   or become too old, and exceptions that expire. The requirement lists the laws that begin or end.
package lib.upcoming

import data.lib.day

# changes from the declaration and its exceptions. The date of each is the first day on which it holds.
changes contains change if {
	points := input.requirement.dimensions["accountability.assessments"].points
	some assessment in input.spec.assessments
	asking := {point | some point in points; point.value[assessment.type]}
	some kind, dates in _turns(assessment, asking)
	some date, sources in dates
	date > input.asOf
	change := {
		"date": date,
		"rule": "accountability.assessments",
		"kind": kind,
		"subject": assessment.type,
		"value": [],
		"sources": sources,
	}
}

# The days on which an assessment begins to count and on which it no longer counts, with the points that ask for it and
# for which it does. It ends for each point when it expires, or when it is older than the point allows.
_turns(assessment, asking) := {
	"begins": {date: asking | asking != set(); date := assessment.completed},
	"assessment": {date: ending |
		some date in {date | some date in ends}
		ending := {point | some point in asking; ends[point] == date}
	},
} if {
	ends := {point: min(dates) |
		some point in asking
		dates := _ends(assessment, point.value[assessment.type])
		dates != set()
	}
}

# The first days on which an assessment no longer counts, because it has expired or is too old. One that was never
# completed never counts.
_ends(assessment, age) := {date | assessment.completed; date := day.after(assessment.expires)} | {date |
	is_number(age)
	date := day.text((day.number(assessment.completed) + age) + 1)
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
