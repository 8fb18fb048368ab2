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

# findings of the generic comparison of the input's specification with the requirement of its facts.
findings := {finding |
	kinds := prepared.dimensions
	dimensions := input.requirement.dimensions
	doubts := input.requirement.doubts
	some part, asked in input.requirement.plan
	some answering in _answering[part]
	answers := answering.answers
	fields := answering.fields
	unmet := (asked.needs_answer - object.keys(answers)) | unsatisfied(asked.required, answers)
	unmet != set()
	denying := _denying(unmet, asked, answers)
	shown := object.union(answering.stated, answer.shown(unmet))
	words := remedy.words(unmet, asked, dimensions, answers)
	some name in unmet
	dimension := kinds[name]
	merged := dimensions[name]
	finding := {
		"rule": name,
		"dimension": name,
		"action": dimension.actions[name in denying],
		"field": object.get(fields, name, dimension.json_path),
		"found": object.get(shown, name, null),
		"required": merged.value,
		"remedy": concat("", [concat(object.get(words, name, ""), dimension.remedy), object.get(doubts, name, "")]),
		"party": dimension.party,
		"sources": merged.setting,
	}
}

# Who answers for a part of the plan: each with the answers, what is stated, and the fields that differ from the
# dimensions'. What the sidecar carries needs no answer: it is configured with what is required.
_answering["whole"] := {{"answers": answers, "stated": answers, "fields": {}}} if {
	answers := answer.values(input.requirement.plan.whole.questions)
}

_answering["processor"] := {answering |
	some index, processor in input.spec.processors
	answering := {
		"answers": answer.of_processor(processor),
		"stated": {name: object.get(processor, key, null) | some name, key in answer.by_processor},
		"fields": {name: sprintf("spec.processors[%d].%s", [index, key]) | some name, key in answer.by_processor},
	}
}

_answering["place"] := {answering |
	some where in answer.whereabouts
	answering := {
		"answers": {name: where.countries | some name in plan.parts.place; count(where.countries) > 0},
		"stated": {name: where.stated | some name in plan.parts.place},
		"fields": {name: where.field | some name in plan.parts.place},
	}
}

# Those that are not met and deny: what can deny alone asks for more than was answered. The others warn. Where all
# points can deny, nothing is left to compare.
_denying(unmet, asked, _) := unmet if unmet & asked.advised == set()

_denying(unmet, asked, answers) := (unmet - asked.advised) | (unmet & short) if {
	unmet & asked.advised != set()
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
