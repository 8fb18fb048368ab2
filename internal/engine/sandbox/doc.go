// Package module compiles and runs the Rego that an organisation writes itself. Such text is not trusted: it is compiled and
// evaluated in a worker, a second process of the same program, that has limits of time and memory and no way to files or the
// network. A module sees its own policy's parameters and the one input that it is asked about, nothing else.
//
// A Runner is the side of the manager: it starts the worker, asks it, and replaces one that ended. Serve is the worker's side.
// They talk in messages of bounded length over the worker's standard input and output.
package sandbox
