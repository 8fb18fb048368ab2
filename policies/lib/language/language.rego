# METADATA
# title: Languages
# description: >-
#   Which languages a statement serves. Tags are BCP 47 and compared without case. A statement in a regional language
#   serves the language itself; one in an individual language the language that law names it by (nb and nn are
#   Norwegian); and one in a language without a region every region of it that a law names.
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

# names are the languages of the built-in statements, those by which law names individual languages, and the regional
# languages among the ones that laws ask for, by the language without the region. Found at data.prepared.languages.
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
