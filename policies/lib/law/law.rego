# METADATA
# title: The law, prepared
# description: >-
#   Transforms the legal data (data.law) into the form that decisions read: points by code and dimension, values as
#   sets and ranks, conditions as atoms that are evaluated once. It is evaluated when a bundle is loaded, and its result
#   is stored at data.prepared.
package lib.law

import data.lib.agreement
import data.lib.answer
import data.lib.atom
import data.lib.claims.pattern
import data.lib.day
import data.lib.deployer
import data.lib.language
import data.lib.license
import data.lib.merge
import data.lib.place
import data.lib.remedy
import data.lib.result
import data.lib.source
import data.lib.value

prepared := {
	"contradictions": agreement.table,
	"dimensions": dimensions,
	"codes": {kind: {code | some code, document in _documents; document.kind == kind} | some kind in _kinds},
	"closure": _closure,
	"territory": {code: place.territory(code, _closure[code]) | some code, _ in _documents},
	"countries": ({country | some country in data.law.places.countries} | object.keys(data.law.places.territories)),
	"seats": {code: seat | some code, _ in _documents; seat := atom.seat(code); _points[seat]},
	"points": {key: object.get(_points, key, set()) | some key in _keys},
	"of_dimension": _of_dimension,
	"asking": {name: value.by_word(all) | some name, all in _of_dimension; dimensions[name].type == "allOf"},
	"advisory": {point | some _, points in _points; some point in points; not point.binding},
	"light": {point | some _, points in _of_dimension; some point in points; point.source.force in _light},
	"implies": _implies,
	"atoms": object.union_n([conditions | some _, conditions in _conditions]),
	"atoms_of": atom.of_facts(object.union_n([conditions | some _, conditions in _conditions])),
	"needs": {key: object.keys(object.get(_conditions, key, {})) | some key in _keys},
	"affected": {key: object.get(_affected, key, {}) | some key in _keys},
	"resting": _resting,
	"carriers": {name: dimension.carriers | some name, dimension in dimensions; count(dimension.carriers) > 0},
	"starts": {key: object.get(_starts, key, {}) | some key in _keys},
	"ends": {key: object.get(_ends, key, {}) | some key in _keys},
	"ages": _named.belowAge,
	"thresholds": {fact: _named[fact] | some fact in ({"staff", "peopleServed"} | _turnovers)},
	"euros": {fact: _euros(fact) | some fact in _turnovers},
	"outside": _named.notEstablishedIn,
	"below": {fact: set() | some fact in ({"staff", "peopleServed"} | _turnovers)},
	"freed": _named.notRoles,
	"freeing": {role: {list | some list in _named.notRoles; role in list} | some role in _named.notRoles[_]},
	"sensitive": {code: object.get(_sensitive, code, set()) | some code, _ in _documents},
	"replacing": _replacing,
	"replaced": _replaced,
	"loosening": _loosening,
	"of_type": _of_type,
	"compared": {name | some name, dimension in dimensions; _compared(name, dimension)},
	"needs_answer": {name | some name, dimension in dimensions; _needs_answer(dimension)},
	"answered": {
		"scalar": _answered_by({"flag", "level", "atMost", "atLeast", "eachAtLeast", "eachAtMost"}),
		"list": _answered_by({"allOf", "oneOf", "noneOf", "anyOf"}),
	},
	"facts": object.union(data.law.facts, {
		"fields": _fields,
		"addressee": ({fact | some fact in data.law.facts.addressee} | _turnovers),
		"roles": object.keys(data.law.facts.roles),
		"expected": deployer.expected(data.law.facts.roles),
		"placeholders": {word | some word in data.law.facts.placeholders},
		"detected": {category | some category in data.law.facts.detected},
		"categories": {
			"sensitive": {category | some category in data.law.dimensions.dimensions["personal_data.sensitive"].values},
			"ordinary": {category | some category in data.law.facts.categories.ordinary},
			"also": data.law.facts.categories.also,
		},
	}),
	"statements": data.law.statements.statements,
	"languages": language.names(union({point.value | some point in _of_dimension["transparency.languages"]})),
	"claims": pattern.by_language,
	"beginnings": pattern.beginnings,
	"regions": data.law.regions,
	"workload": _workload,
	"licenses": license.prepared,
	"readability": data.law.readability,
}

# The forces of law that can be worth less than a warning.
_light := {"voluntary", "default", "scheme"}

_kinds := {"jurisdiction", "sector"}

_of_type[dimension.type] contains name if some name, dimension in dimensions

# The words that a word of a declaration stands for too, by dimension.
_implies[name] := {word: {other | some other in others} | some word, others in dimension.implies} if {
	some name, dimension in dimensions
	dimension.implies
}

# The field paths of the dimensions of these types that their own field answers.
_answered_by(types) := {name: dimension.path |
	some name, dimension in dimensions
	not name in (answer.derived | object.keys(answer.given))
	dimension.type in types
}

_documents := object.union(data.law.jurisdictions, data.law.sectors)

_closure[code] := graph.reachable(_parents, {code}) if some code, _ in _documents

_parents[code] := {parent | parent := document.parent; parent != null} if some code, document in _documents

dimensions[name] := object.union(dimension, {
	"name": name,
	"remedy": _remedy(name, dimension),
	"topic": split(name, ".")[0],
	"unit": object.get(dimension, "unit", ""),
	"carriers": _carriers(dimension.carried),
	"path": split(dimension.field, "."),
	"actions": {true: dimension.action, false: result.weaker(dimension.action, "warn")},
	"json_path": sprintf("spec.%s", [dimension.field]),
	"ranks": {level: rank | some rank, level in object.get(dimension, "levels", [])},
	"names": {rank: level | some rank, level in object.get(dimension, "levels", [])},
}) if {
	some name, dimension in data.law.dimensions.dimensions
}

_remedy(name, _) := [data.law.remedies[name]]

_remedy(name, dimension) := remedy.frame(dimension) if not data.law.remedies[name]

# Dimensions that the generic comparison covers: not those without an answer, those that each processor answers, or
# those that a separate rule checks.
default _compared(_, _) := false

_compared(name, dimension) if {
	dimension.field != "-"
	_is_for_declarations(dimension)
	not name in {"personal_data.sensitive", "rights.extensionDays"}
	not _of_processors(name, dimension)
}

# An audit dimension is only shown, unless the declaration answers it, or lists what a text of the sidecar says.
_is_for_declarations(dimension) if dimension.action != "audit"

_is_for_declarations(dimension) if dimension.carried in {"declaration", "sidecar:notice", "sidecar:disclose"}

# Dimensions that only people can answer. A declaration need not list what is not done, but must state where data is.
_needs_answer(dimension) if {
	dimension.type != "noneOf"
	not dimension.partial
	not startswith(dimension.carried, "sidecar:")
}

_needs_answer(dimension) if dimension.field in data.law.facts.answers

_needs_answer(dimension) if {
	dimension.type == "noneOf"
	dimension.topic == "residency"
}

_of_processors(name, dimension) if {
	startswith(dimension.field, "processors[].")
	name != "consent.training"
}

# What carries a dimension out while the chatbot runs: an obligation of the sidecar, the workload, or nothing.
_carriers(carried) := {trim_prefix(carried, "sidecar:")} if startswith(carried, "sidecar:")

_carriers(carried) := {carried | carried == "workload"} if not startswith(carried, "sidecar:")

# The points of each document. Those of two keys are comprehensions, because OPA fills a set under two keys slowly.
_all[code] := {_point(document, index, raw) | some index, raw in document.points} if some code, document in _documents

_points := object.union(
	{code: {point | some point in points; point.key == code} | some code, points in _all},
	{seat: at_seat |
		some code, points in _all
		seat := atom.seat(code)
		at_seat := {point | some point in points; point.key == seat}
		count(at_seat) > 0
	},
)

_keys := object.keys(_points)

_of_dimension[point.dimension] contains point if {
	some _, all in _points
	some point in all
}

# Points by their atoms, by the facts that they read, and by their first and last days.
_affected[key][name] := points if {
	some key, conditions in _conditions
	some name, _ in conditions
	points := {point | some point in _points[key]; name = point.atoms[_]}
}

_resting[fact] contains point if {
	some _, all in _points
	some point in all
	some fact in point.rests_on
}

_starts[key][first] := points if {
	some key, all in _points
	some first in {point.from | some point in all; point.from != ""}
	points := {point | some point in _points[key]; first = point.from}
}

_ends[key][over] := points if {
	some key, all in _points
	some over in {point.over | some point in all; point.over != day.last}
	points := {point | some point in _points[key]; over = point.over}
}

# Points that define sensitive data. A point with the condition `sensitive` does not define it.
_sensitive[point.code] contains point if {
	some point in _of_dimension["personal_data.sensitive"]
	not "sensitive" in point.rests_on
}

# Points of an organization's profile that replace others, the replaced points by the id of each, and the ids of those
# that require less than the points that they replace.
_replacing[atom.key(document, raw)] contains _point(document, index, raw) if {
	some _, document in _documents
	some index, raw in document.points
	raw.replaces == true
}

_replaced[replacing._id] contains point if {
	some _, points in _replacing
	some replacing in points
	some key in {replacing.code, atom.seat(replacing.code)}
	some point in _points[key]
	point.dimension == replacing.dimension
	point.source.confidence != "organisation"
}

_loosening contains replacing._id if {
	some _, points in _replacing
	some replacing in points
	type := dimensions[replacing.dimension].type
	others := _replaced[replacing._id]
	merge.value(type, others | {replacing}) != merge.value(type, {replacing})
}

# The values of all conditions that read a fact, by the fact.
_named := {fact: union(values) |
	some fact in ({"belowAge", "staff", "peopleServed", "notEstablishedIn", "notRoles"} | _turnovers)
	values := {one.values | some _, conditions in _conditions; some one in conditions; fact = one.fact}
}

# The facts about the turnover in each currency that a condition names.
_turnovers := {one.fact | some _, conditions in _conditions; some one in conditions; startswith(one.fact, "turnover ")}

# The smallest threshold of a turnover, in euros at the lowest worth of its currency.
_euros(fact) := min(_named[fact]) * object.get(worth, trim_prefix(fact, "turnover "), worth.other)[0] if {
	worth := data.law.facts.enterprises.worth
}

# The fields that answer each fact; the turnover is one fact for each currency.
_fields := object.union(
	{fact: split(fields, " and ") | some fact, fields in data.law.facts.fields; fact != "turnover"},
	{fact: [data.law.facts.fields.turnover] | some fact in _turnovers},
)

_conditions[code] := object.union_n([point.conditions | some point in points]) if some code, points in _points

# The id is first in the order of keys, so comparing and sorting points needs only the id.
_point(document, index, raw) := {
	"_id": sprintf("%s/%03d", [document.code, index]),
	"dimension": raw.dimension,
	"code": document.code,
	"key": atom.key(document, raw),
	"kind": document.kind,
	"from": object.get(raw, "from", ""),
	"over": _over(raw),
	"value": value.prepared(dimensions[raw.dimension], raw.value),
	"atoms": object.keys(conditions),
	"conditions": conditions,
	"rests_on": {one.fact | some one in stated},
	"served": {code | some code in raw.jurisdictions},
	"binding": source.binding(document.acts[raw.act], raw),
	"source": source.of_point(document, raw),
} if {
	stated := atom.stated(document.code, raw)
	conditions := atom.of_stated(stated, document, raw, _closure)
}

# The first day on which the point no longer applies; the last possible day if it has no end.
_over(raw) := day.after(raw.until)

_over(raw) := day.last if not raw.until

_workload := object.union(data.law.workload, {
	"labels": {key | some key in data.law.workload.labels},
	"annotations": {key | some key in data.law.workload.annotations},
})
