// Package handover hands conversations over to the desk where humans answer, by HTTP (docs/handover.md).
//
// The sidecar posts a handoff to the declared address. A desk that takes it may name a resource of the conversation (Location), which the
// sidecar reads to learn when a human has accepted it and what the human says, and to which it posts what the person goes on to say. Nothing
// calls the sidecar. The package logs no text.
package handover
