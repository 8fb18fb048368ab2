// Package engine is the facade of policy evaluation: it loads a policy bundle, adopts what an organisation adds to it, and decides about
// declarations, workloads, Services and connections. Its subpackages do the work: opa (Rego), law (the model of the legal data), bundle
// (reading and preparing both), organisation (profiles and policies), sandbox (the worker for untrusted modules), evaluation (decisions).
// A decision that fails is OutcomeUndecided, never OutcomeAllow.
package engine
