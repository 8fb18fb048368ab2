# METADATA
# title: Agreement
# description: >-
#   Which statements of a declaration contradict each other. The contradictions are data (contradictions.yaml).
package lib.agreement

import data.prepared

# table has the contradictions by the field and the value that trigger them, or else by the field alone: all of them,
# and those that leave a fact open. Most declarations trigger few.
table := {"all": _triggers(_entries), "open": _triggers([entry | some entry in _entries; entry.unknown != ""])}

_triggers(entries) := {
	"value": _on(entries, {"is"}),
	"word": _on(entries, {"has", "only"}),
	"always": {entry | some entry in entries; not entry.trigger.test in _of_values},
}

_of_values := {"is", "has", "only"}

_on(entries, tests) := {path: on |
	some path in {entry.trigger.path | some entry in entries; entry.trigger.test in tests}
	here := {entry | some entry in entries; entry.trigger.path == path; entry.trigger.test in tests}
	on := {value: {entry | some entry in here; value in entry.trigger.value} |
		some entry in here
		some value in entry.trigger.value
	}
}

_entries := [entry |
	some one in data.law.contradictions.contradictions
	statements := [_statement(raw) | some raw in one.all]
	entry := {
		"doubtful": object.get(one, "doubtful", false),
		"unknown": object.get(one, "unknown", ""),
		"why": one.why,
		"remedy": object.get(one, "remedy", ""),
		"all": statements,
		"trigger": _trigger(statements),
	}
]

# The statement whose field triggers a contradiction: one about a word of a list, which few declarations have, or else
# one about a value, or else the first.
_trigger(statements) := [statement |
	some tests in [{"has"}, {"is"}, {"only"}, _tests]
	some statement in statements
	statement.test in tests
	statement.fact == ""
][0]

_statement(raw) := {
	"field": raw.field,
	"path": split(raw.field, "."),
	"fact": object.get(raw, "fact", ""),
	"test": test,
	"value": _value(raw, test),
} if {
	some test in _tests
	test in object.keys(raw)
}

_tests := {"is", "has", "only", "lacks", "atLeast", "anyAtLeast", "below", "stated", "everyThreshold"}

_value(raw, test) := {item | some item in raw[test]} if is_array(raw[test])

_value(raw, test) := raw[test] if {
	not is_array(raw[test])
	test != "everyThreshold"
}

_value(raw, "everyThreshold") := raw.fact

# The contradictions that a specification with these facts states.
_found(triggers, spec, holds) := {entry |
	some entry in _triggered(triggers, spec)
	every statement in entry.all {
		_holds(statement.test, statement.value, _stated(statement, spec, holds))
	}
}

_triggered(triggers, spec) := union({
	{entry | some path, on in triggers.value; some entry in on[object.get(spec, path, null)]},
	{entry | some path, on in triggers.word; some word in object.get(spec, path, []); some entry in on[word]},
	{entry | some entry in triggers.always; object.get(spec, entry.trigger.path, null) != null},
})

# unknown are the facts that the statements of the specification leave open, although it states them.
unknown := {entry.unknown | some entry in _found(prepared.contradictions.open, input.spec, {})}

_stated(statement, spec, _) := object.get(spec, statement.path, null) if statement.fact == ""

_stated(statement, _, holds) := object.get(holds, statement.fact, set()) if statement.fact != ""

_holds("is", values, stated) if stated in values

_holds("has", words, stated) if {
	some word in stated
	word in words
}

_holds("only", words, stated) if {
	stated != []
	is_array(stated)
	every word in stated {
		word in words
	}
}

_holds("lacks", words, stated) if {
	is_array(stated)
	every word in stated {
		not word in words
	}
}

_holds("atLeast", least, stated) if {
	is_number(stated)
	stated >= least
}

_holds("anyAtLeast", least, stated) if {
	some _, number in stated
	number >= least
}

_holds("below", limit, stated) if {
	is_number(stated)
	stated < limit
}

_holds("stated", wanted, stated) if {
	missing := stated in {null, "", []}
	wanted != missing
}

_holds("everyThreshold", fact, reached) if {
	count(reached) > 0
	reached == prepared.thresholds[fact]
}

# faults are the contradictions of the whole declaration, and those of what holds for a place by its own values.
faults contains fault if {
	some entry in _found(prepared.contradictions.all, input.spec, input.facts.holds)
	fault := _fault(entry, input.spec, [sprintf("spec.%s", [statement.field]) | some statement in entry.all])
}

faults contains fault if {
	some index, place in input.spec.perPlace
	spec := object.union(input.spec, object.filter(place, ["audience", "residency", "retention", "rights"]))
	some entry in _found(prepared.contradictions.all, spec, input.facts.holds)
	fields := [_field(statement, index, place) | some statement in entry.all]
	some field in fields
	startswith(field, "spec.perPlace")
	fault := _fault(entry, spec, fields)
}

_field(statement, index, place) := sprintf("spec.perPlace[%d].%s", [index, statement.field]) if {
	object.get(place, statement.path, null) != null
}

_field(statement, _, place) := sprintf("spec.%s", [statement.field]) if {
	object.get(place, statement.path, null) == null
}

_fault(entry, spec, fields) := {
	"doubtful": entry.doubtful,
	"leaves_open": entry.unknown != "",
	"field": fields[0],
	"found": object.get(spec, entry.all[0].path, null),
	"why": entry.why,
	"remedy": concat("", [_remedy(entry, fields), _confirm(entry, fields)]),
}

# confirmed are the reasons why statements that a finding doubts are true, by field.
confirmed := {one.field: one.reason | some one in input.spec.confirmed}

# explained is what a finding about a field requires, with the reason by which spec.confirmed confirms the statement.
explained(required, field) := sprintf("%s; spec.confirmed says: %s", [required, confirmed[field]])

explained(required, field) := required if not confirmed[field]

# What to do where a doubtful statement is true; nothing where the remedy is to state a field that is missing, or where
# the statement settles nothing.
default _confirm(_, _) := ""

_confirm(entry, fields) := sprintf(_true, [fields[0]]) if _can_be_confirmed(entry)

_true := " If the declaration is right, state why in spec.confirmed, for %s."

_can_be_confirmed(entry) if {
	entry.doubtful
	entry.unknown == ""
	every statement in entry.all {
		[statement.test, statement.value] != ["stated", false]
	}
}

_remedy(entry, _) := entry.remedy if entry.remedy != ""

_remedy(entry, fields) := sprintf("Correct %s.", [concat(" or ", fields)]) if {
	entry.remedy == ""
	not entry.doubtful
}

_remedy(entry, fields) := sprintf("Look at %s again.", [concat(" and ", fields)]) if {
	entry.remedy == ""
	entry.doubtful
}
