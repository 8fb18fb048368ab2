# METADATA
# title: Intellectual property
# description: >-
#   The declaration states the rights in the model, the training data and the answers, and the licenses allow the uses
#   of the chatbot.
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

import data.lib.license
import data.lib.result
import data.prepared

# METADATA
# title: Licenses allow commercial use
# description: >-
#   A model or data that is used for commercial advantage has a license that allows it. If several licenses are offered,
#   one that allows it is enough. An undeclared use is assumed to take place.
# custom:
#   short_name: non_commercial_licence
#   severity: high
#   failure_msg: the license %s does not allow commercial use
#   remedy: >-
#     Use a model or data under a license that allows commercial use. If the use is not commercial, state the actual use
#     in spec.intellectualProperty.use.
#   applies_to: [declaration]
#   covers: [G-40]
deny contains finding if {
	some problem in _problems
	problem.kind == "non_commercial"
	finding := result.of_rule(rego.metadata.chain(), object.union(_details(problem), {
		"action": "deny",
		"required": "a license that allows commercial use",
	}))
}

# METADATA
# title: Licenses allow adapted versions
# description: >-
#   A model that is fine-tuned or otherwise adapted has a license that allows adapted versions. It is not settled in law
#   whether training adapts the training data, so for data the rule only warns.
# custom:
#   short_name: no_derivatives_licence
#   severity: high
#   failure_msg: the license %s does not allow adapted versions
#   remedy: >-
#     Use a model or data under a license that allows adapted versions. If it is not modified, state the actual use in
#     spec.intellectualProperty.use.
#   applies_to: [declaration]
#   covers: [G-40]
deny contains finding if {
	some problem in _problems
	problem.kind == "no_derivatives"
	finding := result.of_rule(rego.metadata.chain(), object.union(_details(problem), {
		"action": {true: "deny", false: "warn"}[_of_model(problem)],
		"required": "a license that allows adapted versions",
	}))
}

# METADATA
# title: Copyleft is reviewed
# description: >-
#   A license requires that works derived from the model or data stay under the same terms when they are distributed or
#   offered over a network. The deployer has reviewed what this means for the use, and states where the review is kept.
# custom:
#   short_name: copyleft
#   severity: medium
#   action: warn
#   failure_msg: the license %s extends to derived works
#   remedy: >-
#     License derived works under the same terms and state in spec.intellectualProperty.licenseReview where the review
#     is kept; or use another license; or, if fewer uses take place, list them in spec.intellectualProperty.use.
#   applies_to: [declaration]
#   covers: [G-40]
warn contains finding if {
	some problem in _unreviewed
	problem.kind == "copyleft"
	finding := result.of_rule(rego.metadata.chain(), object.union(_details(problem), {
		"required": "the same license for derived works, and a review",
	}))
}

# METADATA
# title: Use restrictions are passed on
# description: >-
#   A license restricts the uses of the model or data and requires that every recipient and user be bound by the
#   restrictions. The deployer has added them to the terms, and states where the review is kept.
# custom:
#   short_name: use_restrictions
#   severity: medium
#   action: warn
#   failure_msg: the license %s has use restrictions that must be passed on
#   remedy: >-
#     Bind the users of the chatbot to the restrictions of the license in the terms (spec.contract.termsURL), and state
#     in spec.intellectualProperty.licenseReview where the review is kept.
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
# title: Licenses are known
# description: >-
#   Every license is an SPDX expression of licenses that the legal data contains. Other terms, such as those of a
#   vendor, need a review, and the declaration states where the review is kept.
# custom:
#   short_name: unknown_licence
#   severity: medium
#   action: warn
#   failure_msg: the license %s is not known
#   remedy: >-
#     Write the license as an SPDX expression, with the prefix LicenseRef- for terms that are not on the SPDX list. Have
#     other terms reviewed, and state in spec.intellectualProperty.licenseReview where the review is kept.
#   applies_to: [declaration]
#   covers: [G-40, G-43]
warn contains finding if {
	some problem in _unreviewed
	problem.kind == "unknown"
	finding := result.of_rule(rego.metadata.chain(), object.union(_details(problem), {
		"required": "an SPDX expression of known licenses, or a review",
	}))
}

# The policy cannot see whether the duties of a license are fulfilled: a stated review stands for that.
_unreviewed := {problem | some problem in _problems} if {
	object.get(input.spec, ["intellectualProperty", "licenseReview"], "") == ""
}

_problems contains object.union(problem, {"field": stated.field}) if {
	some stated in input.licences
	not license.free(stated)
	some problem in license.problems(stated, _uses)
}

_uses := {use | some use in input.spec.intellectualProperty.use} if input.spec.intellectualProperty.use

_uses := prepared.licenses.uses if not input.spec.intellectualProperty.use

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
