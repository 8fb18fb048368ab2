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

# names_ai is true for a text that says that a machine answers. English words for it are understood everywhere.
names_ai(tag, text) if regex.match(prepared.claims[language(tag)].ai, lower(text))

names_ai(_, text) if regex.match(prepared.claims.en.ai, lower(text))

# claims_human is true for a text with a sentence that says that a person answers, or that no machine does.
claims_human(tag, text) if {
	words := prepared.claims[language(tag)]
	some sentence in _sentences(text)
	regex.match(words.self, sentence)
	regex.match(words.person, sentence)
	not regex.match(words.other, sentence)
	not names_ai(tag, sentence)
}

claims_human(tag, text) if {
	words := prepared.claims[language(tag)]
	some sentence in _sentences(text)
	regex.match(words.self, sentence)
	some unlike in regex.find_n(words.unlike, sentence, 1)
	not names_ai(tag, concat(" ", split(sentence, unlike)))
}

# denies_answers is true for a text with a sentence that says that what the chatbot says does not count.
denies_answers(tag, text) if {
	words := prepared.claims[language(tag)]
	some sentence in _sentences(text)
	every kind in ["binds", "denies", "answers"] {
		regex.match(words[kind], sentence)
	}
	not regex.match(words.kept, sentence)
}

# The sentences of a text, and their parts between semicolons, without questions.
_sentences(text) := [sentence |
	some sentence in regex.find_n(`[^.!?。！？।؟;；\n]+[.!?。！？।؟]*`, lower(text), -1)
	not regex.match(`[?？؟]`, sentence)
]
