// Package jsontext checks a JSON document strictly and rewrites it in the same pass.
//
// Two readers of one document may see different things when it has doubled members, text after its end, broken UTF-8 or
// lone surrogates; such documents are refused. What is passed on is written anew from what was decoded: escapes resolved,
// no white space. A Visitor decides about the values; a tree of Nodes tells it where in the document it is.
//
// The package knows nothing of any interface or of personal data. It is pure and keeps nothing between documents.
package jsontext
