// Package opa is what the manager uses of Open Policy Agent: it parses and compiles Rego with an allow-list of builtin functions,
// prepares queries, encodes Go values and decodes results. No other package of the manager imports OPA; the worker process for the
// modules of organisations (sandbox/worker) does. The package knows neither the law nor the shape of a verdict.
package opa
