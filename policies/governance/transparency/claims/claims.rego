# METADATA
# title: What statements claim
# description: The disclosure statements of a declaration say what they are for, and nothing untrue about who answers.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/dir/2005/29/oj
#   description: Unfair Commercial Practices Directive, Articles 6 and 7
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["50"]
#     oecd-ai-principles: ["1.3"]
#     nist-ai-rmf: [GOVERN 1, MAP 1]
#     iso-42001: [A.8]
# schemas:
# - input: schema.declaration
package governance.transparency.claims

import data.lib.claims
import data.lib.result
import data.prepared

_required := input.requirement.dimensions

# The statements as they are written and as people see them, by language.
_statements[tag] := claims.readings(sprintf("spec.disclosure.statements.%s", [tag]), text) if {
	some tag, text in input.spec.disclosure.statements
}

_languages := claims.languages(object.keys(_statements) | {tag | some tag in input.spec.audience.languages})

# METADATA
# title: No statement claims that a person answers
# description: >-
#   No disclosure statement has a sentence that says that a human being answers, in the words that are known for its
#   language, for English, or for another language of the declaration. It denies where a law requires the disclosure or
#   forbids posing as a human and the text names no AI system, and warns elsewhere.
# custom:
#   short_name: claims_human
#   severity: high
#   failure_msg: the statement says that a person answers
#   remedy: Say that an AI system answers, and take out what says that it is a person.
#   applies_to: [declaration]
#   covers: [G-30]
deny contains finding if {
	some tag, readings in _statements
	_claims_human(tag, readings)
	finding := result.of_rule(rego.metadata.chain(), {
		"action": _action(tag, readings),
		"dimension": "transparency.truthful",
		"field": sprintf("spec.disclosure.statements.%s", [tag]),
		"found": "a sentence that says that a person answers",
		"required": "a statement that is true",
		"sources": _forbidding,
	})
}

# A text that names an AI system too can be honest in ways that words do not show.
_action(tag, readings) := result.by_points("deny", _forbidding) if not _names_ai(tag, readings)

_action(tag, readings) := result.by_points("warn", _forbidding) if _names_ai(tag, readings)

_names_ai(tag, readings) if {
	some text in readings
	claims.names_ai(tag, text)
}

_claims_human(tag, readings) if {
	some text in readings
	claims.claims_human(tag, _languages, text)
}

_forbidding := union({
	object.get(_required, ["transparency.truthful", "setting"], set()),
	object.get(_required, ["transparency.disclosure", "setting"], set()),
	{point |
		some point in _required["prohibited.practices"].points
		"pose-as-human" in point.value
	},
})

# METADATA
# title: Statements say that an AI system answers
# description: >-
#   Where the law requires that people are told that they talk to an AI system, each declared statement has a word for
#   one, of those that are known for its language, and does not deny it. Statements in other languages are not checked.
# custom:
#   short_name: names_no_ai
#   severity: medium
#   action: warn
#   failure_msg: the statement does not say that an AI system answers
#   remedy: Say in the statement that people talk to an AI system; a name or "assistant" alone does not tell them.
#   applies_to: [declaration]
#   covers: [G-30]
warn contains finding if {
	merged := _required["transparency.disclosure"]
	some tag, readings in _statements
	some written in readings
	claims.is_read(tag, _languages, written)
	not _names_ai(tag, readings)
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "transparency.disclosure",
		"field": sprintf("spec.disclosure.statements.%s", [tag]),
		"found": "no word for an AI system",
		"required": "a statement that says that an AI system answers",
		"sources": {point | some point in merged.points; point.value >= _least(merged.joined)},
	})
}

# Every point that asks for telling people unasked is cited, or else the strictest.
_least(joined) := min([joined, prepared.dimensions["transparency.disclosure"].ranks["unless-obvious"]])

# METADATA
# title: Statements do not leave open whether a person answers
# description: >-
#   Where a law that binds wants people to be told unasked, no declared statement names an AI system only in words that
#   people who work at a distance also use of themselves, such as "virtual assistant". A statement that also mentions a
#   person tells the two apart. Laws want people to know of an AI system, or that no person answers, but prescribe no
#   words, so this never denies.
# custom:
#   short_name: names_ai_loosely
#   severity: low
#   action: warn
#   failure_msg: the words for an AI system can also mean a person
#   remedy: Say that an AI system, a chatbot or another machine answers, or that no person does.
#   applies_to: [declaration]
#   covers: [G-30]
warn contains finding if {
	telling := {point |
		some point in _required["transparency.disclosure"].points
		point.value >= prepared.dimensions["transparency.disclosure"].ranks["unless-obvious"]
	}
	count(telling - input.requirement.advice) > 0
	some tag, readings in _statements
	every text in readings {
		claims.names_ai_loosely(tag, text)
	}
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "transparency.disclosure",
		"field": sprintf("spec.disclosure.statements.%s", [tag]),
		"found": "words that can also mean a person",
		"required": "a statement that says that an AI system answers",
		"sources": telling - input.requirement.advice,
	})
}
