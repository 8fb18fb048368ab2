# METADATA
# title: Conditions
# description: >-
#   Which conditions of the legal points of some codes do not hold. A condition whose fact was not declared holds:
#   silence makes a point apply.
package lib.condition

import data.prepared

# unmet atoms of each code; holds maps a fact to the values that hold, undeclared facts are absent.
unmet(codes, holds) := {code: atoms |
	some code in codes
	atoms := {name | some name, atom in prepared.conditions[code]; fails(atom, holds)}
}

# fails reports whether the fact of the atom was declared and none of the values that it asks for holds.
fails(atom, holds) if count(atom.values & holds[atom.fact]) == 0
