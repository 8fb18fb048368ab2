// Package conformance holds the corpus that says what Chaperone decides, and runs it through every edge: the CLI, the webhooks
// on a real API server, and the reconciler must give the same rule ids and the same outcome for the same facts.
//
// `bases` are objects that comply, `cases` change them and say what is expected, and `law` adds requirements of kinds that the
// shipped legal data has no example of; the package in that folder measures whether decisions are right. Every rule id has a case
// that finds it, one that passes, one with the last value that passes and one where nothing is said, as far as such a case can be;
// every place and sector of the legal data has cases.
package conformance
