# METADATA
# title: Human oversight
# description: >-
#   Humans oversee the chatbot, customers can reach a human instead of it, and a human decides where a decision has
#   significant effects. People in danger are referred to help at once.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Articles 14 and 26(2)
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Article 22
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["14", "26(2)"]
#     gdpr: ["22"]
#     oecd-ai-principles: ["1.2"]
#     nist-ai-rmf: [GOVERN 3, MAP 3.5]
#     iso-42001: [A.9]
package governance.oversight
