# METADATA
# title: Days
# description: >-
#   Arithmetic on ISO days (`2027-05-01`) in UTC. Days are counted from 1970-01-01 by arithmetic alone, so that a day
#   that is no day cannot stop an evaluation; a text that has not the shape of a day has no number.
package lib.day

# The last day that can be written: what an absent end means.
last := "9999-12-31"

# What is surely a day that the clock of the builtins knows, and what is shaped like a day.
_certain := `^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$`

_shape := `^[0-9]{4}-[0-9]{2}-(0[1-9]|[1-9][0-9])$`

_nanoseconds := 86400000000000

# The days from the first of March to the first of each month, and the years that January and February belong to then:
# the leap day is the last of such a year.
_before_month := [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275]

_year_shift := [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

# number of the day, counted from 1970-01-01; undefined for what is not shaped like a day.
number(text) := time.parse_ns("2006-01-02", text) / _nanoseconds if regex.match(_certain, text)

number(text) := ((((365 * year) + floor(year / 4)) - floor(year / 100)) + (floor(year / 400) + in_year)) - 719469 if {
	regex.match(_certain, text) == false
	regex.match(_shape, text)
	parts := split(text, "-")
	month := to_number(parts[1]) - 1
	year := to_number(parts[0]) - _year_shift[month]
	in_year := _before_month[month] + to_number(parts[2])
}

# text of the day with this number; undefined two centuries and more from 1970.
text(number_of_day) := time.format([number_of_day * _nanoseconds, "UTC", "2006-01-02"]) if {
	number_of_day > -80000
	number_of_day < 84000
}

# after the day: the next one.
after(day) := text(number(day) + 1)
