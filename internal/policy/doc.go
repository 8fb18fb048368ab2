// Package policy holds the nouns of a decision: Verdict, Finding, Requirement, Obligation, and the Organisation that adds to the
// law. It decides nothing and reads nothing: internal/facts prepares the input of a decision, internal/engine decides, and the
// edges (reconciler, webhooks, CLI) fetch.
package policy
