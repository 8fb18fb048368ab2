# METADATA
# title: Plan
# description: >-
#   How declarations are compared with a requirement: the questions, their fields, and the sufficient values, by type of
#   comparison. The plan is made once per requirement, so that each declaration is only read and compared.
package lib.plan

import data.lib.answer
import data.prepared

# of_parts is the plan for the merged dimensions, by the part of a declaration that answers: the whole, each processor,
# and each place where data is. Parts without questions are left out. advised maps a dimension with advisory points to a
# list with its binding value, which is empty if there is none. audience are the stated capacities of the people, and
# the sectors.
of_parts(merged, advised, audience) := {part: _plan(asked, merged, object.filter(advised, asked), audience) |
	some part, names in parts
	asked := names & object.keys(merged)
	count(asked) > 0
}

# parts are the dimensions that each part answers.
parts := {
	"whole": prepared.compared,
	"processor": object.keys(answer.by_processor),
	"place": {"residency.noneOf"},
}

_plan(names, merged, advised, audience) := {
	"questions": answer.questions(names),
	"needs_answer": names & (prepared.needs_answer | _asked_for(audience)),
	"required": required,
	"names": {type: object.keys(limits) | some type, limits in required},
	"advised": object.keys(advised),
	"binding": by_type(binding),
	"bound": object.keys(binding),
} if {
	required := by_type({name: one.joined | some name, one in object.filter(merged, names)})
	binding := {name: values[0] | some name, values in advised}
}

# The dimensions that need an answer where people have one of these capacities, or in one of these sectors.
_asked_for(audience) := {name | some capacity in audience; some name in prepared.facts.answersFor[capacity]}

# by_type groups joined values by the type of their dimension. For a level it lists the sufficient levels.
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

# The levels of a dimension with at least this rank.
_from(name, rank) := {level | some level, other in prepared.dimensions[name].ranks; other >= rank}
