// Package policy holds the nouns of a decision: what goes in (DeclarationInput, WorkloadInput), what comes out (Verdict,
// Finding, Requirement, Obligation), and the pure constructors that turn Kubernetes objects into inputs.
// It decides nothing and reads nothing: internal/engine decides, the edges (reconciler, webhooks, CLI) fetch.
package policy
