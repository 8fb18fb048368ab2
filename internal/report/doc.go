// Package report formats verdicts as text for people and as JSON for programs. It is pure: it reads nothing and decides nothing. The status
// and the webhooks show the same line about a finding (Line). The text report of the CLI has the same sentences, but cuts values later and
// lists every source.
package report
