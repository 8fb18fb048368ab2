package governance.conflicts_test

import data.lib.fixture

_law(first, second) := [
	fixture.jurisdiction("aa", null, first),
	fixture.jurisdiction("bb", null, second),
	fixture.sector("banks", []),
]

_both := {"jurisdictions": ["aa", "bb"]}

# What a conflict says: its action, its field, what it requires, and whose law is on either side.
_conflict(documents, spec, name) := [
[finding.action, finding.field, finding.required, {point.source.code | some point in finding.sources}] |
	some finding in fixture.verdict(documents, spec).findings
	finding.rule == sprintf("conflicts.%s", [name])
]

test_denies_an_empty_window_of_transcripts if {
	documents := _law([fixture.point("retention.transcriptMin", 31)], [fixture.point("retention.transcriptMax", 30)])
	_conflict(documents, _both, "retention_window") == [[
		"deny",
		"spec.retention.transcriptDays",
		"at least 31 days (aa); at most 30 days (bb)",
		{"aa", "bb"},
	]]
}

test_denies_an_empty_window_of_logs if {
	documents := _law([fixture.point("retention.auditMin", 31)], [fixture.point("retention.auditMax", 30)])
	_conflict(documents, _both, "retention_window") == [[
		"deny",
		"spec.retention.auditDays",
		"at least 31 days (aa); at most 30 days (bb)",
		{"aa", "bb"},
	]]
}

test_a_window_of_one_day_is_no_conflict if {
	documents := _law([fixture.point("retention.transcriptMin", 30)], [fixture.point("retention.transcriptMax", 30)])
	_conflict(documents, _both, "retention_window") == []
}

test_a_window_that_splits_has_no_conflict_in_either_part if {
	documents := _law([fixture.point("retention.transcriptMin", 31)], [fixture.point("retention.transcriptMax", 30)])
	_conflict(documents, {"jurisdictions": ["aa"]}, "retention_window") == []
	_conflict(documents, {"jurisdictions": ["bb"]}, "retention_window") == []
}

_storing(first, second, banking) := [
	fixture.jurisdiction("aa", null, [fixture.point("residency.countries", first)]),
	fixture.jurisdiction("bb", null, [fixture.point("residency.countries", second)]),
	fixture.sector("banks", banking),
]

_banks_of(place, countries) := object.union(fixture.point("residency.countries", countries), place)

_of_banks := {"jurisdictions": ["aa", "bb"], "sectors": ["banks"]}

test_denies_countries_that_laws_about_the_same_people_do_not_share if {
	documents := _storing(["aa", "cc"], ["bb"], [_banks_of({"jurisdictions": ["bb"]}, ["aa"])])
	_conflict(documents, _of_banks, "nowhere_to_store") == [[
		"deny",
		"spec.residency.countries",
		"banks: AA; bb: BB",
		{"bb", "banks"},
	]]
}

test_data_of_people_of_two_places_can_be_in_two_countries if {
	_conflict(_storing(["aa"], ["bb"], []), _both, "nowhere_to_store") == []
	banking := [_banks_of({"jurisdictions": ["aa"]}, ["aa"])]
	_conflict(_storing(["aa"], ["bb"], banking), _of_banks, "nowhere_to_store") == []
}

test_a_law_of_the_seat_is_about_the_people_of_every_place if {
	seat := _banks_of({"jurisdictions": ["aa"], "appliesBy": "establishment"}, ["aa"])
	spec := object.union(_of_banks, {"accountability": {"deployer": {"country": "AA"}}})
	_conflict(_storing(["aa"], ["bb"], [seat]), spec, "nowhere_to_store")[0][2] == "banks: AA; bb: BB"
}

test_names_what_several_points_of_one_law_leave if {
	points := [fixture.point("residency.countries", ["aa", "cc"]), fixture.point("residency.countries", ["cc", "dd"])]
	documents := [
		fixture.jurisdiction("aa", null, points),
		fixture.sector("banks", [fixture.point("residency.countries", ["bb"])]),
	]
	spec := {"jurisdictions": ["aa"], "sectors": ["banks"]}
	_conflict(documents, spec, "nowhere_to_store")[0][2] == "aa: CC; banks: BB"
}

test_a_declared_country_that_a_law_does_not_allow_is_no_conflict if {
	spec := {"jurisdictions": ["aa"], "residency": {"countries": ["BB"]}}
	_conflict(_storing(["aa"], ["bb"], []), spec, "nowhere_to_store") == []
}

test_denies_declared_regions_of_which_none_is_in_an_allowed_country if {
	documents := [fixture.jurisdiction("aa", null, [fixture.point("residency.countries", ["in"])])]
	spec := {"jurisdictions": ["aa"], "residency": {"countries": ["IN"], "regions": ["eu-central-1", "us-east-1"]}}
	count(_conflict(documents, spec, "nowhere_to_store")) == 1
}

test_a_region_in_an_allowed_or_unknown_country_is_no_conflict if {
	documents := [fixture.jurisdiction("aa", null, [fixture.point("residency.countries", ["in"])])]
	every region in ["ap-south-1", "my-own-region"] {
		spec := {"jurisdictions": ["aa"], "residency": {"countries": ["IN"], "regions": ["eu-central-1", region]}}
		_conflict(documents, spec, "nowhere_to_store") == []
	}
}

_erasing := [fixture.point("rights.requests", ["erasure"]), fixture.point("rights.responseDays", 30)]

test_warns_of_records_that_outlast_a_request_to_erase_them if {
	documents := _law(_erasing, [fixture.point("retention.transcriptMin", 31)])
	_conflict(documents, _both, "erase_and_keep") == [[
		"warn",
		"spec.retention.transcriptDays",
		"transcripts kept for 31 days, though people can ask for erasure within 30",
		{"aa", "bb"},
	]]
}

test_records_that_go_within_the_time_of_a_request_are_no_conflict if {
	_conflict(_law(_erasing, [fixture.point("retention.transcriptMin", 30)]), _both, "erase_and_keep") == []
	_conflict(_law([_erasing[1]], [fixture.point("retention.transcriptMin", 31)]), _both, "erase_and_keep") == []
}

_recording := [
	fixture.jurisdiction("aa", null, [fixture.point("consent.recording", "opt-in")]),
	fixture.jurisdiction("bb", null, [fixture.point("retention.transcriptMin", 30)]),
	fixture.sector("banks", [fixture.point("retention.transcriptMin", 90)]),
]

_banking := {"jurisdictions": ["aa"], "sectors": ["banks"]}

test_denies_a_record_that_people_may_refuse_without_a_human_channel if {
	_conflict(_recording, _banking, "opt_in_and_record") == [[
		"deny",
		"spec.oversight.handoff",
		"consent, and a record for 90 days",
		{"aa", "banks"},
	]]
}

test_denies_a_human_channel_that_is_none if {
	spec := object.union(_banking, {"oversight": {"handoff": {"url": "https://desk.example", "mode": "none"}}})
	count(_conflict(_recording, spec, "opt_in_and_record")) == 1
}

test_a_human_channel_resolves_it if {
	spec := object.union(_banking, {"oversight": {"handoff": {"url": "https://desk.example", "mode": "on-request"}}})
	_conflict(_recording, spec, "opt_in_and_record") == []
}

test_a_minimum_that_no_sector_sets_is_no_conflict if _conflict(_recording, _both, "opt_in_and_record") == []

_ages := _law([fixture.point("consent.childAge", 16)], [fixture.point("consent.childAge", 13)])

test_denies_an_age_that_is_enough_for_one_place_only if {
	_conflict(_ages, object.union(_both, {"audience": {"minimumAge": 13}}), "age") == [[
		"deny",
		"spec.audience.minimumAge",
		16,
		{"aa", "bb"},
	]]
}

test_an_age_that_is_enough_or_too_low_everywhere_is_no_conflict if {
	every age in [16, 12] {
		_conflict(_ages, object.union(_both, {"audience": {"minimumAge": age}}), "age") == []
	}
	_conflict(_ages, _both, "age") == []
}

test_an_age_at_which_a_parent_consents_is_no_conflict if {
	_conflict(_ages, object.union(_both, {"audience": {"minimumAge": 13, "parentalConsent": "declared"}}), "age") == []
	count(_conflict(_ages, object.union(_both, {"audience": {"minimumAge": 13, "parentalConsent": "none"}}), "age")) == 1
}

_languages := _law([fixture.point("transparency.languages", ["de", "xx"])], [])

test_denies_a_required_language_without_any_statement if {
	_conflict(_languages, _both, "languages") == [["deny", "spec.disclosure.statements", {"xx"}, {"aa"}]]
}

test_a_declared_statement_serves_a_language if {
	spec := object.union(_both, {"disclosure": {"statements": {"xx-YY": "…", "de": "…"}}})
	_conflict(_languages, spec, "languages") == []
}

_recalled(points) := [object.union(point, {"confidence": "recalled"}) | some point in points]

# What a conflict does where the second law was not read in a source, and where neither was.
_weaker(first, second, spec, name) := {
	_conflict(_law(first, _recalled(second)), spec, name)[0][0],
	_conflict(_law(_recalled(first), _recalled(second)), spec, name)[0][0],
}

test_what_was_not_read_in_a_source_is_in_no_conflict_that_denies if {
	longer := [fixture.point("retention.transcriptMin", 31)]
	shorter := [fixture.point("retention.transcriptMax", 30)]
	_weaker(longer, shorter, _both, "retention_window") == {"warn"}
	_weaker(shorter, longer, _both, "retention_window") == {"warn"}
	old := [fixture.point("consent.childAge", 16)]
	young := [fixture.point("consent.childAge", 13)]
	aged := object.union(_both, {"audience": {"minimumAge": 13}})
	_weaker(old, young, aged, "age") == {"warn"}
	_weaker(young, old, aged, "age") == {"warn"}
	_weaker([], [fixture.point("transparency.languages", ["xx"])], _both, "languages") == {"warn"}
}

_read_as(refusal, duty) := [
	fixture.jurisdiction("aa", null, [object.union(fixture.point("consent.recording", "opt-in"), {"confidence": refusal})]),
	fixture.sector("banks", [object.union(fixture.point("retention.transcriptMin", 90), {"confidence": duty})]),
]

test_a_record_that_people_may_refuse_warns_unless_both_laws_were_read if {
	_conflict(_read_as("recalled", "sourced"), _banking, "opt_in_and_record")[0][0] == "warn"
	_conflict(_read_as("sourced", "recalled"), _banking, "opt_in_and_record")[0][0] == "warn"
}

test_what_binds_is_in_conflict_whatever_else_advises_more if {
	longer := [fixture.point("retention.transcriptMin", 31)]
	shorter := [fixture.point("retention.transcriptMax", 30), object.union(
		fixture.point("retention.transcriptMax", 10),
		{"confidence": "default"},
	)]
	_conflict(_law(longer, shorter), _both, "retention_window")[0][0] == "deny"
}

test_storage_denies_only_where_both_laws_were_read if {
	points := {confidence: [fixture.point("residency.countries", ["aa"]), object.union(
		fixture.point("residency.countries", ["bb"]),
		{"confidence": confidence},
	)] |
		some confidence in ["sourced", "recalled"]
	}
	{confidence: action |
		some confidence, both in points
		action := _conflict(_law(both, []), {"jurisdictions": ["aa"]}, "nowhere_to_store")[0][0]
	} == {"sourced": "deny", "recalled": "warn"}
}
