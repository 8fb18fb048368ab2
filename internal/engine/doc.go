// Package engine is the facade of policy evaluation: it loads a policy bundle, adopts what an organisation adds to it, and decides about
// declarations, workloads, Services and connections. The packages below it do the work: opa wraps OPA, law models the legal data, bundle
// reads and prepares a bundle, organisation resolves profiles and policies, sandbox runs untrusted modules in a worker, and evaluation
// decides. When a decision fails, its outcome is OutcomeUndecided, never OutcomeAllow.
package engine
