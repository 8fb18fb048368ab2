// Package sidecar is the governance proxy in front of a chatbot: it executes one configuration of `internal/sidecarconfig`.
//
// Every exchange passes one flat list of filters (chain.go), has one scope (scope.go), is refused at one place (refuse.go) and
// leaves one audit record (filter_record.go, audit.go), whatever happens to it. Nothing is passed on that was not read: a
// request is read whole and rewritten before anything goes upstream, an answer is rewritten on its way back, a stream event
// by event.
//
// The package decides nothing about law and must not import a Kubernetes client or a policy engine. Texts of people stay in
// memory for the time of their exchange and never enter an error, a log, a metric or a record.
package sidecar
