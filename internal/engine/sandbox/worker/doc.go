// Package worker implements the process that compiles and evaluates the modules of organisations for a sandbox.Runner. Before it reads any
// module, it gives up for good the right to open files and sockets, and limits its memory. A guard stops requests that take too long. Only
// this package and package opa import OPA. The main function of a program that can run as a worker first calls IsRequested and, if that
// returns true, Serve.
package worker
