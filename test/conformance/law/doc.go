// Package law measures whether decisions are those that a careful privacy and consumer lawyer would sign. `declarations` are chatbots of
// firms that comply, in many places and sectors, and `probes` are single points; each says what is right about it and why. `breaches`
// are changes by which a lawful declaration breaks the law, with the rule that must find each.
//
// The tests compare what the policy decides with what is right. A difference is an error unless `known.yaml` has it with a reason, and a
// known difference that no longer exists is an error too: the list must shrink. `docs/law-quality.md` has the numbers. `data` is for
// package conformance, and not measured here.
package law
