# METADATA
# title: Outbound contact
# description: >-
#   When and how often a chatbot contacts people first, and which registers of people who want no calls it checks.
# related_resources:
# - ref: https://www.ecfr.gov/current/title-47/chapter-I/subchapter-B/part-64/subpart-L/section-64.1200
#   description: FCC rules on calls, 47 CFR 64.1200(c)
# - ref: https://www.legislation.gov.uk/uksi/2003/2426/contents
#   description: UK Privacy and Electronic Communications Regulations 2003, regulations 19 to 22
# custom:
#   standard: us
#   frameworks:
#     oecd-ai-principles: ["1.2"]
#     nist-ai-rmf: [GOVERN 1]
#     iso-42001: [A.9]
# schemas:
# - input: schema.declaration
package governance.outbound
