# METADATA
# title: Conditions
# description: >-
#   Which conditions of the legal points of some codes do not hold. A condition whose fact was not declared holds: silence
#   makes a point apply.
package lib.condition

import data.prepared

# unmet atoms among those of the codes; holds maps a fact to the values that hold, undeclared facts are absent.
unmet(codes, holds) := {name |
	some code in codes
	some name, atom in prepared.conditions[code]
	count(atom.values & holds[atom.fact]) == 0
}

# assumed atoms among those of the codes: they hold only because nothing was declared about their fact.
assumed(codes, facts) := {name: atom.fact |
	some code in codes
	some name, atom in prepared.conditions[code]
	atom.fact in facts
}

# applies reports whether the point is in force on the day and none of its conditions is among the unmet.
applies(point, as_of, unmet_atoms) if {
	point.from <= as_of
	point.until >= as_of
	count(point.atoms & unmet_atoms) == 0
}
