// Package dialect defines how the sidecar reads and writes the wire formats of chatbots.
//
// A Format splits a request, an answer or an event of a stream into segments, which are its texts, and writes it back. It also knows
// what an added text and a refusal look like. It decides nothing: a Visitor (`internal/sidecar/transform`) returns the replacement of
// each text, and `internal/sidecar/filter` and `internal/sidecar/transport` speak HTTP. A Format keeps nothing between exchanges.
package dialect
