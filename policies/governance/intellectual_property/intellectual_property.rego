# METADATA
# title: Intellectual property
# description: >-
#   The rights in model, training data and answers are stated, and the licences in use allow what the chatbot is
#   used for.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/dir/2019/790/oj
#   description: Copyright in the Digital Single Market Directive
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Article 53
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["53"]
#     oecd-ai-principles: ["1.2"]
#     nist-ai-rmf: [GOVERN 6, MAP 4]
#     iso-42001: [A.10]
# schemas:
# - input: schema.declaration
package governance.intellectual_property

import data.lib.licence
import data.lib.result
import data.prepared

# METADATA
# title: Licences allow commercial use
# description: >-
#   What is used for commercial advantage is under a licence that allows it. Of several licences to choose from, one is
#   enough. A use that is not declared is taken to be made.
# custom:
#   short_name: non_commercial_licence
#   severity: high
#   failure_msg: the licence %s allows no commercial use
#   remedy: >-
#     Use a model or data under a licence that allows commercial use, or state in spec.intellectualProperty.use what is
#     done with it when that is not commercial.
#   applies_to: [declaration]
#   covers: [G-40]
deny contains finding if {
	some problem in _problems
	problem.kind == "non_commercial"
	finding := result.of_rule(rego.metadata.chain(), object.union(_details(problem), {
		"action": "deny",
		"required": "a licence that allows commercial use",
	}))
}

# METADATA
# title: Licences allow adapted versions
# description: >-
#   A model that is fine-tuned or otherwise adapted is under a licence that allows adapted versions. Whether training
#   adapts the data is not settled, so that the same licence of data is a warning.
# custom:
#   short_name: no_derivatives_licence
#   severity: high
#   failure_msg: the licence %s allows no adapted versions
#   remedy: >-
#     Use a model or data under a licence that allows adapted versions, or state in spec.intellectualProperty.use what
#     is done with it when it is not modified.
#   applies_to: [declaration]
#   covers: [G-40]
deny contains finding if {
	some problem in _problems
	problem.kind == "no_derivatives"
	finding := result.of_rule(rego.metadata.chain(), object.union(_details(problem), {
		"action": {true: "deny", false: "warn"}[_of_model(problem)],
		"required": "a licence that allows adapted versions",
	}))
}

# METADATA
# title: Copyleft is looked after
# description: >-
#   A licence asks that what is derived from the model or data, given away or offered over a network stays under the
#   same terms. Somebody has looked at what that means for this use, and says where.
# custom:
#   short_name: copyleft
#   severity: medium
#   action: warn
#   failure_msg: the licence %s extends to what is derived from it
#   remedy: >-
#     Give what is derived under the same licence and state in spec.intellectualProperty.licenseReview where this was
#     looked at, use another licence, or state in spec.intellectualProperty.use what is done with it when it is less.
#   applies_to: [declaration]
#   covers: [G-40]
warn contains finding if {
	some problem in _unreviewed
	problem.kind == "copyleft"
	finding := result.of_rule(rego.metadata.chain(), object.union(_details(problem), {
		"required": "the same licence for what is derived, and a review",
	}))
}

# METADATA
# title: Restrictions of use are passed on
# description: >-
#   A licence limits what the model or data may be used for, and asks that everybody who gets or uses it is bound by
#   these limits. Somebody has put them into the terms, and says where this was looked at.
# custom:
#   short_name: use_restrictions
#   severity: medium
#   action: warn
#   failure_msg: the licence %s has restrictions of use that must be passed on
#   remedy: >-
#     Bind those who use the chatbot by the licence's restrictions (spec.contract.termsURL), and state in
#     spec.intellectualProperty.licenseReview where this was looked at.
#   applies_to: [declaration]
#   covers: [G-40, G-42]
warn contains finding if {
	some problem in _unreviewed
	problem.kind == "use_restrictions"
	finding := result.of_rule(rego.metadata.chain(), object.union(_details(problem), {
		"required": "terms that pass the restrictions on, and a review",
	}))
}

# METADATA
# title: Licences are known
# description: >-
#   Every licence is an SPDX expression of licences that the legal data knows. Other terms, such as those of a vendor,
#   need to be read by somebody, who says where.
# custom:
#   short_name: unknown_licence
#   severity: medium
#   action: warn
#   failure_msg: the licence %s is not known
#   remedy: >-
#     Write the licence as an SPDX expression (LicenseRef- before the name of terms that are on no list), have terms
#     that are not known reviewed, and state in spec.intellectualProperty.licenseReview where the review is kept.
#   applies_to: [declaration]
#   covers: [G-40, G-43]
warn contains finding if {
	some problem in _unreviewed
	problem.kind == "unknown"
	finding := result.of_rule(rego.metadata.chain(), object.union(_details(problem), {
		"required": "an SPDX expression of known licences, or a review",
	}))
}

# The duties of a licence can be fulfilled where nobody sees it: a stated review answers for them.
_unreviewed := {problem | some problem in _problems} if {
	object.get(input.spec, ["intellectualProperty", "licenseReview"], "") == ""
}

_problems contains object.union(problem, {"field": stated.field}) if {
	some stated in input.licences
	not licence.free(stated)
	some problem in licence.problems(stated, _uses)
}

_uses := {use | some use in input.spec.intellectualProperty.use} if input.spec.intellectualProperty.use

_uses := prepared.licences.uses if not input.spec.intellectualProperty.use

_of_model(problem) := startswith(problem.field, "spec.intellectualProperty.model.")

_details(problem) := {
	"field": problem.field,
	"found": object.filter(problem, ["license", "uses"]),
	"party": {true: "deployer", false: "developer"}[_of_model(problem)],
	"sources": {{"source": _source(problem)}},
}

_source(problem) := {"code": "licence", "act": problem.license, "url": problem.source} if problem.source

_source(problem) := {"code": "spdx", "act": "SPDX License List", "url": "https://spdx.org/licenses/"} if {
	not problem.source
}
