package sandbox

import (
	"fmt"
	"strings"
)

// CompileError lists the faults in the modules of a policy. Only the author of the modules can correct them.
type CompileError struct {
	// Faults have the form `<module>:<line>: <message>` and are sorted by module and line. Faults of the policy as a whole come first and
	// name no module. After 50 faults, the last entry is the number of the others.
	Faults []string
}

// Error returns one fault per line.
func (e *CompileError) Error() string {
	return strings.Join(e.Faults, "\n")
}

// The values of LimitError.Limit.
const (
	LimitTime   = "time"
	LimitMemory = "memory"
)

// LimitError reports that a module exceeded a limit. A retry would almost always exceed it too.
type LimitError struct {
	// Rule is the ID of the rule that exceeded the limit; empty if compiling the modules exceeded it.
	Rule string
	// Limit is LimitTime or LimitMemory.
	Limit string
	// Allowed is the size of the limit for people: `200ms`, `64 MiB`.
	Allowed string
}

// Error returns a sentence with the rule, the limit and its size.
func (e *LimitError) Error() string {
	subject := e.Rule
	if subject == "" {
		subject = "compiling the policy"
	}
	return fmt.Sprintf("%s exceeds the limit of %s: %s are allowed", subject, e.Limit, e.Allowed)
}

// RuleError reports that a rule cannot be evaluated for an input: a builtin function failed, the rule has conflicting values, or its result
// is not a set of findings.
type RuleError struct {
	// Rule is the ID of the rule.
	Rule    string
	Message string
}

// Error returns the rule and the message.
func (e *RuleError) Error() string {
	return e.Rule + ": " + e.Message
}
