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
package governance.intellectual_property
