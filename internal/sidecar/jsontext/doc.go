// Package jsontext checks a JSON document strictly and rewrites it in the same pass.
//
// Two readers of one document can see different things when it has duplicate members, text after its end, broken UTF-8 or
// lone surrogates. Rewrite refuses such documents. It passes on what it decoded: strings with resolved escapes, tokens byte for
// byte, no white space. A Visitor decides about the values; a tree of Nodes tells it where in the document it is.
//
// The package knows no wire format and no personal data. It is pure and retains nothing between documents.
package jsontext
