// Package sidecarconfig defines the file that the operator writes and the sidecar reads.
//
// Apart from the upstreams of the ports, which are arguments of the sidecar (WithUpstreams), the file is the whole contract between
// operator and sidecar. The operator has already resolved the law into plain settings, so the sidecar needs neither a policy engine nor
// access to the cluster. `internal/sidecarconfig/render` produces a Config in the operator; `internal/sidecar` executes it. The package is
// pure: bytes in, values out. It must not import a Kubernetes client or OPA, and it must not read files.
package sidecarconfig
