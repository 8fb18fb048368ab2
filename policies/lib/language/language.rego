# METADATA
# title: Languages
# description: >-
#   The languages that a statement serves. Tags are BCP 47 and compared without case. A statement in a regional language
#   also serves the language itself; a statement in an individual language also serves the macrolanguage that laws name
#   (nb and nn are Norwegian); a statement without a region also serves every region of its language that a law names.
package lib.language

import data.prepared

# served are the languages that statements with these tags serve, in lower case.
served(tags) := {language |
	some tag in tags
	some language in _served(lower(tag))
}

_served(tag) := ({tag, primary} | _named(primary)) | object.get(prepared.languages.regional, tag, set()) if {
	primary := split(tag, "-")[0]
}

_named(primary) := {name | name := prepared.languages.macrolanguages[primary]}

# names are the languages of the built-in statements, the macrolanguages by individual language, and the regional
# languages that laws require, by the language without the region. They are stored at data.prepared.languages.
names(asked) := {
	"builtIn": {lower(tag) | some tag, _ in data.law.statements.statements},
	"macrolanguages": data.law.statements.macrolanguages,
	"regional": {primary: tags |
		some regional in asked
		primary := split(regional, "-")[0]
		primary != regional
		tags := {tag | some tag in asked; tag != primary; split(tag, "-")[0] == primary}
	},
}
