# METADATA
# title: Requirement
# description: What the law requires of every declaration with the same facts, merged over all its codes.
# schemas:
# - input: schema.requirement
package entrypoints.requirement

import data.lib.condition
import data.lib.merge
import data.lib.plan
import data.lib.remedy
import data.prepared

# METADATA
# title: Merged requirement
# description: >-
#   Input are the facts (entrypoint `facts`). The result has the merged value of every dimension with its points, what
#   of it somebody carries out, what of it the organisation loosens, and what changes ahead, with the days.
# entrypoint: true
document := {
	"dimensions": dimensions,
	"plan": plan.of_parts(dimensions, _advised),
	"doubts": remedy.doubts(dimensions, _assuming & _active, input.assumed),
	"obligations": obligations,
	"loosened": loosened,
	"upcoming": upcoming,
	"daysAhead": {date | some date, _ in _turning},
}

# The merged dimensions.
dimensions := {name: merged |
	active := _active
	kinds := prepared.dimensions
	some name, all in prepared.of_dimension
	points := all & active
	count(points) > 0
	dimension := kinds[name]
	type := dimension.type
	joined := merge.value(type, points)
	merged := {
		"value": merge.shown(dimension, joined),
		"joined": joined,
		"setting": merge.setting(type, points, joined),
		"points": points,
	}
}

# The dimensions of which points ask for more that merely advise, with the value that can deny, in a list that is empty
# when nothing can.
_advised[name] := binding if {
	advice := _active & prepared.advisory
	some name in {point.dimension | some point in advice}
	merged := dimensions[name]
	binding := [value | value := merge.value(prepared.dimensions[name].type, merged.points - advice)]
	binding != [merged.joined]
}

# Points that rest on a fact that nothing is declared about.
_assuming := union({prepared.resting[fact] | some fact in input.assumed})

obligations contains obligation if {
	some name, kinds in prepared.carriers
	merged := dimensions[name]
	some kind in kinds
	obligation := {"kind": kind, "dimension": name, "value": merged.value, "sources": merged.setting}
}

# Where records must be kept longer than a request to erase them may wait, erasing means restricting until then.
obligations contains obligation if {
	merged := dimensions["retention.transcriptMin"]
	merged.joined > dimensions["rights.responseDays"].joined
	"erasure" in dimensions["rights.requests"].joined
	obligation := {
		"kind": "rights",
		"dimension": "retention.transcriptMin",
		"value": merged.value,
		"sources": merged.setting,
	}
}

# The points of each code whose conditions do not hold, whatever the day, and all others. Points are taken away code by
# code: a difference of sets sorts them.
_silenced := {code: union({affected[code][atom] | some atom in atoms}) |
	affected := prepared.affected
	some code, atoms in condition.unmet(input.codes, input.holds)
}

_candidates := {code: points |
	all := prepared.points
	some code, silenced in _silenced
	points := all[code] - silenced
}

_applying := union({points |
	some code, candidates in _candidates
	points := candidates - (_later[code] | _over[code])
})

_active := _applying if count(_replaced) == 0

_active := _applying - _replaced if count(_replaced) > 0

_later := {code: union({points | some date, points in starts[code]; date > today}) | some code in input.codes} if {
	starts := prepared.starts
	today := input.asOf
}

_over := {code: union({points | some date, points in ends[code]; date <= today}) | some code in input.codes} if {
	ends := prepared.ends
	today := input.asOf
}

# What the organisation's own values take the place of today.
_replaced := union({prepared.replaced[point._id] |
	some code in input.codes
	some point in (prepared.replacing[code] & _applying)
})

# The dimensions that ask for less than they would without the organisation's own values, with the value that they would
# have and the points that would set it.
loosened[name] := {
	"value": merge.shown(dimension, joined),
	"setting": merge.setting(dimension.type, points, joined),
} if {
	some name in {point.dimension | some point in (_replaced & _applying)}
	dimension := prepared.dimensions[name]
	points := prepared.of_dimension[name] & _applying
	joined := merge.value(dimension.type, points)
	joined != dimensions[name].joined
}

# The points that begin, or are over, on each day ahead.
_turning[date] contains point if {
	today := input.asOf
	some days in [prepared.starts, prepared.ends]
	some code, candidates in _candidates
	some date, points in days[code]
	date > today
	some point in (points & candidates)
}

# What changes without anybody's doing: the value of a dimension from a day on (an empty list of values when nothing is
# required any more), with the points that make the difference.
upcoming contains change if {
	of_dimension := prepared.of_dimension
	some date, turning in _turning
	some name in {point.dimension | some point in turning}
	dimension := prepared.dimensions[name]
	ahead := of_dimension[name] & _ahead
	today := of_dimension[name] & _applying
	begun := {point | some point in ahead; point.from <= date}
	over := {point | some point in ahead; point.over <= date}
	values := _values(name, today, begun, over)
	begun_before := {point | some point in begun; point.from < date}
	over_before := {point | some point in over; point.over < date}
	values != _values(name, today, begun_before, over_before)
	change := {
		"date": date,
		"rule": name,
		"kind": "law",
		"subject": "",
		"value": [merge.shown(dimension, value) | some value in values],
		"sources": ahead & turning,
	}
}

# The points that begin or end one day ahead.
_ahead := union({turning | some _, turning in _turning})

# The value of a dimension, in a list that is empty when there is none, after some points have begun and some, of these
# and of today's, are over. Points that are only added join what today's joined to.
_values(name, today, begun, over) := [merge.value(type, merge.points(type, joined) | begun)] if {
	_only_added(today, begun, over)
	joined := dimensions[name].joined
	type := prepared.dimensions[name].type
}

_values(name, today, begun, over) := [value |
	points := (today | begun) - over
	replaced := union({prepared.replaced[point._id] | some point in (points & _replacing)})
	value := merge.value(prepared.dimensions[name].type, points - replaced)
] if {
	not _only_added(today, begun, over)
}

_only_added(today, begun, over) if {
	count(today) > 0
	count(over) == 0
	count(begun & (_replacing | _replaced)) == 0
}

_replacing := union({prepared.replacing[code] | some code in input.codes})
