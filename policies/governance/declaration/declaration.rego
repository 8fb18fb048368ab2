# METADATA
# title: Declaration
# description: Conditions that a declaration must meet before any law is applied to it.
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
package governance.declaration

import data.lib.agreement
import data.lib.result

# METADATA
# title: Shapes exist
# description: >-
#   The shape of every governed port, and of every processor that the chatbot calls, exists. The sidecar refuses
#   messages in a format that it cannot read, so a chatbot with an unknown shape could not answer anyone.
# custom:
#   short_name: unknown_shape
#   severity: high
#   failure_msg: "%s is not the name of a shape"
#   remedy: "Use one of %s."
#   advice: Use the name of a preset, or of a ChatShape of the organization. The finding lists the closest ones.
#   applies_to: [declaration]
#   covers: [G-70]
deny contains finding if {
	some use in input.shapes.uses
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("%s.shape", [use.field]),
		"found": use.name,
		"required": {name | some name in input.shapes.names},
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [concat(", ", _offered(use.closest))]),
	})
}

# The names to offer: the closest ones if there are any, or else all.
_offered(closest) := closest if count(closest) > 0

_offered([]) := input.shapes.names

# METADATA
# title: Shapes have the declared parameters
# description: >-
#   Every parameter that a port or processor states is one of its shape. Otherwise the setting would silently have no
#   effect.
# custom:
#   short_name: unknown_parameter
#   severity: high
#   failure_msg: "%s is not a parameter of the shape"
#   remedy: "Remove it, or use a parameter of %s: %s."
#   advice: Remove the parameter, or use one that the shape has. The finding lists them.
#   applies_to: [declaration]
#   covers: [G-70]
deny contains finding if {
	some use in input.shapes.uses
	some parameter in use.unknownParameters
	known := concat(", ", use.parameters)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("%s.parameters.%s", [use.field, parameter]),
		"found": parameter,
		"required": {name | some name in use.parameters},
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [use.name, known]),
	})
}

# METADATA
# title: Shapes can be read
# description: >-
#   The sidecar can read messages of every shape that the declaration has inline, and of every shape with the declared
#   values of its parameters. A shape that is only for people who chat, or only for calls of models, is used there.
# custom:
#   short_name: unusable_shape
#   severity: high
#   failure_msg: the sidecar cannot read messages of the shape %s
#   remedy: "%s"
#   advice: Mend the part of the shape that the finding names, as it says.
#   applies_to: [declaration]
#   covers: [G-70]
deny contains finding if {
	some use in input.shapes.uses
	finding := result.of_rule(rego.metadata.chain(), {
		"field": use.faultField,
		"found": _name_or_inline(use.name),
		"required": "the sidecar cannot read messages of this shape",
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [use.fault]),
	})
}

_name_or_inline(name) := name if name != ""

_name_or_inline("") := "inline"

# METADATA
# title: Signatures can be checked
# description: >-
#   Messages to a port for which the declaration names the secret of a messaging service have a signature, and the
#   declaration states what the signature covers besides the message. Otherwise the sidecar would check nothing, or
#   refuse every message.
# custom:
#   short_name: unusable_signature
#   severity: high
#   failure_msg: the sidecar cannot check the signature of messages of the shape %s
#   remedy: "%s"
#   advice: Mend what the finding says about the signature.
#   applies_to: [declaration]
#   covers: [G-70]
deny contains finding if {
	some use in input.shapes.uses
	finding := result.of_rule(rego.metadata.chain(), {
		"field": use.signatureField,
		"found": _name_or_inline(use.name),
		"required": "the sidecar cannot check the signature of messages",
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [use.signatureFault]),
	})
}

# METADATA
# title: Facts agree with each other
# description: >-
#   Two statements of the declaration do not contradict each other: a chatbot that only employees use is not open to
#   everyone, and a small operator has no more staff than a small enterprise. The list is contradictions.yaml.
# custom:
#   short_name: contradiction
#   severity: high
#   failure_msg: two facts of the declaration contradict each other
#   remedy: "%s"
#   advice: Correct one of the statements that the finding names.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	some fault in agreement.faults
	not fault.doubtful
	finding := result.of_rule(rego.metadata.chain(), {
		"field": fault.field,
		"found": fault.found,
		"required": fault.why,
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [fault.remedy]),
	})
}

# METADATA
# title: Places with values of their own are declared
# description: >-
#   Every place for which the declaration states values is one of its jurisdictions, and has values in one entry only.
#   Otherwise it would be unknown which values hold for whom.
# custom:
#   short_name: unknown_place
#   severity: high
#   failure_msg: the values for a place cannot apply
#   remedy: "Name each code of spec.jurisdictions (%s) in at most one entry, and no other code."
#   advice: Name each code of spec.jurisdictions in at most one entry of spec.perPlace, and no other code.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	declared := {lower(code) | some code in input.spec.jurisdictions}
	some index, place in input.spec.perPlace
	some position, code in place.jurisdictions
	_misplaced(code, index, declared)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.perPlace[%d].jurisdictions[%d]", [index, position]),
		"found": code,
		"required": declared,
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [concat(", ", declared)]),
	})
}

_misplaced(code, _, declared) if not lower(code) in declared

_misplaced(code, index, _) if {
	some other, place in input.spec.perPlace
	other < index
	lower(code) in {lower(named) | some named in place.jurisdictions}
}

# METADATA
# title: Every place has a value
# description: >-
#   A fact that the declaration states for some of its places is stated for all of them. For the other places it would
#   count as not declared, and nobody would notice.
# custom:
#   short_name: place_without_value
#   severity: high
#   failure_msg: a value is stated for some places and not for others
#   remedy: "State it for %s too: in spec.perPlace, or in spec.%s for all places without a value of their own."
#   advice: State the value for the other places too, in spec.perPlace or for all places at once.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	some path in _facts_of_places
	stating := {place | some place in input.spec.perPlace; object.get(place, path, null) != null}
	count(stating) > 0
	object.get(input.spec, path, null) == null
	named := {lower(code) | some place in stating; some code in place.jurisdictions}
	without := {code | some one in input.spec.jurisdictions; code := lower(one); not code in named}
	without != set()
	field := concat(".", path)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.%s", [field]),
		"found": null,
		"required": sprintf("no value holds for %s", [concat(", ", without)]),
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [concat(", ", without), field]),
	})
}

# The fields of which no value means that the fact is not declared. Of other fields it means what the law requires.
_facts_of_places := {
	["retention", "transcriptDays"],
	["retention", "recordingDays"],
	["retention", "auditDays"],
	["retention", "requestRecordDays"],
	["audience", "minimumAge"],
	["audience", "who"],
	["residency", "countries"],
} if input.spec.perPlace

# not_applicable are the reasons why dimensions do not apply, by dimension. A reason for which the organization demands
# an approval counts while an exception approves these words.
not_applicable := {one.dimension: one.reason |
	some one in input.spec.notApplicable
	not unapproved[one.dimension]
}

# unapproved are the policies that demand an approval which is missing, by dimension.
unapproved := {one.dimension: policies |
	some one in input.spec.notApplicable
	policies := input.organisation.approvals[one.dimension]
	not _is_approved(one)
}

_is_approved(stated) if {
	some exception in input.organisation.exceptions
	exception.expires >= input.asOf
	stated in exception.notApplicable
}
