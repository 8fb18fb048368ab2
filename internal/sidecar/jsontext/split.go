package jsontext

import (
	"bytes"
	"iter"
)

// Span is a value, or a member with its value, of a document: bytes from Start up to End.
type Span struct {
	// Name is the name of the member as the document has it, between its quotes; nil for an element of an array.
	Name []byte
	// Start is where the member or element begins, Value where its value does, and End where that ends.
	Start, Value, End int
}

// Spans iterates over the members of the object, or over the elements of the array, that begins at the index start of a document that
// Rewrite has written. Any other document may give any spans.
func Spans(document []byte, start int) iter.Seq[Span] {
	return func(yield func(Span) bool) {
		isObject := document[start] == '{'
		at := start + 1
		for at < len(document) && document[at] != '}' && document[at] != ']' {
			s := Span{Start: at, Value: at}
			if isObject {
				end := skipSpan(document, at)
				s.Name, s.Value = document[at+1:end-1], end+1
			}
			s.End = skipSpan(document, s.Value)
			if !yield(s) {
				return
			}
			at = s.End
			if at < len(document) && document[at] == ',' {
				at++
			}
		}
	}
}

// skipSpan returns the index behind the value that begins at the index.
func skipSpan(document []byte, at int) int {
	depth := 0
	for at < len(document) {
		switch document[at] {
		case '"':
			at = skipString(document, at)
			if depth == 0 {
				return at
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return at // the end of a number, boolean or null
			}
			if depth--; depth == 0 {
				return at + 1
			}
		case ',':
			if depth == 0 {
				return at
			}
		}
		at++
	}
	return at
}

// skipString returns the index behind the string whose opening quote is at the index.
func skipString(document []byte, at int) int {
	for at++; ; {
		next := bytes.IndexByte(document[at:], '"')
		if next < 0 {
			return len(document)
		}
		end := at + next
		backslashes := 0
		for document[end-1-backslashes] == '\\' {
			backslashes++
		}
		if at = end + 1; backslashes%2 == 0 {
			return at
		}
	}
}
