// Package worker is the process that compiles and evaluates the Rego of organisations for a sandbox.Runner. It confines itself, for
// good, before it reads any module: no files, no sockets, bounded memory; a guard stops what takes too long. With the package opa it is
// the only importer of OPA. A program that is to serve as a worker calls Serve when IsRequested says so, before anything else.
package worker
