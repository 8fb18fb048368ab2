// Package jsontext checks a JSON document strictly and rewrites it in the same pass.
//
// Two parsers can read a document differently if it has duplicate members, text after its end, invalid UTF-8 or lone surrogates. Rewrite
// refuses such documents. It writes what it decoded: strings with resolved escapes, numbers and literals byte for byte, no white space.
// A Visitor decides about the values, and a tree of Nodes tells the Visitor which place of the document a value is at.
//
// The package knows no wire format and no personal data. It logs nothing, and nothing refers to a document after its pass. But buffers are
// reused without being cleared, so texts of earlier documents can stay in the memory of the process.
package jsontext
