# METADATA
# title: Security
# description: >-
#   The controls that protect conversations, and to whom and within how many hours a breach or a serious incident is
#   reported.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 32 to 34
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Article 15
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["15"]
#     gdpr: ["32-34"]
#     oecd-ai-principles: ["1.4"]
#     nist-ai-rmf: [MEASURE 2.7]
#     iso-42001: [A.6]
# schemas:
# - input: schema.declaration
package governance.security

import data.lib.result

# METADATA
# title: Messages of messaging services are checked
# description: >-
#   For each port whose messages a messaging service signs, the declaration names the secret. Without it, the sidecar
#   cannot tell these messages from those of others, and removes their signature, which redaction breaks, so that the
#   app must not check it.
# custom:
#   short_name: message_signature
#   severity: medium
#   action: warn
#   failure_msg: nothing checks the signature of messages (%s)
#   remedy: Name the secret of the messaging service in signature.secretKeyRef of the port.
#   applies_to: [declaration]
#   covers: [G-70]
warn contains finding if {
	some use in input.shapes.uses
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("%s.signature", [use.field]),
		"found": null,
		"required": sprintf("a secret for the header %s", [use.uncheckedHeader]),
	})
}
