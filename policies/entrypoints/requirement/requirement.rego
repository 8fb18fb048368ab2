# METADATA
# title: Requirement
# description: What the law requires of every declaration with the same facts, merged over all its codes.
# schemas:
# - input: schema.requirement
package entrypoints.requirement

import data.lib.condition
import data.lib.merge
import data.prepared

# METADATA
# title: Merged requirement
# description: >-
#   Input are the facts (entrypoint `facts`). The result has the merged value of every dimension with its points, what
#   of it somebody carries out, and the next day on which it can change.
# entrypoint: true
document := {
	"dimensions": dimensions,
	"joined": {name: merged.joined | some name, merged in dimensions},
	"binding": {name: merged.binding[0] | some name, merged in dimensions},
	"advised": {name | some name, merged in dimensions; merged.binding != [merged.joined]},
	"obligations": obligations,
	"nextEvaluation": min(_days_ahead),
} if {
	count(_days_ahead) > 0
}

document := {
	"dimensions": dimensions,
	"joined": {name: merged.joined | some name, merged in dimensions},
	"binding": {name: merged.binding[0] | some name, merged in dimensions},
	"advised": {name | some name, merged in dimensions; merged.binding != [merged.joined]},
	"obligations": obligations,
} if {
	count(_days_ahead) == 0
}

dimensions[name] := _merged(prepared.dimensions[name], points) if {
	some name, all in prepared.of_dimension
	points := all & _active
	count(points) > 0
}

_merged(dimension, points) := {
	"value": merge.shown(dimension, joined),
	"joined": joined,
	"binding": _binding(dimension.type, points, joined),
	"setting": merge.setting(dimension.type, points, joined),
	"points": points,
} if {
	joined := merge.value(dimension.type, points)
}

# The part of the value that can deny, in a list that is empty when nothing can.
_binding(_, points, joined) := [joined] if count(points & prepared.advisory) == 0

_binding(type, points, _) := [value | value := merge.value(type, points - prepared.advisory)] if {
	count(points & prepared.advisory) > 0
}

obligations contains obligation if {
	some name, merged in dimensions
	some kind in prepared.dimensions[name].carriers
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

# Points whose conditions do not hold, whatever the day.
_silenced := union({prepared.affected[code][atom] |
	some code, atoms in condition.unmet(input.codes, input.holds)
	some atom in atoms
})

_candidates := union({prepared.points[code] | some code in input.codes}) - _silenced

_active := _candidates - (_later | _over)

_later := union({points | some code in input.codes; some date, points in prepared.starts[code]; date > input.asOf})

_over := union({points | some code in input.codes; some date, points in prepared.ends[code]; date <= input.asOf})

_days_ahead contains date if {
	some code in input.codes
	some days in [prepared.starts[code], prepared.ends[code]]
	some date, points in days
	date > input.asOf
	count(points & _candidates) > 0
}
