// Package policy has the types of a decision: Verdict, Finding, Requirement, and the Organisation that adds to the law. It makes no
// decisions and does no I/O: the edges (reconciler, webhooks, CLI) read objects, internal/facts builds the input of a decision, and
// internal/engine decides.
package policy
