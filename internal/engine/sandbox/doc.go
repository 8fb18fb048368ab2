// Package sandbox runs the Rego that an organisation writes itself. Such text is not trusted: a worker compiles and evaluates it, a
// second process with limits of time and memory and no way to files or the network. A module sees the parameters of its policy
// and one input, nothing else.
//
// A Runner is the manager's side: it starts the worker, sends requests, and replaces a worker that ended. The package worker is the
// other side. They exchange messages of bounded length over the worker's standard input and output.
package sandbox
