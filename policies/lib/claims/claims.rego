# METADATA
# title: Claims
# description: >-
#   What a text that people see claims about who answers, and whether it denies that answers count, as far as words can
#   carry it. The words of each language are legal data (claims); they become patterns when a bundle is loaded.
package lib.claims

import data.prepared

# patterns of each language and kind of words, stored at data.prepared.claims. A dollar sign, which stands at the
# end of words only, becomes the end of a word.
patterns := {tag: {kind: pattern |
	some kind, words in kinds
	joined := object.get(data.law.claims.joined, tag, "")
	pattern := sprintf("%s%s(?:%s)", [bounds.start, joined, concat(bounds.end, split(concat("|", words), "$"))])
} |
	some tag, kinds in data.law.claims.languages
	bounds := _bounds[tag in data.law.claims.unspaced]
}

# What must stand before and after a word, by whether the script has no spaces.
_bounds := {
	true: {"start": "", "end": ""},
	false: {"start": `(?:^|[^\p{L}\p{N}])`, "end": `(?:[^\p{L}\p{N}]|$)`},
}

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

# readings of a text at this field: as it is written, and as people see it, if that is something else.
readings(field, text) := {text} | {other.plain | some other in input.texts; other.field == field; other.plain}

# names_ai is true for a text that says that a machine answers. English words for it are understood everywhere. A
# machine that the text denies is not named.
names_ai(tag, text) if _names_ai(_own(tag) | {"en"}, text)

_names_ai(languages, text) if {
	written := lower(text)
	unlike := concat("|", {pattern | some language in languages; pattern := prepared.claims[language].unlike})
	denials := regex.find_n(unlike, written, -1)
	some language in languages
	pattern := prepared.claims[language].ai
	denied := [word | some phrase in denials; some word in regex.find_n(pattern, phrase, -1)]
	count(regex.find_n(pattern, written, -1)) > count(denied)
}

# claims_human is true for a text with a sentence that says that a person answers, or that no machine does. It is read
# in the words of its own language, of English, and of the other languages with these tags.
claims_human(tag, others, text) if {
	own := _own(tag)
	some language in ((own | {"en"}) | union({_own(other) | some other in others}))
	words := prepared.claims[language]
	some sentence in _sentences(text)
	regex.match(words.self, sentence)
	_says_human(words, sentence)
	not _names_ai(((own | {"en"}) | {language}), sentence)
	not _offers_human(own, sentence)
}

_says_human(words, sentence) if {
	regex.match(words.person, sentence)
	not regex.match(words.other, sentence)
}

_says_human(words, sentence) if regex.match(words.unlike, sentence)

# A sentence in its own language that says that a person can be reached, or that none answers. Where it is read in words
# of another language, those of its own still count.
_offers_human(own, sentence) if {
	some language in own
	words := prepared.claims[language]
	regex.match(words.self, sentence)
	regex.match(words.other, sentence)
	not regex.match(object.get(words, "unlike", `[^\s\S]`), sentence)
}

# is_read is true for a text whose language, or in which one of English or of the other languages, has known words.
is_read(tag, _, _) if language(tag)

is_read(_, others, text) if {
	some language in ({"en"} | union({_own(other) | some other in others}))
	regex.match(prepared.claims[language].self, lower(text))
}

# denies_answers is true for a text with a sentence that says that what the chatbot says does not count.
denies_answers(tag, text) if {
	some language in (_own(tag) | {"en"})
	words := prepared.claims[language]
	some sentence in _sentences(text)
	every kind in ["binds", "denies", "answers"] {
		regex.match(words[kind], sentence)
	}
	not regex.match(words.kept, sentence)
}

_own(tag) := {known | known := language(tag)}

# The sentences of a text, and their parts between semicolons, without questions.
_sentences(text) := [sentence |
	some sentence in regex.find_n(`[^.!?。！？।؟;；\n]+[.!?。！？।؟]*`, lower(text), -1)
	not regex.match(`[?？؟]`, sentence)
]
