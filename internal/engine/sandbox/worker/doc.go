// Package worker implements the process that compiles and evaluates the modules of organisations for a sandbox.Runner. On Linux, before it
// reads any module, it gives up for good the right to open files and sockets, and has the kernel limit its memory. A guard stops requests
// that take too long or too much memory. Apart from tests, only this package and package opa import OPA. The main function of a program
// that can run as a worker first calls IsRequested and, if that returns true, Serve.
package worker
