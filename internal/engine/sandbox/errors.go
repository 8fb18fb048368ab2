package sandbox

import (
	"fmt"
	"strings"
)

// CompileError says all that is wrong with a source. Only its author can mend it.
type CompileError struct {
	// Faults are in the order of modules and lines, each `<module>:<line>: <what is wrong>`. Those about the policy as a whole come first
	// and name no module. At most 50, then how many more there are.
	Faults []string
}

// Error returns one fault per line.
func (e *CompileError) Error() string {
	return strings.Join(e.Faults, "\n")
}

// The limits that a LimitError names.
const (
	LimitTime   = "time"
	LimitMemory = "memory"
)

// LimitError says that a module used more than its limit. Another try would end the same way.
type LimitError struct {
	// Rule is the id of the rule; empty when the source was being compiled.
	Rule string
	// Limit is LimitTime or LimitMemory.
	Limit string
	// Allowed is what was allowed, for people: `200ms`, `64 MiB`.
	Allowed string
}

// Error names the rule, the limit and what was allowed.
func (e *LimitError) Error() string {
	subject := e.Rule
	if subject == "" {
		subject = "compiling the policy"
	}
	return fmt.Sprintf("%s exceeds the limit of %s: %s are allowed", subject, e.Limit, e.Allowed)
}

// RuleError says that a rule cannot be evaluated about an object: a builtin function failed, its values conflict, or its result is not
// a set of findings.
type RuleError struct {
	Rule    string
	Message string
}

// Error names the rule and the problem.
func (e *RuleError) Error() string {
	return e.Rule + ": " + e.Message
}
