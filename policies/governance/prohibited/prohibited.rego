# METADATA
# title: Prohibited practices
# description: >-
#   What a chatbot may never do, even with consent: manipulate people, pose as a human or a professional, score people
#   socially, or exploit vulnerable people.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Article 5
# - ref: https://eur-lex.europa.eu/eli/dir/2005/29/oj
#   description: Unfair Commercial Practices Directive
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["5"]
#     oecd-ai-principles: ["1.2"]
#     nist-ai-rmf: [GOVERN 1, MAP 1]
#     iso-42001: [A.9]
package governance.prohibited
