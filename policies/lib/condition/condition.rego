# METADATA
# title: Conditions
# description: >-
#   The conditions of legal points that do not hold. A condition whose fact was not declared holds, so a point applies
#   unless the declaration rules it out.
package lib.condition

import data.prepared

# unmet atoms of each code, by name. Codes share atoms, so each atom is looked at once, and those of a fact together.
# holds maps each declared fact to the values that hold.
unmet(codes, holds) := {code: unmet_here |
	some code, names in needed
	unmet_here := names & failed
} if {
	needed := object.filter(prepared.needs, codes)
	all := union({names | some _, names in needed})
	failed := union({failing_here |
		some fact, named in object.filter(prepared.atoms_of, object.keys(holds))
		met := object.filter(named.by_value, holds[fact])
		failing_here := (named.all & all) - union({names | names := met[_]})
	})
}

# failing are the names of the conditions whose fact was declared and none of whose values holds.
failing(conditions, holds) := {name | some name, atom in conditions; atom.values & holds[atom.fact] == set()}
