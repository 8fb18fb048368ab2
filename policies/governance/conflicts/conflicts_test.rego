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

_stores := _law([fixture.point("residency.countries", ["aa", "cc"])], [fixture.point("residency.countries", ["bb"])])

test_denies_countries_with_nothing_in_common if {
	_conflict(_stores, _both, "nowhere_to_store") == [[
		"deny",
		"spec.residency.countries",
		"aa: AA, CC; bb: BB",
		{"aa", "bb"},
	]]
}

test_names_what_several_points_of_one_law_leave if {
	points := [fixture.point("residency.countries", ["aa", "cc"]), fixture.point("residency.countries", ["cc", "dd"])]
	documents := _law(points, [fixture.point("residency.countries", ["bb"])])
	_conflict(documents, _both, "nowhere_to_store")[0][2] == "aa: CC; bb: BB"
}

test_denies_declared_countries_that_no_law_allows if {
	spec := {"jurisdictions": ["aa"], "residency": {"countries": ["BB"]}}
	count(_conflict(_stores, spec, "nowhere_to_store")) == 1
}

test_one_declared_country_that_is_allowed_is_no_conflict if {
	_conflict(_stores, {"jurisdictions": ["aa"], "residency": {"countries": ["BB", "CC"]}}, "nowhere_to_store") == []
	_conflict(_stores, {"jurisdictions": ["aa"]}, "nowhere_to_store") == []
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

_forbidding := _law([fixture.point("residency.noneOf", ["ru"])], [fixture.point("residency.mechanisms", ["consent"])])

test_denies_a_processor_where_data_may_not_go if {
	processor := {"name": "x", "country": "RU", "transfer": ["consent"]}
	spec := object.union(_both, {"residency": {"countries": ["DE"]}, "processors": [processor]})
	_conflict(_forbidding, spec, "no_transfer_ground") == [[
		"deny",
		"spec.processors[0].country",
		"a country other than RU",
		{"aa", "bb"},
	]]
}

test_names_the_forbidding_law_alone_where_no_law_has_grounds if {
	spec := {"jurisdictions": ["aa"], "residency": {"countries": ["RU"]}, "processors": []}
	_conflict(_forbidding, spec, "no_transfer_ground")[0][3] == {"aa"}
}

_at(residency, processors) := {conflict[1] |
	spec := object.union(_both, {"residency": residency, "processors": processors})
	some conflict in _conflict(_forbidding, spec, "no_transfer_ground")
}

test_data_elsewhere_is_no_conflict if {
	_at({"countries": ["DE"], "regions": ["eu-central-1"]}, [{"name": "x", "country": "DE"}]) == set()
	_at({"countries": ["DE"]}, []) == set()
}

test_denies_data_that_is_stored_where_it_may_not_go if {
	_at({"countries": ["DE", "RU"]}, []) == {"spec.residency.countries"}
}

test_denies_a_region_where_data_may_not_go if {
	found := _at({"countries": ["DE"], "regions": ["ru-central1"]}, []) with data.law.regions as {"ru-central1": "ru"}
	found == {"spec.residency.regions"}
}

test_denies_data_in_unknown_places if {
	_at({"countries": ["DE"]}, [{"name": "x"}]) == {"spec.processors[0].country"}
	_at({}, []) == {"spec.residency.countries"}
	undeclared := object.union(_both, {"residency": {"countries": ["DE"]}})
	_conflict(_forbidding, undeclared, "no_transfer_ground")[0][1] == "spec.processors"
}

_copy(code) := [fixture.point("residency.localCopy", true), fixture.point("residency.countries", [code])]

test_denies_two_local_copies_that_exclude_each_other if {
	_conflict(_law(_copy("aa"), _copy("bb")), _both, "two_local_copies") == [[
		"deny",
		"spec.residency.localCopy",
		"aa: AA; bb: BB",
		{"aa", "bb"},
	]]
}

test_local_copies_that_share_a_country_are_no_conflict if {
	_conflict(_law(_copy("aa"), _copy("aa")), _both, "two_local_copies") == []
	_conflict(_law(_copy("aa"), [fixture.point("residency.countries", ["bb"])]), _both, "two_local_copies") == []
}

_erasing := [fixture.point("rights.requests", ["erasure"]), fixture.point("rights.responseDays", 30)]

test_warns_of_records_that_outlast_a_request_to_erase_them if {
	documents := _law(_erasing, [fixture.point("retention.transcriptMin", 31)])
	_conflict(documents, _both, "erase_and_keep") == [[
		"warn",
		"spec.rights.requests",
		"records kept for 31 days, and requests answered in 30",
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
	here := [fixture.point("residency.countries", ["aa"])]
	there := [fixture.point("residency.countries", ["bb"])]
	_weaker(here, there, _both, "nowhere_to_store") == {"warn"}
	_weaker(_copy("aa"), _copy("bb"), _both, "two_local_copies") == {"warn"}
	old := [fixture.point("consent.childAge", 16)]
	young := [fixture.point("consent.childAge", 13)]
	aged := object.union(_both, {"audience": {"minimumAge": 13}})
	_weaker(old, young, aged, "age") == {"warn"}
	_weaker(young, old, aged, "age") == {"warn"}
	_weaker([], [fixture.point("transparency.languages", ["xx"])], _both, "languages") == {"warn"}
	stored := object.union(_both, {"residency": {"countries": ["RU"]}, "processors": []})
	_weaker([], [fixture.point("residency.noneOf", ["ru"])], stored, "no_transfer_ground") == {"warn"}
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
