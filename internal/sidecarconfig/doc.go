// Package sidecarconfig holds the file that the operator writes and the sidecar reads.
//
// It is the whole contract between the two: the law is already resolved into plain settings here, so the sidecar needs no
// policy engine and no cluster access. Values come from `internal/sidecarconfig/render` (operator side) and go to
// `internal/sidecar` (which executes them). The package is pure: bytes in, values out; it must not import Kubernetes, OPA
// or read files.
package sidecarconfig
