// Package dialect says what every wire format of a chatbot has in common: its documents and streams hold texts at places.
//
// A Format takes bytes apart into segments and writes them back. It knows how a text that we add, a refusal and an end look
// in its format. It decides nothing: what stands in the place of a text is up to a Visitor (`internal/sidecar/transform`), and
// HTTP is up to `internal/sidecar/filter` and `internal/sidecar/transport`. A format keeps nothing between exchanges.
package dialect
