# METADATA
# title: Transparency
# description: >-
#   People know in time, and in their language, that they talk to an AI system, what its answers are, and what is
#   done with what they say.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Articles 13 and 50
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 12 to 14
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["13", "50"]
#     gdpr: ["12-14"]
#     oecd-ai-principles: ["1.3"]
#     nist-ai-rmf: [GOVERN 1, MAP 1]
#     iso-42001: [A.8]
package governance.transparency
