# METADATA
# title: Vocabulary
# description: Names in a declaration that the legal data must know, because a rule or a law would silently be left out.
# related_resources:
# - ref: https://github.com/chaperone-dev/chaperone/blob/main/docs/architecture.md
#   description: Chaperone legal data
# custom:
#   waivable: false
#   weakenable: false
#   standard: chaperone
#   frameworks:
#     oecd-ai-principles: ["1.5"]
#     nist-ai-rmf: [GOVERN 1]
#     iso-42001: [A.2]
# schemas:
# - input: schema.declaration
package governance.declaration.vocabulary

import data.lib.meant
import data.lib.result
import data.prepared

# METADATA
# title: Codes are known
# description: >-
#   Every declared jurisdiction and sector is a code of the legal data. Otherwise the law of an unknown code would
#   silently be left out.
# custom:
#   short_name: unknown_code
#   severity: high
#   failure_msg: "%s is not a code of the legal data"
#   remedy: "Use one of %s."
#   advice: Use a code of the legal data for the jurisdiction or sector. The finding lists them.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	some kind, field in {"jurisdiction": "jurisdictions", "sector": "sectors"}
	known := prepared.codes[kind]
	some index, code in input.spec[field]
	not lower(code) in known
	offered := _offer(code, known)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.%s[%d]", [field, index]),
		"found": code,
		"required": offered,
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [concat(", ", offered)]),
	})
}

# The codes that may have been meant, or else all.
_offer(code, known) := codes if {
	codes := meant.codes(code, known)
	count(codes) > 0
} else := known

# METADATA
# title: Roles are known
# description: >-
#   Every role that the declaration states is one that the legal data names. Otherwise a law that binds those who have
#   the role would silently be left out.
# custom:
#   short_name: unknown_role
#   severity: high
#   failure_msg: "%s is not a role of the legal data"
#   remedy: "Use one of %s; an empty list says that the deployer has none of them."
#   advice: Use a role of the legal data, which the finding lists. An empty list says that the deployer has none.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	some index, role in input.spec.accountability.roles
	not role in prepared.facts.roles
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.accountability.roles[%d]", [index]),
		"found": role,
		"required": prepared.facts.roles,
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [concat(", ", prepared.facts.roles)]),
	})
}

# METADATA
# title: Languages are known
# description: >-
#   Every language that the declaration names is one that exists. A statement in another one would be shown to nobody.
# custom:
#   short_name: unknown_language
#   severity: high
#   failure_msg: "%s is not the tag of a language"
#   remedy: Use the BCP 47 tag of the language, such as en or pt-BR.
#   applies_to: [declaration]
#   covers: [G-30, G-80]
deny contains finding if {
	some unknown in input.unknownLanguages
	finding := result.of_rule(rego.metadata.chain(), {
		"field": unknown.field,
		"found": unknown.tag,
		"required": _no_language(unknown),
	})
}

_no_language(unknown) := "no language has this tag" if unknown.closest == ""

_no_language(unknown) := sprintf("a part of this tag does not exist: did you mean %s?", [unknown.closest]) if {
	unknown.closest != ""
}

# METADATA
# title: Dimensions that do not apply are known
# description: >-
#   Every dimension of which the declaration says that it does not apply is one of the legal data. Otherwise the reason
#   would silently have no effect.
# custom:
#   short_name: unknown_dimension
#   severity: high
#   failure_msg: "%s is not a dimension of the legal data"
#   remedy: "Use the id of a rule that a finding names, one of %s."
#   advice: Use the ID of a rule that a finding names.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	some index, one in input.spec.notApplicable
	not prepared.dimensions[one.dimension]
	names := object.keys(prepared.dimensions)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.notApplicable[%d].dimension", [index]),
		"found": one.dimension,
		"required": names,
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [concat(", ", names)]),
	})
}

# METADATA
# title: Reasons are sentences
# description: >-
#   A reason why a dimension does not apply, or why a doubted statement is true, has at least three different words, or
#   six different characters of a script without spaces between words. Letters, and one word that is repeated, tell
#   nobody why.
# custom:
#   short_name: empty_reason
#   severity: high
#   failure_msg: the reason does not say why
#   remedy: Say in a sentence why the dimension does not apply to the chatbot, or why the statement is true.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	some list in ["notApplicable", "confirmed"]
	some index, one in input.spec[list]
	words := {word | some word in regex.find_n(`\pL[\pL\pM]+`, lower(one.reason), -1)}
	count(words) < 3
	count({sign | some sign in regex.find_n(_unspaced, one.reason, -1)}) < 6
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.%s[%d].reason", [list, index]),
		"found": one.reason,
		"required": "it does not say why",
	})
}

_unspaced := `[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]`

# METADATA
# title: Classes of records are known
# description: >-
#   Every class of records for which the declaration states a time is one that the legal data names. Otherwise no law
#   would be held against the time.
# custom:
#   short_name: unknown_class
#   severity: high
#   failure_msg: "%s is not a class of records of the legal data"
#   remedy: "Use one of %s."
#   advice: Use a class of records of the legal data. The finding lists them.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	some prefix, retention in _retentions
	some class, _ in retention.classes
	known := {one | some one in prepared.dimensions["retention.classMin"].keys}
	not class in known
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.%sretention.classes.%s", [prefix, class]),
		"found": class,
		"required": known,
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [concat(", ", known)]),
	})
}

# METADATA
# title: Notices given before are known
# description: >-
#   Every notice that people get before something happens is one that the legal data names. Otherwise it would answer no
#   law.
# custom:
#   short_name: unknown_notice
#   severity: high
#   failure_msg: "%s is not a notice of the legal data"
#   remedy: "Use one of %s."
#   advice: Use a notice of the legal data. The finding lists them.
#   applies_to: [declaration]
#   covers: [G-30, G-80]
deny contains finding if {
	some notice, _ in input.spec.disclosure.before
	known := {one | some one in prepared.dimensions["transparency.before"].keys}
	not notice in known
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.disclosure.before.%s", [notice]),
		"found": notice,
		"required": known,
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [concat(", ", known)]),
	})
}

# METADATA
# title: Categories of data are known
# description: >-
#   No category of personal data that the declaration states has a sensitive part without being a word for a category
#   of the legal data, as nothing would protect it. A word that the legal data does not know counts as ordinary data;
#   that it does is only a remark.
# custom:
#   short_name: unknown_category
#   severity: high
#   failure_msg: "%s is not a category of the legal data"
#   remedy: "%s"
#   advice: Use the category of the legal data that it is, or an ordinary one. The finding lists them.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	categories := prepared.facts.categories
	some index, category in input.spec.personalData.categories
	not category in categories.sensitive
	not categories.also[category]
	not _ordinary(category)
	finding := result.of_rule(rego.metadata.chain(), {
		"action": _actions[_is_sensitive(category)],
		"field": sprintf("spec.personalData.categories[%d]", [index]),
		"found": category,
		"required": object.get(_meant(category), true, categories.sensitive | categories.ordinary),
		"remedy": _remedy_for(category),
	})
}

# A word of several parts is ordinary if one part is, and none is sensitive (`order-history`, not `medical-history`).
_ordinary(category) if {
	count(_parts(category) & prepared.facts.categories.ordinary) > 0
	not _is_sensitive(category)
}

_parts(category) := {category} | {part | some part in split(category, "-")}

default _is_sensitive(_) := false

_is_sensitive(category) if {
	known := prepared.facts.categories
	count(_parts(category) & (known.sensitive | object.keys(known.also))) > 0
}

# The sensitive categories that parts of the word stand for.
_meant(category) := {true: known | known != set()} if {
	categories := prepared.facts.categories
	known := {one |
		some part in _parts(category)
		one := object.get(categories.also, part, part)
		one in categories.sensitive
	}
}

# A team names its data in its own words, and a word that nobody knows says nothing of sensitive data.
_actions := {true: "deny", false: "audit"}

_remedy_for(category) := sprintf("Write %s, which is the category of the legal data for it.", [known]) if {
	known := concat(" or ", _meant(category)[true])
} else := sprintf("Use the category that it is (%s), or an ordinary one (%s).", [
concat(", ", prepared.facts.categories[kind]) | some kind in ["sensitive", "ordinary"]])

_retentions[""] := input.spec.retention

_retentions[prefix] := place.retention if {
	some index, place in input.spec.perPlace
	prefix := sprintf("perPlace[%d].", [index])
}
