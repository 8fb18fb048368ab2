# METADATA
# title: Remedies
# description: >-
#   What a person must do about a dimension that is not satisfied: a sentence written for the dimension, or one built
#   from its type. The frame of the sentence is prepared with the law; words from the declaration are filled in later.
package lib.remedy

import data.lib.limit
import data.prepared

# frame of the sentence for a dimension: the texts before and after the words that are filled in, or the whole text.
frame(dimension) := [sprintf("State it (%s).", [dimension.about])] if dimension.type == "flag"

frame(dimension) := [_opening[dimension.type], sprintf("%s (%s).", [_closing(dimension), dimension.about])] if {
	not dimension.type in {"flag", "each", "eachAtLeast", "eachAtMost"}
}

frame(dimension) := [sprintf("State in spec.%s ", [dimension.field]), sprintf(" (%s).", [dimension.about])] if {
	dimension.type in {"eachAtLeast", "eachAtMost"}
}

frame(dimension) := [sprintf("State in spec.%s when it was completed, or do it first: ", [dimension.field]), "."] if {
	dimension.type == "each"
}

_opening := {
	"level": "Choose ",
	"atMost": "State at most ",
	"atLeast": "State at least ",
	"allOf": "Add ",
	"oneOf": "State one or more of ",
	"noneOf": "Remove ",
	"anyOf": "State at least one of ",
	"perCode": "State ",
}

_closing(dimension) := " or stricter" if dimension.type == "level"

_closing(dimension) := sprintf(" %s", [dimension.unit]) if dimension.type in {"atMost", "atLeast"}

_closing(dimension) := " and no other" if dimension.type == "oneOf"

_closing(dimension) := "" if not dimension.type in {"level", "atMost", "atLeast", "oneOf"}

# words to fill into the sentences of unmet dimensions, by dimension: from the required values by type and name (see
# lib.plan), the merged dimensions and the answers. Dimensions whose sentence needs no words are left out.
words(unmet, asked, merged, answers) := object.union_n([
	{name: sprintf("%q", [merged[name].value]) | some name in (unmet & names.level)},
	{name: sprintf("%v", [required.atMost[name]]) | some name in (unmet & names.atMost)},
	{name: sprintf("%v", [required.atLeast[name]]) | some name in (unmet & names.atLeast)},
	{name: concat(", ", required.allOf[name] - object.get(answers, name, set())) | some name in (unmet & names.allOf)},
	{name: concat(", ", required.oneOf[name]) | some name in (unmet & names.oneOf)},
	{name: concat(", ", required.noneOf[name] & object.get(answers, name, set())) |
		some name in (unmet & names.noneOf)
	},
	{name: concat("; and of ", {concat(", ", clause) | some clause in required.anyOf[name]}) |
		some name in (unmet & names.anyOf)
	},
	{name: concat(", ", _limits(name, required[type][name], object.get(answers, name, {}))) |
		some type in {"eachAtLeast", "eachAtMost"}
		some name in (unmet & names[type])
	},
	{name: concat(", ", _lacking(required.each[name], object.get(answers, name, {}))) |
		some name in (unmet & names.each)
	},
]) if {
	names := asked.names
	required := asked.required
}

# The assessments that are missing or too old; limits and ages are in days.
_lacking(limits, ages) := {sprintf("%s %s", [key, _since(age)]) |
	some key, age in limits
	object.get(ages, key, limit.no_age) > age
}

# The time within which an assessment was completed, in years if the days are whole years without their leap days.
_since("any") := "at any time"

_since(days) := sprintf("within the last %d days", [days]) if {
	is_number(days)
	not _years(days)
}

_since(days) := "within the last year" if _years(days) == 1

_since(days) := sprintf("within the last %d years", [_years(days)]) if _years(days) > 1

_years(days) := years if {
	is_number(days)
	years := floor((days + 3) / 365.25)
	years > 0
	(days + 3) - (years * 365.25) <= 3
}

# The limits that are not kept, each with its key.
_limits(name, limits, stated) := {words |
	some key in limit.missed(dimension, limits, stated)
	words := sprintf(_limit_words(dimension.type, limits[key]), [limits[key], dimension.unit, key])
} if {
	dimension := prepared.dimensions[name]
}

_limit_words("eachAtLeast", least) := "at least %v %s for %s" if least > 0

_limit_words("eachAtLeast", 0) := "%v %s or more for %s"

_limit_words("eachAtMost", _) := "at most %v %s for %s"

# doubts about dimensions, by dimension: the requirement comes from a point that applies only because a fact was not
# declared. Each doubt has the fields of such facts. `presumed` are the points with a condition that a fact leaves
# open, by fact.
doubts(dimensions, presumed) := {name: fields |
	resting := union({points | some _, points in presumed})
	some name, merged in dimensions
	points := merged.setting & resting
	points != set()
	fields := unstated(points, presumed)
}

# unstated are the fields of the facts that leave conditions of the points open. A fact that is known in part settles
# some of them.
unstated(points, presumed) := {field |
	some fact in union({facts | facts := points[_].rests_on})
	points & presumed[fact] != set()
	some field in prepared.facts.fields[fact]
}

# doubt as a sentence, with a space before it; empty if there are no fields.
default doubt(_) := ""

doubt(fields) := sprintf(_undeclared, [concat(", ", fields)]) if fields != set()

_undeclared := " This applies because the declaration does not state %s; state it if the facts differ."
