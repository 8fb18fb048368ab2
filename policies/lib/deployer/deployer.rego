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
	input.spec.accountability.smallOperatorReason != ""
}

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

_euros := [amount, amount] if amount := input.spec.accountability.turnover.EUR

_euros := _bounds(least, most) if {
	amounts := input.spec.accountability.turnover
	not amounts.EUR
	least := {euros | some currency, amount in amounts; euros := amount * _worth(currency)[0]}
	most := {euros | some currency, amount in amounts; euros := amount * _worth(currency)[1]}
}

# The amounts in several currencies are about the same turnover. Where they do not agree, it can be any of them.
_bounds(least, most) := [max(least), min(most)] if max(least) <= min(most)

_bounds(least, most) := [min(least), max(most)] if max(least) > min(most)

# What a unit of a currency is worth in euros, at least and at most.
_worth(currency) := object.get(bounds, currency, bounds.other) if bounds := prepared.facts.enterprises.worth
