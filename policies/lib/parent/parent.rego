# METADATA
# title: Parental consent
# description: Whether a parent consents for those who are too young to consent themselves.
package lib.parent

import data.prepared

# consents holds if a parent consents at all, and in the way that the law requires.
consents if {
	ranks := prepared.dimensions["consent.parental"].ranks
	rank := ranks[input.spec.audience.parentalConsent]
	rank >= ranks.declared
	rank >= object.get(input, ["requirement", "dimensions", "consent.parental", "joined"], ranks.declared)
}

# answers to the dimensions about children: where a parent consents, people of any age are old enough, and where all are
# old enough, no parent needs to consent.
answers["consent.childAge"] := input.requirement.dimensions["consent.childAge"].joined if consents

answers["consent.childAge"] := input.spec.audience.minimumAge if not consents

answers["consent.parental"] := input.spec.audience.parentalConsent if not _old_enough

answers["consent.parental"] := "verified" if _old_enough

_old_enough if input.spec.audience.minimumAge >= input.requirement.dimensions["consent.childAge"].joined
