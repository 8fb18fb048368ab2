# METADATA
# title: Contracts
# description: >-
#   What the terms tell consumers, how consumers withdraw from a contract, and the contracts that bind processors.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/dir/2011/83/oj
#   description: Consumer Rights Directive
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 26 and 28
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["25(4)"]
#     gdpr: ["26", "28"]
#     oecd-ai-principles: ["1.5"]
#     nist-ai-rmf: [GOVERN 6]
#     iso-42001: [A.10]
package governance.contract
