# METADATA
# title: Patterns of claims
# description: The words of each language by which texts are read, as patterns. They are made when a bundle is loaded.
package lib.claims.pattern

# by_language has the patterns of each language and kind of words, stored at data.prepared.claims. A dollar sign, which
# stands at the end of words only, becomes the end of a word. A kind without words matches nothing.
by_language := {tag: object.union(_of_words(tag, kinds), _of_denials(tag, kinds)) |
	some tag, kinds in data.law.claims.languages
}

_kinds := {"ai", "loose", "self", "person", "other", "unlike", "aside", "product", "binds", "denies", "answers", "kept"}

_of_words(tag, kinds) := {kind: pattern |
	some kind in _kinds
	pattern := _words(tag, object.get(kinds, kind, []))
}

# never matches nothing.
never := `[^\s\S]`

_words(_, []) := never

_words(tag, words) := sprintf("%s%s(?:%s)", [bounds.start, _joined(tag), alternatives]) if {
	count(words) > 0
	bounds := _bounds(tag)
	alternatives := concat(bounds.end, split(concat("|", words), "$"))
}

# A machine that the text denies: a word of `not`, then perhaps words of `link`, then a name of a machine in this
# language or in English, and perhaps further names; or a name and then a word of `lacks`. It denies that whoever
# answers is one only at the end of what is said, as in "This is Julia, no AI.", not in "This is no AI-made picture."
_of_denials(tag, kinds) := {
	"denied": sprintf("%s%s", [denial, bounds.end]),
	"denies_self": sprintf(`%s[\s\pZ]*(?:[^\pL\pM\pN\s-]|$)`, [denial]),
} if {
	bounds := _bounds(tag)
	negation := _either(object.get(kinds, "not", []))
	link := sprintf("(?:(?:%s)%s)*%s", [_either(object.get(kinds, "link", [])), bounds.gap, _joined(tag)])
	names := _whole(tag, {word | some list in [kinds.ai, data.law.claims.languages.en.ai]; some word in list})
	lack := _whole(tag, object.get(kinds, "lacks", []))
	denial := sprintf("%s(?:(?:%s)(?:%s%s(?:%s))+|(?:%s)%s(?:%s))", [
		bounds.start,
		negation, bounds.gap, link, names,
		names, bounds.after, lack,
	])
}

_joined(tag) := object.get(data.law.claims.joined, tag, "")

# Longer words stand first, because the first alternative that matches is taken.
_either(words) := concat("|", [entry[1] | some entry in sort([[0 - count(word), word] | some word in words])]) if {
	count(words) > 0
}

_either(words) := never if count(words) == 0

# Whole words: one that ends in a dollar sign as it is, any other with what a longer word adds.
_whole(tag, words) := sprintf("%s|(?:%s)%s", [_either(exact), _either(longer), _rest(tag)]) if {
	exact := {parts[0] | some word in words; parts := split(word, "$"); count(parts) == 2}
	longer := {word | some word in words; count(split(word, "$")) == 1}
}

_rest(tag) := "" if tag in data.law.claims.unspaced

_rest(tag) := `[\pL\pM\pN]*` if not tag in data.law.claims.unspaced

# What must stand before and after a word, and between words, by whether the script has no spaces. A mark, such as a
# vowel sign of Devanagari, belongs to the word.
_bounds(tag) := {"start": "", "end": "", "gap": `[\s「」『』“”]*`, "after": `\s*`} if tag in data.law.claims.unspaced

_bounds(tag) := bounds if {
	not tag in data.law.claims.unspaced
	bounds := {
		"start": `(?:^|[^\pL\pM\pN])`, "end": `(?:[^\pL\pM\pN]|$)`,
		"gap": `[\s'’"“”„«»-]+`, "after": `[\s'’"“”»-]*`,
	}
}

# beginnings are the words of all languages with which texts begin to say who answers, the shortest first, as a pattern,
# and for each word the languages that have one that begins so. They are stored at data.prepared.beginnings.
beginnings := {
	"pattern": sprintf(`(?:(?:^|[^\pL\pM\pN])(?:[וفוש]?)(%s))|(%s)`, [_shortest(_spaced), _shortest(_unspaced)]),
	"languages": {word: languages |
		some word in (_spaced | _unspaced)
		languages := {tag | some tag, words in _self; strings.any_prefix_match(words, word)}
	},
}

_self := {tag: {split(word, "$")[0] | some word in kinds.self} | some tag, kinds in data.law.claims.languages}

_spaced := {word | some tag, words in _self; not tag in data.law.claims.unspaced; some word in words}

_unspaced := {word | some tag in data.law.claims.unspaced; some word in _self[tag]}

_shortest(words) := concat("|", [entry[1] | some entry in sort([[count(word), word] | some word in words])])
