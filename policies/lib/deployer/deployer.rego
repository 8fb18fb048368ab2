# METADATA
# title: The deployer
# description: Where the deployer of a declaration is established, and how large it is.
package lib.deployer

import data.lib.place
import data.prepared

states_country if input.spec.accountability.deployer.country

# states_seat holds if the declaration says of one place at least that the deployer is established there.
states_seat if count(established) > 0

# established are the codes in which the deployer is known to be established, with their parents. They are all if the
# country is declared.
established := union({place.codes(lower(stated)) | some stated in places}) if {
	main := {country | country := input.spec.accountability.deployer.country}
	places := main | {other | some other in input.spec.accountability.establishments}
}

# size has the numbers that say how large the deployer is, by fact.
size := object.union(
	{fact: number | some fact in ["staff", "peopleServed"]; number := input.spec.accountability[fact]},
	{fact: amount |
		some currency, amount in input.spec.accountability.turnover
		fact := sprintf("turnover %s", [currency])
	},
)

# below has, by fact, the thresholds that a small operator reaches, which are none: where it states no number, it is
# below each of them.
default below := {}

below := object.filter(prepared.below, (object.keys(prepared.below) - object.keys(size)) - _open) if _small

# The facts about turnovers that the turnover in other currencies leaves open, because it may be above a threshold.
_open := {fact |
	input.spec.accountability.turnover
	most := _euros[1]
	some fact, euros in prepared.euros
	most >= euros
}

_small if {
	input.spec.accountability.smallOperator == true
	reason := input.spec.accountability.smallOperatorReason
	reason != ""
	not _is_contrary(reason)
}

# says_the_opposite holds if the reason why the deployer is small says that it is not.
says_the_opposite if {
	input.spec.accountability.smallOperator == true
	_is_contrary(input.spec.accountability.smallOperatorReason)
}

_is_contrary(reason) if regex.match(prepared.facts.notSmall, lower(reason))

# enterprise is the size class of the deployer: the first whose limits it keeps. It is known if it is the same for the
# lowest and the highest turnover in euros that the declaration can mean. Where no turnover is stated, staff decides.
enterprise := class if {
	class := _class(_euros[0])
	class == _class(_euros[1])
}

_class(turnover) := [class.name |
	some class in prepared.facts.enterprises.classes
	staff < object.get(class, "staff", staff + 1)
	turnover <= object.get(class, "turnover", turnover)
][0] if {
	staff := _staff
}

_staff := input.spec.accountability.staff

_staff := 0 if {
	_small
	not input.spec.accountability.staff
}

# The lowest and the highest turnover in euros that the declaration can mean.
_euros := [0, 0] if not input.spec.accountability.turnover

# The amounts in several currencies are about the same turnover. Where they do not agree, it can be any of them.
_euros := [max(_least), min(_most)] if {
	input.spec.accountability.turnover
	not turnovers_disagree
}

_euros := [min(_least), max(_most)] if turnovers_disagree

# turnovers_disagree holds if the amounts cannot be the same turnover in several currencies.
turnovers_disagree if max(_least) > min(_most)

_least := {euros | some currency, amount in input.spec.accountability.turnover; euros := amount * _worth(currency)[0]}

_most := {euros | some currency, amount in input.spec.accountability.turnover; euros := amount * _worth(currency)[1]}

# What a unit of a currency is worth in euros, at least and at most.
_worth(currency) := object.get(bounds, currency, bounds.other) if bounds := prepared.facts.enterprises.worth

# misplaced are the stated roles of which the declaration has neither a sector nor a purpose. They free from no law.
misplaced := {role |
	some role in input.spec.accountability.roles
	expected := prepared.facts.expected[role]
	expected.sectors & {lower(sector) | some sector in input.spec.sectors} == set()
	expected.purposes & {kind | some kind in input.spec.purpose.kinds} == set()
}

# expected are the sectors and purposes of which those who have a role have one, by the roles that name any.
expected(roles) := {role: wanted |
	some role, one in roles
	one.sectors
	wanted := {key: {word | some word in object.get(one, key, [])} | some key in ["sectors", "purposes"]}
}
