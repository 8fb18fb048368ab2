// Package sidecar is the governance proxy in front of a chatbot: it executes one configuration of `internal/sidecarconfig`.
//
// server.go listens, reload.go swaps configurations, and chain.go lists the filters through which every exchange passes. What
// an exchange does is in the packages below: `filter` and `transport` speak HTTP, `dialect` turns the bytes of a wire format
// into texts and back, `transform` redacts and discloses texts, `refusal` is the table of refusals, and `exchange` the scope of
// one exchange. Every exchange leaves one audit record (audit.go). Nothing is passed on that was not read.
//
// The package decides nothing about law and must not import a Kubernetes client or a policy engine. Texts of people stay in
// memory for the time of their exchange and never enter an error, a log, a metric or a record.
package sidecar
