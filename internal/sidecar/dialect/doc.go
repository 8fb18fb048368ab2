// Package dialect defines what a wire format of a chatbot is to the rest of the sidecar: documents and streams of texts.
//
// A Format splits bytes into segments and writes them back. It knows how a text that we add, a refusal and an end look
// in its format. It decides nothing: a Visitor (`internal/sidecar/transform`) returns the replacement of each text, and
// `internal/sidecar/filter` and `internal/sidecar/transport` speak HTTP. A format keeps nothing between exchanges.
package dialect
