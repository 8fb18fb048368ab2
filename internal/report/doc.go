// Package report turns verdicts into text for people and into JSON for programs. It is pure: verdicts come from
// internal/policy, nothing is read or decided here. Line is the one function for the user-facing text of a finding; the
// status, the webhooks and the CLI all use it, so that a finding reads the same everywhere.
package report
