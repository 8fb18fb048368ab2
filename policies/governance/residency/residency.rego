# METADATA
# title: Residency
# description: Transfers of personal data abroad, checked for each processor and each law that sets grounds for them.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Chapter V
# custom:
#   standard: eu
#   frameworks:
#     gdpr: ["44-49"]
#     oecd-ai-principles: ["2.5"]
#     nist-ai-rmf: [MAP 1]
#     iso-42001: [A.7]
# schemas:
# - input: schema.declaration
package governance.residency

import data.lib.place
import data.lib.result
import data.prepared

# METADATA
# title: Transfers have an accepted ground
# description: >-
#   For each processor outside the territory of a law that sets grounds for transfers, the declaration states one of
#   these grounds. Adequacy counts only for countries that this law or the law of its parent lists, unless law leaves
#   the judgment to the deployer. Where the contract with a processor is enough, a stated agreement is the ground. This
#   rule is the comparison for the dimension of the same name.
# custom:
#   short_name: mechanisms
#   severity: high
#   failure_msg: the transfer to processor %q has none of the accepted grounds
#   remedy: State an accepted ground for the transfer, or use a processor in the territory.
#   applies_to: [declaration]
#   covers: [G-83]
deny contains finding if {
	some index, processor in input.spec.processors
	merged := input.requirement.dimensions["residency.mechanisms"]
	failed := {point | some point in merged.points; not grounded(point, processor)}
	count(failed) > 0
	finding := result.of_dimension("residency.mechanisms", merged, {
		"action": result.by_points(prepared.dimensions["residency.mechanisms"].action, failed),
		"field": sprintf("spec.processors[%d].transfer", [index]),
		"found": object.get(processor, "transfer", null),
		"required": {point.value | some point in failed},
		"sources": failed,
		"remedy": sprintf(
			"%s Country: %s.%s",
			[rego.metadata.rule().custom.remedy, object.get(processor, "country", "not declared"), _hint(failed)],
		),
	})
}

_hint(failed) := " Adequacy counts only for countries that the law lists." if {
	every point in failed {
		not "own-adequacy" in point.value
	}
}

_hint(failed) := "" if {
	some point in failed
	"own-adequacy" in point.value
}

# METADATA
# title: The country of a processor is known
# description: >-
#   Where a law sets grounds for transfers, the declaration states the country in which each processor processes data.
#   Without it, the processor counts as abroad, and adequacy never counts.
# custom:
#   short_name: processor_country
#   severity: medium
#   action: warn
#   failure_msg: the country of processor %q is not declared
#   remedy: State the country in which the processor processes data (ISO 3166-1 alpha-2).
#   applies_to: [declaration]
#   covers: [G-64, G-83]
warn contains finding if {
	some index, processor in input.spec.processors
	object.get(processor, "country", "") == ""
	merged := input.requirement.dimensions["residency.mechanisms"]
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "residency.mechanisms",
		"field": sprintf("spec.processors[%d].country", [index]),
		"found": null,
		"required": sprintf("the country of %s", [processor.name]),
		"sources": merged.setting,
	})
}

# grounded holds for a transfer to a processor that has a ground of the point. Inside the territory no transfer takes
# place. A sector has no territory: it follows the declared jurisdictions.
grounded(point, processor) if {
	places := place.countries({processor.country})
	every code in _judged(point) {
		count(place.outside(places, prepared.territory[code])) == 0
	}
}

grounded(point, processor) if {
	some ground in processor.transfer
	ground in point.value
	_counts(ground, point, processor)
}

# Adequacy is the law's, so it need not be stated, unless it reaches only certified recipients.
grounded(point, processor) if {
	is_adequate(point, processor.country)
}

# is_adequate holds for a country to which data may go without another ground, and without a certification.
is_adequate(point, country) if {
	"adequacy" in point.value
	_adequate(point, {"country": country})
	not _only_if_certified(point, {"country": country})
}

# Where law leaves the judgment to the deployer, a ground of adequacy needs no list.
grounded(point, processor) if {
	"own-adequacy" in point.value
	"adequacy" in processor.transfer
}

# Where the contract with the processor is enough, it is the ground.
grounded(point, processor) if {
	"agreement" in point.value
	object.get(processor, "agreement", "") != ""
}

_judged(point) := {point.code} if point.kind == "jurisdiction"

_judged(point) := input.facts.holds.declared & prepared.codes.jurisdiction if point.kind == "sector"

_counts(ground, _, _) if not ground in {"adequacy", "agreement"}

_counts("adequacy", point, processor) if _adequate(point, processor)

_adequate(point, processor) if {
	some adequate in input.requirement.dimensions["residency.adequate"].points
	adequate.code in prepared.closure[point.code]
	count(place.outside(place.countries({processor.country}), adequate.value)) == 0
}

_only_if_certified(point, processor) if {
	some conditional in input.requirement.dimensions["residency.adequateIfCertified"].points
	conditional.code in prepared.closure[point.code]
	count(place.countries({processor.country}) & conditional.value) > 0
}

# METADATA
# title: Recipients in adequate countries are certified
# description: >-
#   Where a country is adequate only for recipients that a public list names, and the transfer rests on adequacy alone,
#   the declaration states the certification of the processor: one that the legal data knows for this law and country.
# custom:
#   short_name: certified_recipient
#   severity: medium
#   action: warn
#   party: processor
#   failure_msg: the transfer to %q rests on adequacy for certified recipients
#   remedy: >-
#     Look the processor up on the public list, and state its certification in certifiedUnder, or state another ground
#     for the transfer.
#   applies_to: [declaration]
#   covers: [G-83]
warn contains finding if {
	some index, processor in input.spec.processors
	merged := input.requirement.dimensions["residency.adequateIfCertified"]
	{ground | some ground in processor.transfer} == {"adequacy"}
	conditional := {point |
		some point in merged.points
		count(place.countries({processor.country}) & point.value) > 0
		not _is_certified(point, processor)
	}
	count(conditional) > 0
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "residency.adequateIfCertified",
		"field": sprintf("spec.processors[%d].certifiedUnder", [index]),
		"found": object.get(processor, "certifiedUnder", null),
		"required": sprintf("the certification of %s", [processor.name]),
		"sources": conditional,
	})
}

_is_certified(point, processor) if {
	some name in processor.certifiedUnder
	certification := prepared.facts.certifications[name]
	point.code in certification.of
	count(place.countries({processor.country}) & {country | some country in certification.countries}) > 0
}

# METADATA
# title: Daily transfers do not rest on a derogation
# description: >-
#   Where a law accepts derogations such as explicit consent or a contract only for occasional transfers, the transfer
#   to a processor that the chatbot calls, with every message, rests on another ground. A processor is called if it has
#   a host, or if none has one and the declaration says whether it trains on conversations, which it can then see.
# custom:
#   short_name: daily_derogation
#   severity: medium
#   action: warn
#   failure_msg: the transfer to %q rests on a derogation alone
#   remedy: >-
#     State a ground for regular transfers, such as standard clauses, or use a processor in the territory.
#   applies_to: [declaration]
#   covers: [G-83]
warn contains finding if {
	some index, processor in input.spec.processors
	_is_called(processor)
	"derogation" in processor.transfer
	resting := _resting(processor, "derogation")
	count(resting) > 0
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "residency.mechanisms",
		"field": sprintf("spec.processors[%d].transfer", [index]),
		"found": processor.transfer,
		"required": "a ground for regular transfers",
		"sources": resting,
	})
}

_is_called(processor) if processor.host

_is_called(called) if {
	called.trainsOnData in {true, false}
	every processor in input.spec.processors {
		not processor.host
	}
}

# The points that the transfer to the processor meets by this ground alone.
_resting(processor, ground) := {point |
	some point in input.requirement.dimensions["residency.mechanisms"].points
	ground in point.value
	not grounded(point, others)
} if {
	others := object.union(processor, {"transfer": [other | some other in processor.transfer; other != ground]})
}

# METADATA
# title: Certifications have a name
# description: >-
#   Where the transfer to a processor rests on a certification alone, the declaration states which one the processor
#   has. Otherwise nobody could look it up. No law asks that it be stated here, so this is only a remark.
# custom:
#   short_name: unnamed_certification
#   severity: low
#   action: audit
#   party: processor
#   failure_msg: the transfer to %q rests on a certification without a name
#   remedy: Name the certification of the processor in certifiedUnder, or state another ground for the transfer.
#   applies_to: [declaration]
#   covers: [G-83]
warn contains finding if {
	some index, processor in input.spec.processors
	"certification" in processor.transfer
	object.get(processor, "certifiedUnder", []) == []
	resting := _resting(processor, "certification")
	count(resting) > 0
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "residency.mechanisms",
		"field": sprintf("spec.processors[%d].certifiedUnder", [index]),
		"found": null,
		"required": sprintf("the certification of %s", [processor.name]),
		"sources": resting,
	})
}
