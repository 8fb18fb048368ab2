package lib.day_test

import data.lib.day

test_counts_days_from_1970 if {
	numbers := {text: day.number(text) |
		some text in ["1970-01-01", "1970-03-01", "1972-02-29", "1972-03-01", "2000-12-31", "2026-11-23", "1969-12-31"]
	}
	numbers == {
		"1970-01-01": 0,
		"1970-03-01": 59,
		"1972-02-29": 789,
		"1972-03-01": 790,
		"2000-12-31": 11322,
		"2026-11-23": 20780,
		"1969-12-31": -1,
	}
}

test_writes_the_day_of_a_number if day.text(20780) == "2026-11-23"

test_the_day_after_the_last_of_a_year_is_the_first_of_the_next if day.after("2027-12-31") == "2028-01-01"

test_the_day_after_february_28_is_the_leap_day if day.after("2028-02-28") == "2028-02-29"

test_a_day_that_is_no_day_does_not_stop_the_evaluation if day.after("2027-02-31") == "2027-03-04"

test_what_has_not_the_shape_of_a_day_has_no_number if {
	every text in ["", "tomorrow", "2027-1-1", "2027-01-01T00:00:00Z", "2027-13-01", "2027-00-01", "2027-13-30", "2027-00-30", "2027-01-00"] {
		not day.number(text)
	}
}

test_a_day_far_away_has_a_number_and_no_text if {
	every text in ["0001-01-01", "9999-12-31"] {
		number := day.number(text)
		not day.text(number)
	}
	day.number("2101-03-01") - day.number("2100-02-28") == 366
}
