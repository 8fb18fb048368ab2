# METADATA
# title: Consent
# description: >-
#   The legal bases on which conversations are processed, and the consent that people give before they are recorded,
#   profiled, contacted or marketed to. Opting out and withdrawing consent are as easy as giving it.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 6 to 9
# - ref: https://eur-lex.europa.eu/eli/dir/2002/58/oj
#   description: ePrivacy Directive
# custom:
#   standard: eu
#   frameworks:
#     gdpr: ["6-9"]
#     oecd-ai-principles: ["1.2"]
#     nist-ai-rmf: [MAP 1]
#     iso-42001: [A.7]
package governance.consent
