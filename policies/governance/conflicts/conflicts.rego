# METADATA
# title: Conflicts
# description: >-
#   Requirements of several laws that one declaration cannot meet at the same time. Each finding names both sides, and
#   says when only a split of the deployment resolves the conflict. It denies only where what binds is in conflict.
# related_resources:
# - ref: https://github.com/chaperone-dev/chaperone/blob/main/docs/architecture.md
#   description: Chaperone, merging of jurisdictions
# custom:
#   standard: chaperone
#   frameworks:
#     oecd-ai-principles: ["2.5"]
#     nist-ai-rmf: [GOVERN 1]
#     iso-42001: [A.2]
# schemas:
# - input: schema.declaration
package governance.conflicts

import data.lib.language
import data.lib.merge
import data.lib.parent
import data.lib.place
import data.lib.result
import data.lib.words
import data.prepared

_required := input.requirement.dimensions

_advice := input.requirement.advice

_windows := {["retention.transcriptMin", "retention.transcriptMax"], ["retention.auditMin", "retention.auditMax"]}

# METADATA
# title: Retention periods are compatible
# description: No law that applies requires records to be kept longer than another law allows.
# custom:
#   short_name: retention_window
#   split: true
#   severity: high
#   failure_msg: one law requires records to be kept longer than another allows
#   remedy: >-
#     State a time for each place in spec.perPlace, or declare the jurisdictions or sectors that disagree in separate
#     ChatbotDeployments.
#   applies_to: [declaration]
#   covers: [G-11, G-81]
deny contains finding if {
	some [minimum, maximum] in _windows
	_required[minimum].joined > _required[maximum].joined
	against := {shortest |
		some shortest in _required[minimum].points
		some longest in (_required[maximum].points - _advice)
		shortest.value > longest.value
	}
	finding := result.of_rule(rego.metadata.chain(), {
		"action": result.by_points("deny", against),
		"dimension": minimum,
		"field": prepared.dimensions[minimum].json_path,
		"found": _found(prepared.dimensions[minimum].path),
		"required": words.window(_required[minimum], _required[maximum]),
		"sources": (_required[minimum].setting | _required[maximum].setting),
	})
}

# METADATA
# title: A country for storage exists
# description: >-
#   All laws about the same people allow storage in at least one common country. Laws about people of different places
#   are in no conflict, because the data of each can be in another country. If the declaration names regions, at least
#   one of them is in such a country.
# custom:
#   short_name: nowhere_to_store
#   split: true
#   severity: high
#   failure_msg: no country exists in which all laws about the same people allow their data to be stored
#   remedy: >-
#     State in spec.perPlace regions that each place allows, or declare the sectors that disagree in separate
#     ChatbotDeployments, each with its own countries and regions.
#   applies_to: [declaration]
#   covers: [G-81, G-83]
deny contains finding if {
	stranded := {points | some points in _storing; _nowhere(merge.value("oneOf", points))}
	count(stranded) > 0
	points := union(stranded)
	binding := {bound |
		some all in stranded
		bound := all - _advice
		_nowhere(merge.value("oneOf", bound))
	}
	finding := result.of_rule(rego.metadata.chain(), {
		"action": result.by_points("deny", union(binding)),
		"dimension": "residency.countries",
		"field": "spec.residency.countries",
		"found": _found(["residency", "countries"]),
		"required": words.countries(merge.value("perCode", points)),
		"sources": points,
	})
}

# What the laws about the people of each declared place say about storage. Wherever people are declared, a law of the
# deployer's seat is about all of them.
_storing := {code: points |
	merged := _required["residency.countries"]
	some code in (input.facts.holds.declared & prepared.codes.jurisdiction)
	closure := prepared.closure[code]
	points := {point | some point in merged.points; place.is_about(point, closure)}
	count(points) > 0
}

_nowhere(allowed) if count(allowed) == 0

# A region whose country is unknown can be in any country.
_nowhere(allowed) if {
	regions := {object.get(prepared.regions, region, "") | some region in input.spec.residency.regions}
	count(regions) > 0
	count(regions & (allowed | {""})) == 0
}

# METADATA
# title: Records are restricted before they are erased
# description: >-
#   One law grants a right to erasure while another requires the same records to be kept longer than the deadline for
#   the request. Until the records can be erased, their use is restricted. This finding is a warning.
# custom:
#   short_name: erase_and_keep
#   severity: low
#   action: warn
#   failure_msg: records must be kept longer than the deadline for a request for erasure
#   remedy: >-
#     Restrict the use of such records when a person asks for erasure, tell the person until when, and erase them then.
#   applies_to: [declaration]
#   covers: [G-08, G-11, G-81]
warn contains finding if {
	keep := _required["retention.transcriptMin"]
	answer := _required["rights.responseDays"]
	requests := _required["rights.requests"]
	"erasure" in requests.joined
	keep.joined > answer.joined
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "rights.requests",
		"field": "spec.retention.transcriptDays",
		"found": _found(["retention", "transcriptDays"]),
		"required": words.kept_longer(keep, answer),
		"sources": (keep.setting | {point | some point in requests.points; "erasure" in point.value}),
	})
}

# METADATA
# title: People who refuse recording reach a human
# description: >-
#   One law lets people refuse to be recorded while a sector must keep a record. A person who refuses can reach a human
#   on a channel that is not recorded.
# custom:
#   short_name: opt_in_and_record
#   severity: high
#   failure_msg: recording needs consent while a sector must keep a record
#   remedy: >-
#     Declare in spec.oversight.handoff the url and mode of a human channel for people who refuse the recording.
#   applies_to: [declaration]
#   covers: [G-04, G-33, G-81]
deny contains finding if {
	recording := _required["consent.recording"]
	recording.value == "opt-in"
	keep := {point | some point in _required["retention.transcriptMin"].points; point.kind == "sector"}
	count(keep) > 0
	not _human_channel
	finding := result.of_rule(rego.metadata.chain(), {
		"action": result.by_points("deny", {point | some point in recording.setting; count(keep - _advice) > 0}),
		"dimension": "consent.recording",
		"field": "spec.oversight.handoff",
		"found": _found(["oversight", "handoff", "mode"]),
		"required": sprintf("consent, and a record for %d days", [max([point.value | some point in keep])]),
		"sources": (recording.setting | keep),
	})
}

_human_channel if {
	input.spec.oversight.handoff.url != ""
	not object.get(input.spec, ["oversight", "handoff", "mode"], "none") == "none"
}

# METADATA
# title: The minimum age fits every place
# description: >-
#   The declared minimum age is high enough for one place but too low for another, which requires a parent's consent up
#   to a higher age, and no parent consents.
# custom:
#   short_name: age
#   split: true
#   severity: high
#   failure_msg: the minimum age is high enough for one place but too low for another
#   remedy: >-
#     Raise spec.audience.minimumAge to the higher age, have a parent consent and state so in
#     spec.audience.parentalConsent, or state a minimum age for each place in spec.perPlace.
#   applies_to: [declaration]
#   covers: [G-14, G-81]
deny contains finding if {
	age := input.spec.audience.minimumAge
	not parent.consents
	points := _required["consent.childAge"].points
	above := {point | some point in points; point.value > age}
	above != set()
	codes := {point.code | some point in above}
	enough := {point | some point in points; point.value <= age; not point.code in codes}
	enough != set()
	finding := result.of_rule(rego.metadata.chain(), {
		"action": result.by_points("deny", {point | some point in above; count(enough - _advice) > 0}),
		"dimension": "consent.childAge",
		"field": "spec.audience.minimumAge",
		"found": age,
		"required": _required["consent.childAge"].value,
		"type": "atLeast",
		"unit": prepared.dimensions["consent.childAge"].unit,
		"sources": (above | enough),
	})
}

# METADATA
# title: Every required language has a statement
# description: For each language that the law requires, a declared or built-in statement exists.
# custom:
#   short_name: languages
#   severity: high
#   failure_msg: no statement exists in a required language
#   remedy: Add a statement in each missing language to spec.disclosure.statements, or split the deployment by language.
#   applies_to: [declaration]
#   covers: [G-30, G-63, G-81]
deny contains finding if {
	merged := _required["transparency.languages"]
	missing := merged.joined - language.served(_statements | object.keys(prepared.statements))
	count(missing) > 0
	asking := {point | some point in merged.points; count(point.value & missing) > 0}
	finding := result.of_rule(rego.metadata.chain(), {
		"action": result.by_points("deny", asking),
		"dimension": "transparency.languages",
		"field": "spec.disclosure.statements",
		"found": _statements,
		"required": missing,
		"sources": asking,
	})
}

_statements := object.keys(object.get(input.spec, ["disclosure", "statements"], {}))

_found(path) := object.get(input.spec, path, null)
