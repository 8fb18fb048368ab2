# METADATA
# title: Accountability
# description: >-
#   Who answers for the chatbot is named, and the records, registrations and assessments that law asks for exist and
#   are recent.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Articles 4, 16 to 18, 26 and 27
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 24, 30, 35 and 37
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["4", "16-18", "26", "27"]
#     gdpr: ["24", "30", "35", "37"]
#     oecd-ai-principles: ["1.5"]
#     nist-ai-rmf: [GOVERN 2]
#     iso-42001: [A.2, A.3]
package governance.accountability
