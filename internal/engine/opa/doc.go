// Package opa wraps what the manager uses of Open Policy Agent: it parses, compiles and plans Rego with an allow-list of builtin functions,
// runs queries on package machine, encodes Go values as inputs and decodes results. Apart from tests, only this package and package
// sandbox/worker, which runs the modules of organisations, import OPA. The package knows neither the law nor the shape of a verdict.
package opa
