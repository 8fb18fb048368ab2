// Package sidecar is the governance proxy in front of a chatbot. It executes one configuration of `internal/sidecarconfig`.
//
// server.go listens, reload.go applies new configurations, chain.go lists the filters through which every exchange passes, and
// audit.go writes one record for each exchange. The packages below do the work: `filter` and `transport` speak HTTP, `dialect`
// turns the bytes of a wire format into texts and back, `transform` redacts and discloses texts, `refusal` holds the table of
// refusals, and `exchange` holds what is known of one exchange. The sidecar passes on only what it has read.
//
// The package decides nothing about law and must not import a Kubernetes client or a policy engine. Texts of people never enter an error, a
// log, a metric or a record. The sidecar keeps no text for later exchanges. But buffers are reused without being cleared, so bytes of
// earlier texts can stay in the memory of the process.
package sidecar
