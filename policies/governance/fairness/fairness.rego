# METADATA
# title: Fairness
# description: >-
#   The chatbot does not discriminate on a protected ground, outcomes are monitored for disparities, people with
#   disabilities can use it, and no interface subverts choice.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Article 10
# - ref: https://eur-lex.europa.eu/eli/dir/2019/882/oj
#   description: European Accessibility Act
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["10"]
#     gdpr: ["5(1)(a)"]
#     oecd-ai-principles: ["1.1", "1.2"]
#     nist-ai-rmf: [MEASURE 2.11]
#     iso-42001: [A.5]
package governance.fairness
