# METADATA
# title: Limits by key
# description: >-
#   Compares the numbers that a declaration states by key with the limits that the law sets by key, for example the days
#   for which records of each class are kept.
package lib.limit

# no_age stands for the age of an assessment that does not exist. It is above the word `any`, with which the data says
# that an assessment counts at every age, as a word is above every number.
no_age := "none"

# missed are the keys of a dimension whose limits the stated numbers do not keep. A key that is not stated counts as
# missed, unless a declaration states only the keys that concern it (`partial` in the data).
missed(dimension, limits, stated) := {key |
	some key, limit in limits
	number := object.get(stated, key, _unstated(dimension, limit))
	_is_beyond(dimension.type, number, limit)
}

_is_beyond("eachAtLeast", number, least) if number < least

_is_beyond("eachAtMost", number, most) if number > most

_unstated(dimension, limit) := limit if dimension.partial

_unstated(dimension, limit) := {"eachAtLeast": -1, "eachAtMost": limit + 1}[dimension.type] if not dimension.partial
