# METADATA
# title: Values
# description: The values of legal points in the form in which they are joined and compared.
package lib.value

import data.lib.place

# prepared is the value by type: a level becomes its rank, a list becomes a set, and groups of countries become their
# members.
prepared(dimension, value) := dimension.ranks[value] if dimension.type == "level"

prepared(dimension, value) := place.countries(value) if _names_countries(dimension)

prepared(dimension, value) := {lower(item) | some item in value} if {
	is_array(value)
	_names_languages(dimension)
}

prepared(dimension, value) := {item | some item in value} if {
	is_array(value)
	not _names_countries(dimension)
	not _names_languages(dimension)
}

prepared(dimension, value) := value if {
	dimension.type != "level"
	not is_array(value)
}

_names_countries(dimension) if {
	dimension.type in {"oneOf", "noneOf", "perCode"}
	dimension.topic == "residency"
}

_names_languages(dimension) if {
	not dimension.values
	dimension.topic == "transparency"
}

# by_word are the points by the words that each requires.
by_word(points) := {word: {point | some point in points; word in point.value} |
	some word in union({value | value := points[_].value})
}
