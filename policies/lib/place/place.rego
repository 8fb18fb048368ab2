# METADATA
# title: Places
# description: The countries that a code of the legal data covers, and the groups of countries that law names as one.
package lib.place

# countries that the values name: codes in lower case, groups (`eea`) replaced by their members.
countries(values) := {country |
	some value in values
	some country in _members(lower(value))
}

_members(name) := {country | some country in data.law.places.groups[_group(name)]} if _group(name)

_members(name) := {name} if not _group(name)

# A group by its own name or by the code whose territory it is.
_group(name) := name if data.law.places.groups[name]

_group(name) := data.law.places.territories[name]

# territory of a code with this closure under parent: the countries of its group, or its own country.
territory(_, closure) := {country |
	some ancestor in closure
	some country in data.law.places.groups[data.law.places.territories[ancestor]]
} if {
	_in_group(closure)
}

territory(code, closure) := {split(code, "-")[0]} if not _in_group(closure)

_in_group(closure) if {
	some ancestor in closure
	data.law.places.territories[ancestor]
}
