# METADATA
# title: Conflicts
# description: >-
#   Requirements of several laws that no one declaration can meet together. Each finding names both sides; where only a
#   split helps, it says so.
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

import data.lib.answer
import data.lib.language
import data.lib.merge
import data.lib.place
import data.lib.result
import data.prepared

_required := input.requirement.dimensions

_windows := {
	["retention.transcriptMin", "retention.transcriptMax"],
	["retention.auditMin", "retention.auditMax"],
}

# METADATA
# title: Retention window is not empty
# description: No law asks to keep for longer than another allows, over all codes of the declaration.
# custom:
#   short_name: retention_window
#   split: true
#   severity: high
#   failure_msg: one law asks to keep for longer than another allows
#   remedy: "Split the deployment: declare the jurisdictions or sectors that disagree in separate ChatbotDeployments."
#   applies_to: [declaration]
#   covers: [G-11, G-81]
deny contains finding if {
	some [minimum, maximum] in _windows
	_required[minimum].joined > _required[maximum].joined
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": minimum,
		"field": sprintf("spec.%s", [prepared.dimensions[minimum].field]),
		"found": _found(["retention", _last(minimum)]),
		"required": {"atLeast": _required[minimum].value, "atMost": _required[maximum].value},
		"sources": (_required[minimum].setting | _required[maximum].setting),
	})
}

# METADATA
# title: Data can be stored somewhere
# description: >-
#   The countries in which the laws allow data to be stored have one in common, and at least one that is declared: as a
#   country, and where regions are declared as a region in it.
# custom:
#   short_name: nowhere_to_store
#   split: true
#   severity: high
#   failure_msg: there is no country in which all laws allow the data to be stored
#   remedy: >-
#     Split the deployment: declare the jurisdictions or sectors that disagree in separate ChatbotDeployments, each
#     with the countries and regions of its own.
#   applies_to: [declaration]
#   covers: [G-81, G-83]
deny contains finding if {
	merged := _required["residency.countries"]
	_nowhere(merged.joined)
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "residency.countries",
		"field": "spec.residency.countries",
		"found": _found(["residency", "countries"]),
		"required": merge.value("perCode", merged.points),
		"sources": merged.setting,
	})
}

_nowhere(allowed) if count(allowed) == 0

_nowhere(allowed) if {
	countries := place.countries(input.spec.residency.countries)
	count(countries) > 0
	count(countries & allowed) == 0
}

# A region whose country is not known may be anywhere.
_nowhere(allowed) if {
	regions := {object.get(prepared.regions, region, "") | some region in input.spec.residency.regions}
	count(regions) > 0
	count(regions & (allowed | {""})) == 0
}

# METADATA
# title: Data is where it may go
# description: >-
#   Data is not stored in, and no processor is in, a country to which one of the laws forbids the transfer, whatever its
#   ground. A place that is not declared cannot be shown to be another.
# custom:
#   short_name: no_transfer_ground
#   split: true
#   severity: high
#   failure_msg: data may not go to this place on any ground
#   remedy: >-
#     State another country, or split the deployment: declare the jurisdictions that forbid the transfer in a
#     ChatbotDeployment with other countries and processors.
#   applies_to: [declaration]
#   covers: [G-81, G-83]
deny contains finding if {
	merged := _required["residency.noneOf"]
	some where in answer.whereabouts
	not _elsewhere(where.countries, merged.joined)
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "residency.noneOf",
		"field": where.field,
		"found": where.stated,
		"required": {"noneOf": merged.value},
		"sources": (merged.setting | _sources("residency.mechanisms")),
	})
}

_elsewhere(countries, forbidden) if {
	count(countries) > 0
	count(countries & forbidden) == 0
}

# METADATA
# title: Local copies are in one place
# description: Two laws that each want a copy in their own country allow a country in common.
# custom:
#   short_name: two_local_copies
#   split: true
#   severity: high
#   failure_msg: two laws each want the local copy in a country that the other excludes
#   remedy: "Split the deployment: declare the jurisdictions that want their own copy in separate ChatbotDeployments."
#   applies_to: [declaration]
#   covers: [G-81, G-83]
deny contains finding if {
	copying := {point.code | some point in _required["residency.localCopy"].points}
	stores := {point | some point in _required["residency.countries"].points; point.code in copying}
	excluding := {point | some point in stores; some other in stores; count(point.value & other.value) == 0}
	count(excluding) > 0
	codes := {point.code | some point in excluding}
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "residency.localCopy",
		"field": "spec.residency.localCopy",
		"found": _found(["residency", "localCopy"]),
		"required": merge.value("perCode", excluding),
		"sources": (excluding | {point |
			some point in _required["residency.localCopy"].points
			point.code in codes
		}),
	})
}

# METADATA
# title: Records are restricted before they are erased
# description: >-
#   A law lets people ask for erasure while another keeps the same records for longer than a request may wait. Until the
#   records may go, their use is restricted; this is a notice, not a refusal.
# custom:
#   short_name: erase_and_keep
#   severity: low
#   action: warn
#   failure_msg: records must be kept for longer than a request for erasure may wait
#   remedy: Tell people that erasure means restriction until the records may be erased; the sidecar restricts them.
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
		"field": "spec.rights.requests",
		"found": _found(["rights", "requests"]),
		"required": {"keepDays": keep.value, "responseDays": answer.value},
		"sources": (keep.setting | {point | some point in requests.points; "erasure" in point.value}),
	})
}

# METADATA
# title: A recording that is refused leaves a human
# description: >-
#   People may refuse to be recorded while a sector must keep a record: whoever refuses reaches a human on a channel
#   that is not recorded.
# custom:
#   short_name: opt_in_and_record
#   severity: high
#   failure_msg: recording needs consent while a sector must keep a record
#   remedy: >-
#     Declare spec.oversight.handoff with a url and a mode, the human channel for those who refuse the recording.
#   applies_to: [declaration]
#   covers: [G-04, G-33, G-81]
deny contains finding if {
	recording := _required["consent.recording"]
	recording.value == "opt-in"
	keep := {point | some point in _required["retention.transcriptMin"].points; point.kind == "sector"}
	count(keep) > 0
	not _human_channel
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "consent.recording",
		"field": "spec.oversight.handoff",
		"found": _found(["oversight", "handoff", "mode"]),
		"required": {"recording": "opt-in", "keepDays": max([point.value | some point in keep])},
		"sources": (recording.setting | keep),
	})
}

_human_channel if {
	input.spec.oversight.handoff.url != ""
	not object.get(input.spec, ["oversight", "handoff", "mode"], "none") == "none"
}

# METADATA
# title: One age serves every place
# description: >-
#   The declared minimum age is enough for one place and too low for another that asks for a parent's consent up to a
#   higher age.
# custom:
#   short_name: age
#   split: true
#   severity: high
#   failure_msg: the minimum age is enough for one place and too low for another
#   remedy: Raise spec.audience.minimumAge to the larger age, or split the deployment by region.
#   applies_to: [declaration]
#   covers: [G-14, G-81]
deny contains finding if {
	age := input.spec.audience.minimumAge
	points := _required["consent.childAge"].points
	above := {point | some point in points; point.value > age}
	above != set()
	codes := {point.code | some point in above}
	enough := {point | some point in points; point.value <= age; not point.code in codes}
	enough != set()
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "consent.childAge",
		"field": "spec.audience.minimumAge",
		"found": age,
		"required": _required["consent.childAge"].value,
		"sources": (above | enough),
	})
}

# METADATA
# title: Every required language has a statement
# description: For each language that law requires there is a statement, declared or built in.
# custom:
#   short_name: languages
#   severity: high
#   failure_msg: there is no statement in a required language
#   remedy: Add a statement in each missing language to spec.disclosure.statements, or split the deployment by language.
#   applies_to: [declaration]
#   covers: [G-30, G-63, G-81]
deny contains finding if {
	merged := _required["transparency.languages"]
	missing := merged.joined - language.served(_statements | object.keys(prepared.statements))
	count(missing) > 0
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "transparency.languages",
		"field": "spec.disclosure.statements",
		"found": _statements,
		"required": missing,
		"sources": {point | some point in merged.points; count(point.value & missing) > 0},
	})
}

_statements := object.keys(object.get(input.spec, ["disclosure", "statements"], {}))

_sources(name) := sources if {
	sources := _required[name].setting
} else := set()

_found(path) := object.get(input.spec, path, null)

_last(name) := split(prepared.dimensions[name].field, ".")[1]
