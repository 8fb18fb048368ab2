# METADATA
# title: Conditions
# description: >-
#   Which conditions of the legal points of some codes do not hold. A condition whose fact was not declared holds:
#   silence makes a point apply.
package lib.condition

import data.prepared

# unmet atoms of each code; holds maps a fact to the values that hold, undeclared facts are absent.
unmet(codes, holds) := {code: atoms |
	conditions := prepared.conditions
	some code in codes
	atoms := failing(conditions[code], holds)
}

# failing are the names of the conditions whose fact was declared while none of the values that they ask for holds.
failing(conditions, holds) := {name | some name, atom in conditions; atom.values & holds[atom.fact] == set()}
