# METADATA
# title: Plan
# description: >-
#   How every declaration with the same requirement is compared with it: what is asked, in which field, and what is
#   enough, by the type of comparison. It is made once, with the requirement, so that a declaration is only read and
#   compared.
package lib.plan

import data.lib.answer
import data.prepared

# of_parts is the plan for merged dimensions, by the part of a declaration that answers by itself: the whole, each
# processor, and each place where data is. A part that nothing is asked of is left out. What merely advises is given by
# name, with a list of the value that can deny.
of_parts(merged, advised) := {part: _plan(asked, merged, object.filter(advised, asked)) |
	some part, names in parts
	asked := names & object.keys(merged)
	count(asked) > 0
}

# parts has the dimensions that each part answers.
parts := {
	"whole": prepared.compared,
	"processor": object.keys(answer.by_processor),
	"place": {"residency.noneOf"},
}

_plan(names, merged, advised) := {
	"questions": answer.questions(names),
	"needs_answer": names & prepared.needs_answer,
	"required": required,
	"names": {type: object.keys(limits) | some type, limits in required},
	"advised": object.keys(advised),
	"binding": by_type(binding),
	"bound": object.keys(binding),
} if {
	required := by_type({name: one.joined | some name, one in object.filter(merged, names)})
	binding := {name: values[0] | some name, values in advised}
}

# by_type groups joined values by the type of their dimension. For a level it has the levels that are enough.
by_type(joined) := object.union(limits, {type: enough |
	type := "level"
	ranks := limits[type]
	enough := {name: _from(name, rank) | some name, rank in ranks}
}) if {
	limits := {type: values |
		some type, names in prepared.of_type
		values := object.filter(joined, names)
		values != {}
	}
}

# The levels of a dimension from a rank on.
_from(name, rank) := {level | some level, other in prepared.dimensions[name].ranks; other >= rank}
