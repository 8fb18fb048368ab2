// Package sandbox runs the Rego modules that an organisation writes. Modules are not trusted, so a second process, the worker, compiles and
// evaluates them. The worker has limits of time and memory. On Linux it can open neither files nor sockets; elsewhere only the list of
// allowed builtin functions keeps modules from them. A module can read only the parameters and packages of its policy and one input.
//
// A Runner is the manager's side: it starts the worker, sends requests, and replaces a worker that has ended. Package worker is the other
// side. They exchange messages of limited size over the worker's standard input and output.
package sandbox
