# METADATA
# title: Transparency
# description: >-
#   People learn in time, and in their language, that they talk to an AI system, what its answers are, and how their
#   data is used.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Articles 13 and 50
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 12 to 14
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["13", "50"]
#     gdpr: ["12-14"]
#     oecd-ai-principles: ["1.3"]
#     nist-ai-rmf: [GOVERN 1, MAP 1]
#     iso-42001: [A.8]
# schemas:
# - input: schema.declaration
package governance.transparency

import data.lib.result
import data.prepared

# METADATA
# title: Every language of the audience has a statement
# description: >-
#   For each language in which the chatbot serves people, a declared or built-in disclosure statement exists, with the
#   same tag or in its primary language. The rule conflicts.languages checks the languages that the law requires.
# custom:
#   short_name: audience_languages
#   severity: medium
#   action: warn
#   failure_msg: no statement exists in the language %s of the audience
#   remedy: Add a statement in each missing language to spec.disclosure.statements.
#   applies_to: [declaration]
#   covers: [G-30, G-34, G-63]
warn contains finding if {
	missing := {language |
		some language in input.spec.audience.languages
		not lower(language) in prepared.languages.builtIn
		not _has_statement(lower(language))
	}
	count(missing) > 0
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "transparency.languages",
		"field": "spec.disclosure.statements",
		"found": {tag | some tag, _ in _declared},
		"required": missing,
	})
}

_has_statement(language) if split(language, "-")[0] in prepared.languages.builtIn

_has_statement(language) if {
	some tag, _ in _declared
	lower(tag) in {language, split(language, "-")[0]}
}

_declared := object.get(input.spec, ["disclosure", "statements"], {})

# METADATA
# title: Statements are short
# description: >-
#   A text that people see before they can continue is short enough to be read. Each kind of text has a limit in words,
#   or in characters for scripts without spaces between words. The law requires concise texts; the limits are ours.
# custom:
#   short_name: statement_length
#   severity: low
#   action: warn
#   failure_msg: the text is too long
#   remedy: Shorten the text, and link to the details.
#   applies_to: [declaration]
#   covers: [G-07]
warn contains finding if {
	lengths := prepared.readability.length
	some text in input.texts
	some unit, limit in lengths[text.kind]
	text[unit] > limit
	most := limit * _letters(unit, text)
	text[unit] > most
	finding := result.of_rule(rego.metadata.chain(), {
		"field": text.field,
		"found": {unit: text[unit]},
		"required": sprintf("at most %d %s", [most, unit]),
	})
}

# METADATA
# title: Statements are easy to read
# description: >-
#   A text that people see is in plain language, measured by the readability index LIX, or by the length of sentences
#   for scripts without spaces between words. The law requires plain language; the limits are ours. Very short texts are
#   not checked.
# related_resources:
# - ref: https://eric.ed.gov/?id=ED207022
#   description: Readability index LIX (Anderson 1981, after Björnsson 1968)
# custom:
#   standard: readability
#   short_name: reading_level
#   severity: low
#   action: warn
#   failure_msg: the text is hard to read
#   remedy: Write shorter sentences and shorter words.
#   applies_to: [declaration]
#   covers: [G-07]
warn contains finding if {
	some text, required in _hard
	finding := result.of_rule(rego.metadata.chain(), {
		"field": text.field,
		"found": object.filter(text, ["lix", "longWords", "sentenceCharacters", "sentences", "words"]),
		"required": required,
	})
}

# Texts that are hard to read, with the limit that each exceeds.
_hard[text] := sprintf("a LIX of at most %d", [most]) if {
	bounds := prepared.readability
	some text in input.texts
	text.lix > bounds.lix
	text.words >= bounds.fewWords
	most := _lix(split(lower(text.language), "-")[0])
	text.lix > most
}

_hard[text] := sprintf("at most %d characters in a sentence", [most]) if {
	some text in input.texts
	text.sentenceCharacters > prepared.readability.sentenceCharacters
	most := prepared.readability.sentenceCharacters * _letters("characters", text)
	text.sentenceCharacters > most
}

# The factor, at least 1, by which a script that spells words needs more characters.
_letters("words", _) := 1

_letters("characters", text) := object.get(prepared.readability.letters, split(lower(text.language), "-")[0], 1)

_lix(language) := prepared.readability.lixOfLongWords if language in prepared.readability.longWords

_lix(language) := prepared.readability.lix if not language in prepared.readability.longWords

# METADATA
# title: Messages that are sent by calls are read
# description: >-
#   For each port to which a messaging service sends what people write, the declaration has a processor with the shape
#   of the service. The app sends its own messages to that service by calls, and without the processor they reach people
#   past the sidecar: without the statement, and with the personal data that they have.
# custom:
#   short_name: sent_messages
#   severity: high
#   action: warn
#   failure_msg: nothing reads the messages that the app sends by calls of the messaging service
#   remedy: >-
#     Add the service to spec.processors with this shape, and have the app call it there. An app that sends messages
#     only in its responses to the service needs no processor.
#   applies_to: [declaration]
#   covers: [G-30]
warn contains finding if {
	some use in input.shapes.uses
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "spec.processors",
		"found": null,
		"required": sprintf("a processor with the shape %s", [use.sendsBy]),
	})
}

# METADATA
# title: Marks reach the medium
# description: >-
#   Where generated content must be marked for machines and the chatbot speaks, something other than an HTTP header
#   marks it: a header does not travel with sound.
# custom:
#   short_name: mark_on_voice
#   severity: medium
#   action: warn
#   party: developer
#   failure_msg: a header does not mark what people hear
#   remedy: >-
#     Have the speech marked where it is generated, for example with a watermark, and add media to
#     spec.disclosure.placements.
#   applies_to: [declaration]
#   covers: [G-30]
warn contains finding if {
	merged := input.requirement.dimensions["transparency.marking"]
	"machine-readable" in merged.joined
	"voice" in input.spec.channels
	"header" in input.spec.disclosure.placements
	not "media" in input.spec.disclosure.placements
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "transparency.marking",
		"field": "spec.disclosure.placements",
		"found": input.spec.disclosure.placements,
		"required": "a mark in the sound itself",
		"sources": {point | some point in merged.points; "machine-readable" in point.value},
	})
}
