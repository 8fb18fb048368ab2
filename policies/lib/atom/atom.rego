# METADATA
# title: Atoms
# description: >-
#   The conditions of a legal point, prepared for decisions: each is an atom with the fact that it reads, and the values
#   of which one must hold.
package lib.atom

# of_point are the atoms of a point of the code, by name: its conditions, and its codes.
of_point(code, raw) := {_name(atom): atom | some atom in (stated(code, raw) | (_served(raw) | _direct(code, raw)))}

# stated are the atoms of the point's own conditions.
stated(code, raw) := {atom | some fact, condition in raw.when; atom := _atom(code, fact, condition)}

# A condition on the turnover reads one fact for each currency.
_atom(_, "turnover", condition) := {"fact": sprintf("turnover %s", [currency]), "values": {amount}} if {
	some currency, amount in condition
}

_atom(code, fact, condition) := {"fact": fact, "values": _expected(code, fact, condition)} if fact != "turnover"

_name(atom) := sprintf("%s=%s", [atom.fact, concat("|", sort([sprintf("%v", [value]) | some value in atom.values]))])

_expected(code, "crossBorder", true) := {code}

_expected(_, fact, true) := {true} if fact != "crossBorder"

_expected(_, _, condition) := {condition} if is_number(condition)

_expected(_, _, condition) := {value | some value in condition} if is_array(condition)

_served(raw) := {{"fact": "jurisdictions", "values": {code | some code in raw.jurisdictions}} |
	raw.jurisdictions
}

_direct(code, raw) := {{"fact": "declared", "values": {code}} | raw.direct == true}
