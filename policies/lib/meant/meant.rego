# METADATA
# title: What was meant
# description: The codes of places that someone may have meant who wrote a code that does not exist, or a name.
package lib.meant

# codes are those of the known codes that the word stands for: a code that is used beside that of ISO 3166-1, or a name
# in English. At most one, unless places have the same name.
codes(written, known) := known & ({code | code := data.law.places.meant[word]} | {code |
	some code, document in data.law.jurisdictions
	word in {_word(document.name), _word(split(document.name, " (")[0])}
}) if {
	word := _word(written)
}

_word(text) := concat("-", split(lower(text), " "))
