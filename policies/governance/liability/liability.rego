# METADATA
# title: Liability
# description: >-
#   The grounds on which the parties are liable for the chatbot, how long evidence of fault is kept, and which
#   liability the terms may not exclude.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/dir/2024/2853/oj
#   description: Product Liability Directive
# - ref: https://eur-lex.europa.eu/eli/dir/1993/13/oj
#   description: Unfair Contract Terms Directive
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Article 82
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["25"]
#     gdpr: ["82"]
#     oecd-ai-principles: ["1.5"]
#     nist-ai-rmf: [GOVERN 6, MANAGE 4]
#     iso-42001: [A.10]
package governance.liability
