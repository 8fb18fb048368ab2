// Package engine is the facade of policy evaluation: it loads a policy bundle, adopts what an organisation adds to it, and decides about
// declarations, workloads, Services and connections. The work is done below it: opa (Rego), law (the model of the legal data), bundle
// (reading and preparing both), organisation (profiles and policies), sandbox (the worker for untrusted modules), evaluation (decisions).
// Whatever goes wrong is OutcomeUndecided.
package engine
