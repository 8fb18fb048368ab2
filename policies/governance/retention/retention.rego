# METADATA
# title: Retention
# description: >-
#   The longest and shortest periods for which transcripts, recordings, logs and records of requests are kept, and why.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 5(1)(e) and 17
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Articles 12, 19 and 26(6)
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["12", "19", "26(6)"]
#     gdpr: ["5(1)(e)", "17"]
#     oecd-ai-principles: ["1.2"]
#     nist-ai-rmf: [MANAGE 4]
#     iso-42001: [A.7, A.6.2.8]
package governance.retention
