// Package shaped makes dialects of shapes: it turns the bytes of a wire format into segments and back, as a shape (`internal/shape`) says.
//
// Every string and every integer of 13 characters or more (dialect.VisitNumber) of a document is a segment, unless the shape says that it
// is opaque. Shorter numbers, such as a telephone number written as a JSON number, are not inspected. The package refuses what a shape does
// not admit, such as parts of messages that are not text.
//
// Compile makes a tree of places and a table of rows of each document of a shape, once. After that, a value costs the look-up of its row.
// Documents are read by `internal/sidecar/jsontext`, streams are split by `internal/sidecar/sse` and
// `internal/sidecar/ndjson`.
package shaped
