// Package evaluation decides: a Snapshot evaluates the entrypoints of a bundle about declarations, workloads, Services and connections,
// with what an organisation adds. It builds the inputs, caches what is the same for many, and decodes the verdicts. It holds no legal
// value and no threshold: those are Rego and data. Whatever goes wrong is OutcomeUndecided, with the reason.
package evaluation
