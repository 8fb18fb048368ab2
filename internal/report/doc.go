// Package report formats verdicts as text for people and as JSON for programs. It is pure: it reads nothing and decides nothing. The status,
// the webhooks and the CLI take the text of a finding from this package, so that it reads the same everywhere.
package report
