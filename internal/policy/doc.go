// Package policy has the nouns of a decision: Verdict, Finding, Requirement, and the Organisation that adds to the law. It decides
// nothing and reads nothing: the edges (reconciler, webhooks, CLI) read objects, internal/facts prepares the input of a decision, and
// internal/engine decides.
package policy
