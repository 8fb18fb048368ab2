// Package machine runs planned policies. OPA's planner turns Rego into a plan, a list of imperative functions (package ir of OPA), and this
// package runs it on OPA's own values and builtin functions. That takes a fraction of the time that OPA's interpreter takes, which proves
// each expression by unification.
//
// Compile makes a Program of a plan; Program.Run evaluates one document of it. A Program never changes and is safe for concurrent use.
package machine
