# METADATA
# title: Days
# description: >-
#   Arithmetic on ISO days (`2027-05-01`) in UTC. Days are counted from 1970-01-01 by arithmetic alone, so that an
#   impossible day cannot stop an evaluation. A text without the format of a day has no number.
package lib.day

# The last day that can be written; it stands for an absent end.
last := "9999-12-31"

# Days that the builtins surely parse, and all texts with the format of a day.
_certain := `^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$`

_shape := `^[0-9]{4}-[0-9]{2}-(0[1-9]|[1-9][0-9])$`

_nanoseconds := 86400000000000

# The number of days from 1 March to the first of each month, and the year shift of January and February: counted from
# March, the leap day is the last day of a year.
_before_month := [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275]

_year_shift := [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

# number of the day, counted from 1970-01-01; undefined for a text without the format of a day.
number(text) := time.parse_ns("2006-01-02", text) / _nanoseconds if regex.match(_certain, text)

number(text) := ((((365 * year) + floor(year / 4)) - floor(year / 100)) + (floor(year / 400) + in_year)) - 719469 if {
	regex.match(_certain, text) == false
	regex.match(_shape, text)
	parts := split(text, "-")
	month := to_number(parts[1]) - 1
	year := to_number(parts[0]) - _year_shift[month]
	in_year := _before_month[month] + to_number(parts[2])
}

# text of the day with this number; undefined for days more than about two centuries from 1970.
text(number_of_day) := time.format([number_of_day * _nanoseconds, "UTC", "2006-01-02"]) if {
	number_of_day > -80000
	number_of_day < 84000
}

# after returns the next day.
after(day) := text(number(day) + 1)
