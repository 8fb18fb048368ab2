package main

// The build context leaves this file out; it does not compile.
var _ = nothing
