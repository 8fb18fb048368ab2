# METADATA
# title: Days
# description: >-
#   Arithmetic on ISO days (`2027-05-01`) in UTC. Days are counted from 1970-01-01 by arithmetic alone, so that a day that
#   is no day cannot stop an evaluation; a text that has not the shape of a day has no number.
package lib.day

# The first and the last day that can be written: what an absent `from` and `until` mean.
first := "0000-01-01"

last := "9999-12-31"

_shape := `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`

_nanoseconds := 86400000000000

# number of the day, counted from 1970-01-01; undefined for what is not shaped like a day.
number(text) := ((((365 * year) + (floor(year / 4) - floor(year / 100))) + floor(year / 400)) + in_year) - 719469 if {
	regex.match(_shape, text)
	parts := split(text, "-")
	month := to_number(parts[1])
	year := to_number(parts[0]) - _before_march(month)
	in_year := floor(((153 * _month_of_march_year(month)) + 2) / 5) + to_number(parts[2])
}

_before_march(month) := 1 if month <= 2

_before_march(month) := 0 if month > 2

_month_of_march_year(month) := month + 9 if month <= 2

_month_of_march_year(month) := month - 3 if month > 2

# text of the day with this number.
text(number_of_day) := time.format([number_of_day * _nanoseconds, "UTC", "2006-01-02"])

# after the day: the next one.
after(day) := text(number(day) + 1)
