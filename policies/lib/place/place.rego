# METADATA
# title: Places
# description: The countries that a code of the legal data covers, and the groups of countries that law names as one.
package lib.place

import data.prepared

# countries that the values name: codes in lower case, groups (`eea`) replaced by their members.
countries(values) := {country |
	some value in values
	some country in _members(lower(value))
}

_members(name) := {country | some country in data.law.places.groups[_group(name)]} if _group(name)

_members(name) := {_country(name)} if not _group(name)

# A part of a country counts as the country, unless law treats the rest of the country as abroad.
_country(name) := name if name in data.law.places.parts

_country(name) := _home(split(name, "-")[0]) if not name in data.law.places.parts

# A territory with a country code of its own counts as the country whose law is law there.
_home(country) := data.law.places.within[country]

_home(country) := country if not data.law.places.within[country]

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

territory(code, closure) := {split(code, "-")[0]} if {
	not _in_group(closure)
	not code in data.law.places.parts
}

territory(code, closure) := {code} if {
	not _in_group(closure)
	code in data.law.places.parts
}

# outside are the places that do not lie in the territory. A part of a country lies in the country.
outside(places, territory) := {place |
	some place in places
	not place in territory
	not split(place, "-")[0] in territory
}

_in_group(closure) if {
	some ancestor in closure
	data.law.places.territories[ancestor]
}

# codes of the legal data that apply in a place: a country, or a part of one. A member of a group without a code of its
# own still belongs to the code whose territory the group is.
codes(name) := prepared.closure[name] if prepared.closure[name]

codes(name) := {name} | (codes_of_country | {code |
	some code, group in data.law.places.territories
	country in data.law.places.groups[group]
}) if {
	not prepared.closure[name]
	country := _home(split(name, "-")[0])
	codes_of_country := object.get(prepared.closure, country, {country})
}

# is_about holds for a point about the people of a place with this closure under parent: those of its code, of a sector
# that names the place or none, and of law that reaches the deployer or the data wherever the people are.
is_about(point, closure) if point.code in closure

is_about(point, _) if count(point.rests_on & {"establishedIn", "processedIn"}) > 0

is_about(point, closure) if of_sector(point, closure)

# of_sector holds for a point of a sector that names no place, or one of these codes.
of_sector(point, _) if {
	point.kind == "sector"
	point.served == set()
}

of_sector(point, closure) if {
	point.kind == "sector"
	point.served & closure != set()
}
