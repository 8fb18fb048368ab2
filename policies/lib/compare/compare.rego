# METADATA
# title: Comparison
# description: >-
#   Holds a declaration's answers against the merged requirement: one comparison per type of dimension, the same for
#   every law.
package lib.compare

import data.lib.answer
import data.lib.plan
import data.lib.remedy
import data.prepared

# dimensions that are compared, with the declaration as a whole or with a part of it.
dimensions := union({names | some names in plan.parts})

# findings of the generic comparison of a specification with the requirement of its facts, on a day.
findings(spec, requirement, as_of) := {finding |
	kinds := prepared.dimensions
	doubts := requirement.doubts
	some part, asked in requirement.plan
	some answering in _answering(part, asked, spec, as_of)
	answers := answering.answers
	fields := answering.fields
	unmet := _unmet(asked, answers)
	denying := _denying(unmet, asked, answers)
	shown := object.union(answering.stated, answer.shown(unmet, spec))
	some name in unmet
	merged := requirement.dimensions[name]
	dimension := kinds[name]
	advice := remedy.advice(dimension.advice, dimension, merged, object.get(answers, name, set()))
	finding := object.union_n([merged.finding, object.get(fields, name, {}), {
		"action": dimension.actions[name in denying],
		"found": object.get(shown, name, null),
		"remedy": concat("", [advice, object.get(doubts, name, "")]),
	}])
}

# Who answers for a part of the plan: each with the answers, what is stated, and the fields that differ from the
# dimensions'.
_answering("whole", asked, spec, as_of) := {{"answers": answers, "stated": answers, "fields": {}}} if {
	answers := answer.values(asked.questions, spec, as_of)
}

_answering("processor", _, spec, _) := {answering |
	some index, processor in spec.processors
	answering := {
		"answers": answer.of_processor(processor),
		"stated": {name: object.get(processor, key, null) | some name, key in answer.by_processor},
		"fields": {name: {"field": sprintf("spec.processors[%d].%s", [index, key])} |
			some name, key in answer.by_processor
		},
	}
}

_answering("place", _, spec, _) := {answering |
	some where in answer.whereabouts(spec)
	answering := {
		"answers": {name: where.countries | some name in plan.parts.place; count(where.countries) > 0},
		"stated": {name: where.stated | some name in plan.parts.place},
		"fields": {name: {"field": where.field} | some name in plan.parts.place},
	}
}

# The dimensions that are not satisfied. What the sidecar carries needs no answer: it is configured with what is
# required; all others do.
_unmet(asked, answers) := (asked.needs_answer - object.keys(answers)) | unsatisfied(asked.required, answers)

# Those of them that deny: what can deny alone asks for more than was answered. The others warn. Where all points can
# deny, nothing is left to compare.
_denying(unmet, asked, _) := unmet if count(unmet & asked.advised) == 0

_denying(unmet, asked, answers) := (unmet - asked.advised) | (unmet & short) if {
	count(unmet & asked.advised) > 0
	missing := asked.bound - object.keys(answers)
	short := missing | unsatisfied(asked.binding, answers)
}

# unsatisfied are the dimensions whose answer is not enough, of what is required by type and name (see lib.plan) and of
# the answers by name. What is not answered is not judged here: what the sidecar carries needs no answer.
unsatisfied(required, answers) := union({
	{name |
		some name, _ in required.flag
		answers[name] in {false, ""}
	},
	{name |
		some name, enough in required.level
		level := answers[name]
		not level in enough
	},
	{name |
		some name, most in required.atMost
		answers[name] > most
	},
	{name |
		some name, least in required.atLeast
		answers[name] < least
	},
	{name |
		some name, all in required.allOf
		all - answers[name] != set()
	},
	{name |
		some name, allowed in required.oneOf
		answers[name] - allowed != set()
	},
	{name |
		some name, _ in required.oneOf
		answers[name] == set()
	},
	{name |
		some name, none in required.noneOf
		none & answers[name] != set()
	},
	{name |
		some name, clauses in required.anyOf
		some clause in clauses
		clause & answers[name] == set()
	},
	{name |
		some name, limits in required.each
		ages := answers[name]
		some key, limit in limits
		object.get(ages, key, limit + 1) > limit
	},
})
