# METADATA
# title: Requirement
# description: What the law requires of every declaration with the same facts, merged over all its codes.
package entrypoints.requirement

import data.lib.condition
import data.lib.day
import data.lib.merge
import data.prepared

# METADATA
# title: Merged requirement
# description: >-
#   Input are the facts (entrypoint `facts`). The result has the merged value of every dimension with its points, what of it
#   somebody carries out, and the next day on which it can change.
# entrypoint: true
document := {
	"dimensions": dimensions,
	"obligations": obligations,
	"nextEvaluation": min(_days_ahead),
} if {
	count(_days_ahead) > 0
}

document := {
	"dimensions": dimensions,
	"obligations": obligations,
} if {
	count(_days_ahead) == 0
}

dimensions[name] := _merged(prepared.dimensions[name], points) if {
	some name, points in _points
}

_merged(dimension, points) := {
	"value": merge.shown(dimension, joined),
	"joined": joined,
	"binding": _binding(dimension.type, points, joined),
	"sources": {point.source | some point in setting},
	"overridden": {point.source | some point in points - setting},
	"assumed": {_assumed[atom] | some point in setting; some atom in point.atoms},
	"points": points,
} if {
	joined := merge.value(dimension.type, points)
	setting := merge.setting(dimension.type, points, joined)
}

# The part of the value that can deny, in a list that is empty when nothing can.
_binding(_, points, joined) := [joined] if {
	every point in points {
		point.binding
	}
}

_binding(type, points, _) := [value | value := merge.value(type, binding)] if {
	binding := {point | some point in points; point.binding}
	count(binding) < count(points)
}

obligations contains obligation if {
	some name, merged in dimensions
	some kind in prepared.dimensions[name].carriers
	obligation := {"kind": kind, "dimension": name, "value": merged.value, "sources": merged.sources}
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
		"sources": merged.sources,
	}
}

_unmet := condition.unmet(input.codes, input.holds)

_assumed := condition.assumed(input.codes, input.assumed)

_points[name] := points if {
	some name, _ in prepared.dimensions
	points := {point |
		some code in input.codes
		some point in prepared.points[code][name]
		point.from <= input.asOf
		point.until >= input.asOf
		count(point.atoms & _unmet) == 0
	}
	count(points) > 0
}

_days_ahead contains date if {
	some code in input.codes
	some _, points in prepared.points[code]
	some point in points
	point.from > input.asOf
	count(point.atoms & _unmet) == 0
	date := point.from
}

_days_ahead contains date if {
	some code in input.codes
	some _, points in prepared.points[code]
	some point in points
	point.until >= input.asOf
	point.until < day.last
	count(point.atoms & _unmet) == 0
	date := day.after(point.until)
}
