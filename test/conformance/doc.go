// Package conformance holds the corpus that says what Chaperone decides, and runs it through every edge: the CLI, the webhooks
// on a real API server, and the reconciler must give the same rule ids and the same outcome for the same facts.
//
// `bases` are objects that comply, `cases` change them and say what is expected, and `law` adds requirements of kinds that the
// shipped legal data has no example of. Every rule id has at least one case that it finds and one that meets it.
package conformance
