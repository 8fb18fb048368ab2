// Package shape holds shapes: wire formats of chatbots as data.
//
// A shape is one YAML document. It says where the texts, roles, identifiers and keywords of requests, answers and stream events stand, how
// a text grows in a stream, and what an added event and a refusal look like. It has no code and no expressions: only selectors, a closed
// list of meanings, and templates with a closed list of variables. Load reads a shape strictly, and refuses what it does not know.
//
// The package is pure and knows no HTTP. `internal/sidecar/dialect/shaped` makes a dialect of a shape; presets are the shapes that
// Chaperone brings.
package shape
