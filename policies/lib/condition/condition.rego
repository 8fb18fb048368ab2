# METADATA
# title: Conditions
# description: >-
#   The conditions of legal points that do not hold. A condition whose fact was not declared holds, so a point applies
#   unless the declaration rules it out.
package lib.condition

import data.prepared

# unmet atoms of each code. holds maps each declared fact to the values that hold.
unmet(codes, holds) := {code: atoms |
	conditions := prepared.conditions
	some code in codes
	atoms := failing(conditions[code], holds)
}

# failing are the names of the conditions whose fact was declared and none of whose values holds.
failing(conditions, holds) := {name | some name, atom in conditions; atom.values & holds[atom.fact] == set()}
