# METADATA
# title: Licences
# description: >-
#   What licences ask for when a model or data is put to certain uses. Expressions come parsed: alternatives to choose
#   from, each a list of licences that apply together.
package lib.licence

import data.prepared as known

# prepared is the data of licences in the shape that decisions read: for each licence, by its name in lower case, the
# sets of uses that together bring each of its problems about.
prepared := {
	"licences": {lower(id): {"id": id, "source": group.source, "problems": _problems_of(group)} |
		some group in data.law.licences.licences
		some id in group.ids
	},
	"free": {lower(id) | some group in data.law.licences.licences; _free(group); some id in group.ids},
	"exceptions": {lower(id): _uses(level) | some id, level in data.law.licences.exceptions},
	"uses": {use | some sets in data.law.licences.uses; some together in sets; some use in together},
}

_problems_of(group) := {
	"non_commercial": {together | group.commercial == false; some together in _uses("commercial")},
	"no_derivatives": {together | group.derivatives == false; some together in _uses("derivatives")},
	"copyleft": (_uses(group.copyleft) | {together | group.shareAlike == true; some together in _uses("shareAlike")}),
	"use_restrictions": {together | group.useRestrictions == true; some together in _uses("useRestrictions")},
}

# The copyleft `none` is brought about by nothing.
_uses(duty) := {{use | some use in together} | some together in object.get(data.law.licences.uses, duty, [])}

_free(group) if {
	every sets in _problems_of(group) {
		count(sets) == 0
	}
}

# free: a stated expression offers licences that ask for nothing that is judged here. Most do.
free(stated) if {
	some alternative in stated.alternatives
	every license in alternative {
		_name(license) in known.licences.free
	}
}

# problems of a stated expression for the uses: those of the alternative that has the fewest, where one that is not
# allowed weighs more than all others.
problems(stated, uses) := min(judged)[2] if {
	judged := [[_weight(found), position, found] |
		some position, alternative in stated.alternatives
		found := {problem | some license in alternative; some problem in _problems(license, uses)}
	]
}

problems(stated, _) := {{"kind": "unknown", "license": stated.text}} if not stated.alternatives

_weight(found) := (1000 * count({problem | some problem in found; problem.kind in _forbidding})) + count(found)

_forbidding := {"non_commercial", "no_derivatives"}

_problems(license, uses) := {{"kind": kind, "license": listed.id, "source": listed.source, "uses": union(met)} |
	some kind, sets in _weakened(listed.problems, license)
	met := {together | some together in sets; count(together - uses) == 0}
	count(met) > 0
} if {
	listed := known.licences.licences[_name(license)]
}

_problems(license, _) := {{"kind": "unknown", "license": license.id}} if {
	not known.licences.licences[_name(license)]
}

_name(license) := trim_prefix(lower(license.id), "licenseref-")

_weakened(problems, license) := object.union(problems, {"copyleft": sets}) if {
	sets := known.licences.exceptions[lower(license.exception)]
} else := problems
