# METADATA
# title: Claims
# description: >-
#   What a text that people see claims about who answers, and whether it denies that answers count, as far as words can
#   carry it. The words of each language are legal data (claims); they become patterns when a bundle is loaded.
package lib.claims

import data.lib.claims.pattern
import data.prepared

# language in whose words a text with this tag is read; undefined if no words are known.
language(tag) := primary if {
	primary := split(lower(tag), "-")[0]
	prepared.claims[primary]
}

language(tag) := macrolanguage if {
	primary := split(lower(tag), "-")[0]
	not prepared.claims[primary]
	macrolanguage := prepared.languages.macrolanguages[primary]
	prepared.claims[macrolanguage]
}

# languages in whose words texts with these tags are read.
languages(tags) := {known | some tag in tags; known := language(tag)}

# readings of a text at this field: as it is written, and as people see it, if that is something else.
readings(field, text) := {text} | {other.plain | some other in input.texts; other.field == field; other.plain}

# names_ai is true for a text that says that a machine answers. English words for it are understood everywhere. A
# machine that the text denies is not named; in English only where the text begins to say so in English.
names_ai(tag, text) if {
	asserted := _without_english(_without_denials(tag, lower(text)))
	some language in (languages([tag]) | {"en"})
	some kind in ["ai", "product"]
	regex.match(prepared.claims[language][kind], asserted)
}

# The text without the machines that it denies.
_without_denials(tag, written) := regex.replace(written, prepared.claims[language(tag)].denied, " . ")

_without_denials(tag, written) := written if not language(tag)

_without_english(written) := regex.replace(written, english.denied, " . ") if {
	english := prepared.claims.en
	regex.match(english.self, written)
}

_without_english(written) := written if not regex.match(prepared.claims.en.self, written)

# names_ai_loosely is true for a text that names a machine only in words that people who work at a distance also use of
# themselves ("virtual assistant"), and no person, from whom it would tell the machine.
names_ai_loosely(tag, text) if {
	written := lower(text)
	known := languages([tag]) | {"en"}
	some language in known
	regex.match(prepared.claims[language].loose, written)
	names_ai(tag, written)
	not names_ai(tag, _without_loose(tag, written))
	every other in known {
		not _names_person(prepared.claims[other], written)
	}
}

_without_loose(tag, written) := regex.replace(_without_loose_english(written), own.loose, " ") if {
	own := prepared.claims[language(tag)]
}

_without_loose(tag, written) := _without_loose_english(written) if not language(tag)

_without_loose_english(written) := regex.replace(written, prepared.claims.en.loose, " ")

_names_machine(tag, other, sentence) if {
	asserted := _without_denials(other, _without_denials(tag, sentence))
	some language in languages([tag, "en", other])
	regex.match(prepared.claims[language].ai, asserted)
}

# claims_human is true for a text with a sentence that says that a person answers, or that no machine does. It is read
# in the words of its own language, of English, and of those of the other languages with which it begins to say so.
claims_human(tag, others, text) if {
	written := lower(text)
	own := languages([tag])
	some language in ((own | {"en"}) | _begun(others, written))
	words := prepared.claims[language]
	regex.match(words.self, written)
	_tells_who(words, written)
	some sentence in _sentences(written)
	regex.match(words.self, sentence)
	_says_human(words, sentence)
	not _names_machine(tag, language, sentence)
	not _offers_human(own - {language}, sentence)
}

# Most texts say nothing about people, so their sentences need not be told apart.
_tells_who(words, written) if regex.match(words.person, written)

_tells_who(words, written) if regex.match(words.denies_self, written)

_tells_who(words, written) if regex.match(words.unlike, written)

_says_human(words, sentence) if {
	_names_person(words, sentence)
	not regex.match(words.other, sentence)
}

_says_human(words, sentence) if regex.match(words.unlike, sentence)

_says_human(words, sentence) if regex.match(words.denies_self, sentence)

# A name such as "Human Resources" is no person.
_names_person(words, written) if regex.match(words.person, regex.replace(written, words.aside, " "))

# A sentence in its own language that says that a person can be reached, or that none answers. Where it is read in words
# of another language, those of its own still count.
_offers_human(own, sentence) if {
	some language in own
	words := prepared.claims[language]
	regex.match(words.self, sentence)
	regex.match(words.other, sentence)
	not regex.match(words.unlike, sentence)
	not regex.match(words.denies_self, sentence)
}

# The other languages in which the text begins to say who answers.
_begun(others, written) := {language |
	some found in regex.find_all_string_submatch_n(prepared.beginnings.pattern, written, -1)
	some language in prepared.beginnings.languages[concat("", [found[1], found[2]])]
	language in others
}

# is_read is true for a text whose language, or in which one of English or of the other languages, has known words.
is_read(tag, _, _) if language(tag)

is_read(_, others, text) if count(_begun(others | {"en"}, lower(text))) > 0

# is_read_on_liability is true for a text with this tag if what notices on liability say is known in its language.
is_read_on_liability(tag) if prepared.claims[language(tag)].binds != pattern.never

# denies_answers is true for a text with a sentence that says that what the chatbot says does not count.
denies_answers(tag, text) if {
	some language in (languages([tag]) | {"en"})
	words := prepared.claims[language]
	some sentence in _sentences(lower(text))
	every kind in ["binds", "denies", "answers"] {
		regex.match(words[kind], sentence)
	}
	not regex.match(words.kept, sentence)
}

# The sentences of a text in lower case, and their parts between semicolons, without questions.
_sentences(written) := [sentence |
	some sentence in regex.find_n(`[^.!?。！？।؟;；\n]+[.!?。！？।؟]*`, written, -1)
	not regex.match(`[?？؟]`, sentence)
]
