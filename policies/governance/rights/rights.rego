# METADATA
# title: Rights of people
# description: >-
#   Which requests people may make about their data and about decisions, where they make them, and within how many days
#   the deployer acknowledges them, responds, and decides on appeals.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 12 and 15 to 22
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Article 86
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["86"]
#     gdpr: ["15-22"]
#     oecd-ai-principles: ["1.2", "1.3"]
#     nist-ai-rmf: [GOVERN 5]
#     iso-42001: [A.8]
package governance.rights
