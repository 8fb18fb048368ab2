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
#   The input has the facts (entrypoint `facts`). The result has the merged value of every dimension with its points,
#   the points that only advise, the obligations to carry out, the dimensions that the organization loosens, and the
#   changes ahead with their days.
# entrypoint: true
document := {
	"dimensions": dimensions,
	"plan": plan.of_parts(dimensions, _advised, _asking),
	"advice": _advice,
	"doubts": remedy.doubts(dimensions, _presumed),
	"obligations": obligations,
	"loosened": loosened,
	"upcoming": upcoming,
	"daysAhead": {date | some date, _ in _changing},
}

# The capacities of people and the sectors, of which some ask for answers that others need not give.
_asking := object.get(input.holds, "audience", set()) | object.get(input.holds, "sectors", set())

dimensions := {name: merged |
	active := _active
	kinds := prepared.dimensions
	some name, all in prepared.of_dimension
	points := all & active
	points != set()
	dimension := kinds[name]
	type := dimension.type
	joined := merge.value(type, points)
	merged := {
		"value": merge.shown(dimension, joined),
		"joined": joined,
		"setting": merge.setting(type, points, joined),
		"points": points,
		"light": points & prepared.light,
	}
}

# The dimensions for which advisory points require more than the binding points, with the binding value in a list that
# is empty if no point is binding.
_advised := {name: binding |
	advice := _advice
	kinds := prepared.dimensions
	some name, merged in dimensions
	advising := merged.points & advice
	advising != set()
	bound := merged.points - advising
	binding := [value | value := merge.value(kinds[name].type, bound)]
	binding != [merged.joined]
}

# The points that apply and cannot deny: those that advise, and those of which it is unknown whether they bind the
# deployer at all, because a fact that says whom they bind was not declared.
_advice := (_active & prepared.advisory) | union({_presumed[fact] | some fact in prepared.facts.addressee})

# The points with a condition that reads an undeclared fact, by fact. The set of points is small and the sets of the
# whole law are not, so each of these is cut before they are joined.
_presumed := _resting(_active)

_resting(points) := {fact: resting | some fact in input.assumed; resting := points & _open(fact)}

# The points with a condition that reads the undeclared fact and is not settled by what is known of it.
_open(fact) := prepared.resting[fact] if not input.certain[fact]

_open(fact) := union({prepared.affected[code][name] |
	some code in input.codes
	some name in prepared.needs[code]
	atom := prepared.atoms[name]
	atom.fact == fact
	atom.values & known == set()
}) if {
	known := input.certain[fact]
}

obligations contains obligation if {
	some name, kinds in prepared.carriers
	merged := dimensions[name]
	some kind in kinds
	obligation := {"kind": kind, "dimension": name, "value": merged.value, "sources": merged.setting}
}

# If records must be kept longer than the deadline for erasing them, their use is restricted until then.
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

# The points of each code whose conditions do not hold on any day, and the other points. Points are removed code by
# code, because a difference of sets sorts its elements.
_not_applying := {code: union({points | points := affected[code][atoms[_]]}) |
	affected := prepared.affected
	some code, atoms in condition.unmet(input.codes, input.holds)
}

_candidates := {code: points |
	all := prepared.points
	some code, not_applying in _not_applying
	points := all[code] - not_applying
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

# The points that values of the organization replace today.
_replaced := union({prepared.replaced[point._id] |
	some code in input.codes
	some point in (prepared.replacing[code] & _applying)
})

# The dimensions that require less because of values of the organization, with the value without them and the points
# that set it.
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

# The points that begin or end on each day ahead.
_changing[date] contains point if {
	today := input.asOf
	some days in [prepared.starts, prepared.ends]
	some code, candidates in _candidates
	some date, points in days[code]
	date > today
	some point in (points & candidates)
}

# Changes that happen without an edit: the value of a dimension from a day on, in a list that is empty if nothing is
# required any more, with the points that cause the change.
upcoming contains change if {
	of_dimension := prepared.of_dimension
	some date, changing in _changing
	some name in {dimension | dimension := changing[_].dimension}
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
		"type": dimension.type,
		"unit": dimension.unit,
		"unstated": remedy.unstated(begun & changing, _presumed_ahead),
		"sources": ahead & changing,
	}
}

# Points that begin or end on a later day and have a condition that reads an undeclared fact, by fact.
_presumed_ahead := _resting(_ahead)

# The points that begin or end on a later day.
_ahead := union({changing | some _, changing in _changing})

# The value of a dimension after some points have begun and others have ended, in a list that is empty if there is no
# value. If points are only added, they are joined with the value of today.
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
