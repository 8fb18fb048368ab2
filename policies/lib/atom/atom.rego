# METADATA
# title: Atoms
# description: >-
#   The conditions of a legal point, prepared for decisions: each is an atom with the fact that it reads, and the values
#   of which one must hold.
package lib.atom

# key of the points among which a point is read. Points of a jurisdiction that reach chatbots by something else than the
# place of the people have a key of their own, as they are read also where nobody of that place is served.
key(document, raw) := document.code if _by_code(document, raw)

key(document, raw) := seat(document.code) if not _by_code(document, raw)

seat(code) := sprintf("%s:seat", [code])

_by_code(document, _) if document.kind == "sector"

_by_code(_, raw) if _by_place(raw)

# of_stated are the atoms of a point of the document, by name: those that it states, and its codes.
of_stated(atoms, document, raw, closures) := {_name(atom): atom |
	code := document.code
	some atom in union({atoms, _served(raw), _near(code, raw), _direct(code, raw), _bound(document, raw, closures)})
}

# stated are the atoms of the point's own conditions, and of what brings a chatbot under it.
stated(code, raw) := {atom | some fact, condition in raw.when; atom := _atom(code, raw, fact, condition)} | {atom |
	fact := _reach[_applies_by(raw)]
	atom := {"fact": fact, "values": _places(code, raw)}
}

# The facts that are read instead of the place of the people.
_reach := {"establishment": "establishedIn", "processing": "processedIn"}

_by_place(raw) if _applies_by(raw) == "customer"

_applies_by(raw) := object.get(raw, "appliesBy", "customer")

# The places that the law of a point is of: those that it names, or its own code.
_places(_, raw) := {place | some place in raw.jurisdictions} if raw.jurisdictions

_places(code, raw) := {code} if not raw.jurisdictions

# A condition on the turnover reads one fact for each currency.
_atom(_, _, "turnover", condition) := {"fact": sprintf("turnover %s", [currency]), "values": {amount}} if {
	some currency, amount in condition
}

_atom(code, raw, fact, condition) := {"fact": fact, "values": _expected(code, raw, fact, condition)} if {
	fact != "turnover"
}

# A fact that each place has for itself is read for the code of the point, or for the places that it names. Where law
# reaches by the seat or the processing, these places need not be served, so that they are other values of the fact.
_in_places(code, raw) := {seat(place) | some place in _places(code, raw)} if not _by_place(raw)

_in_places(code, raw) := _places(code, raw) if _by_place(raw)

_name(atom) := sprintf("%s=%s", [atom.fact, concat("|", sort([sprintf("%v", [value]) | some value in atom.values]))])

# The roles that a law exempts are one value, since it holds only without all of them.
_expected(_, _, "notRoles", condition) := {sort(condition)}

_expected(code, raw, fact, true) := _in_places(code, raw) if fact in {"crossBorder", "sensitive"}

_expected(_, _, fact, true) := {true} if not fact in {"crossBorder", "sensitive"}

_expected(_, _, _, condition) := {condition} if is_number(condition)

_expected(_, _, fact, condition) := {value | some value in condition} if {
	is_array(condition)
	fact != "notRoles"
}

_served(raw) := {{"fact": "jurisdictions", "values": {code | some code in raw.jurisdictions}} |
	raw.jurisdictions
	_by_place(raw)
}

# While the seat or the place of the processing is unknown, its law is that of the places that are near: data that is
# stored in a place says nothing about the seat.
_near(code, raw) := {{"fact": _nearby[_applies_by(raw)], "values": _places(code, raw)} | not _by_place(raw)}

_nearby := {"establishment": "nearSeat", "processing": "nearData"}

_direct(code, raw) := {{"fact": "declared", "values": {code}} | raw.direct == true}

# A point of an act that is not law in some places below its own asks for another place that is declared.
_bound(document, raw, closures) := {{"fact": "declared", "values": codes} |
	free := document.acts[raw.act].notIn
	count(free) > 0
	_by_place(raw)
	codes := _within(_places(document.code, raw), free, closures)
}

# The codes that are in one of the homes, or are one, and are not free. The points of one act ask for the same.
_within(homes, free, closures) := {code |
	some code, closure in closures
	closure & homes != set()
	not code in free
}

# of_facts are the names of the atoms by the fact that they read: all of them, and those for which a value is enough.
of_facts(atoms) := {fact: {"all": all, "by_value": by_value} |
	some fact in {one.fact | some _, one in atoms}
	all := {name | some name, one in atoms; one.fact == fact}
	by_value := {value: {name | some name in all; value in atoms[name].values} |
		some value in union({atoms[name].values | some name in all})
	}
}
