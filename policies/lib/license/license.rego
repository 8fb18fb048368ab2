# METADATA
# title: Licenses
# description: >-
#   The problems that licenses cause for certain uses of a model or data. The input has parsed SPDX expressions: a list
#   of alternatives, each a list of licenses that apply together.
package lib.license

import data.prepared as known

# prepared is the license data in the form that decisions read: for each license, by its name in lower case, the sets of
# uses that together cause each of its problems.
prepared := {
	"licenses": {lower(id): {"id": id, "source": group.source, "problems": _problems_of(group)} |
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

# No use triggers the copyleft level `none`.
_uses(duty) := {{use | some use in together} | some together in object.get(data.law.licences.uses, duty, [])}

_free(group) if {
	every sets in _problems_of(group) {
		count(sets) == 0
	}
}

# free holds if a stated expression offers licenses that cause no problem here. Most expressions do.
free(stated) if {
	some alternative in stated.alternatives
	every license in alternative {
		_name(license) in known.licenses.free
	}
}

# problems of a stated expression for the uses: those of the alternative with the fewest problems, where a forbidden use
# weighs more than all other problems.
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
	listed := known.licenses.licenses[_name(license)]
}

_problems(license, _) := {{"kind": "unknown", "license": license.id}} if {
	not known.licenses.licenses[_name(license)]
}

_name(license) := trim_prefix(lower(license.id), "licenseref-")

_weakened(problems, license) := object.union(problems, {"copyleft": sets}) if {
	sets := known.licenses.exceptions[lower(license.exception)]
} else := problems
