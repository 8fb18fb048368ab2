// Package rego evaluates the policy bundle with OPA: it loads and validates the bundle, compiles it with an allow-list of
// builtins, prepares one query per entrypoint and evaluates them without any I/O. It is the only importer of OPA, and decides
// nothing itself: what the law requires and what satisfies it is Rego and data. Whatever goes wrong is OutcomeUndecided.
package engine
