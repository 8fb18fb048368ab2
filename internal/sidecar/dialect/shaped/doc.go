// Package shaped makes dialects of shapes: it turns the bytes of a wire format into segments and back, as a shape (`internal/shape`) says.
//
// Compile makes a tree of places and a table of rows of each document of a shape, once. After that, a value costs the look-up of its row.
// Documents are read by `internal/sidecar/jsontext`, streams are framed by `internal/sidecar/sse` and `internal/sidecar/ndjson`.
package shaped
