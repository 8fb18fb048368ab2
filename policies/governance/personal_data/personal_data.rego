# METADATA
# title: Personal data
# description: >-
#   Only data that the purpose needs is collected, sensitive categories are known as such, and what must not reach a
#   model or a store is taken out before.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 5, 9 and 25
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Article 10
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["10"]
#     gdpr: ["5", "9", "25"]
#     oecd-ai-principles: ["1.2"]
#     nist-ai-rmf: [MAP 4, MEASURE 2.10]
#     iso-42001: [A.7]
package governance.personal_data
