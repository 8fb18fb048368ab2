// Package jsonarray splits and writes streams that are one JSON array, whose elements arrive one by one.
//
// It does not look into the elements, and checks no more of them than where each ends. A stream that is an object and no array counts as
// an array with this element, because some servers send errors so.
package jsonarray

import (
	"bytes"
	"errors"

	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// End is what Splitter passes on for the end of the array, and what Append takes for it. No element is equal to it.
const End = "]"

// ErrMalformed is returned for a stream that is neither an array nor an object, for an empty element, and for an array that does not end.
var ErrMalformed = errors.New("the stream is not a JSON array")

var byteOrderMark = []byte("\ufeff")

// state says what the Splitter expects.
type state uint8

const (
	beforeArray state = iota
	inArray
	inObject
	afterEnd
)

// Splitter splits a stream into the elements of its array. The zero value is at the start of a stream.
type Splitter struct {
	state state
	// element is the start of an element whose end has not arrived. Before the array it is the start of a byte order mark.
	element []byte
	// depth is the number of arrays and objects of the element that are open.
	depth int
	// isInString means that the last byte was inside of a string, and isEscaped that it was a backslash that escapes the next one.
	isInString, isEscaped bool
	// count is the number of elements up to now.
	count int
}

// Write takes the next bytes of the stream and calls handle for each complete element, and for End. The data is valid only until handle
// returns. It returns the first error of handle, sse.ErrTooLong for an element of more than sse.MaxEvent bytes, or ErrMalformed; the
// Splitter must not be used after an error. It drops what follows the array.
func (s *Splitter) Write(piece []byte, handle func(data []byte) error) error {
	for len(piece) > 0 && s.state != afterEnd {
		rest, err := s.advance(piece, handle)
		if err != nil {
			return err
		}
		piece = rest
	}
	return nil
}

// Close ends the stream. It returns ErrMalformed if the array has not ended.
func (s *Splitter) Close(func(data []byte) error) error {
	if s.state != afterEnd {
		return ErrMalformed
	}
	return nil
}

// advance takes at least one byte and returns the rest.
func (s *Splitter) advance(piece []byte, handle func(data []byte) error) (rest []byte, err error) {
	if s.state == beforeArray {
		return s.begin(piece)
	}
	end := s.findEnd(piece)
	taken := piece
	if end >= 0 {
		taken = piece[:end]
	}
	if len(s.element)+len(taken) > sse.MaxEvent {
		return nil, sse.ErrTooLong
	}
	s.element = append(s.element, taken...)
	if end < 0 {
		return nil, nil
	}
	return piece[end:][1:], s.end(piece[end], handle)
}

// begin takes a byte before the array. Until the array or object begins, element holds the bytes of the byte order mark that have arrived;
// after white space it holds the whole mark, so that no other may follow. The brace of an object stays unread, because it belongs to the
// object.
func (s *Splitter) begin(piece []byte) (rest []byte, err error) {
	c := piece[0]
	switch {
	case len(s.element) < len(byteOrderMark) && c == byteOrderMark[len(s.element)]:
		s.element = append(s.element, c)
		return piece[1:], nil
	case len(s.element) != 0 && len(s.element) != len(byteOrderMark):
		return nil, ErrMalformed
	case isSpace(c):
		// A byte order mark stands at the start only.
		s.element = append(s.element[:0], byteOrderMark...)
		return piece[1:], nil
	case c == '[':
		s.state, s.element = inArray, s.element[:0]
		return piece[1:], nil
	case c == '{':
		s.state, s.element = inObject, s.element[:0]
		return piece, nil
	}
	return nil, ErrMalformed
}

// findEnd returns the position of the byte that ends the element, or -1: the comma or bracket behind it, or the last brace of an object
// that stands outside of an array.
func (s *Splitter) findEnd(piece []byte) int {
	for i, c := range piece {
		if s.isInside(c) {
			continue
		}
		switch c {
		case ',', ']':
			if s.depth == 0 {
				return i
			}
		case '{', '[':
			s.depth++
		}
		if c == '}' || c == ']' {
			s.depth--
			if s.depth == 0 && s.state == inObject {
				return i
			}
		}
	}
	return -1
}

// isInside takes a byte and reports whether it belongs to a string.
func (s *Splitter) isInside(c byte) bool {
	switch {
	case s.isEscaped:
		s.isEscaped = false
	case s.isInString:
		s.isEscaped, s.isInString = c == '\\', c != '"'
	case c == '"':
		s.isInString = true
	default:
		return false
	}
	return true
}

// end takes the byte that ends an element, and passes the element on, and after the last one End.
func (s *Splitter) end(c byte, handle func(data []byte) error) error {
	if s.state == inObject {
		s.element = append(s.element, c)
	}
	isLast := s.state == inObject || c == ']'
	element := bytes.TrimFunc(s.element, func(r rune) bool { return r < 0x80 && isSpace(byte(r)) })
	s.element = s.element[:0]
	isEmptyArray := isLast && s.count == 0 && len(element) == 0
	s.count++
	if len(element) == 0 && !isEmptyArray {
		return ErrMalformed
	}
	if len(element) > 0 {
		if err := handle(element); err != nil {
			return err
		}
	}
	if !isLast {
		return nil
	}
	s.state = afterEnd
	return handle([]byte(End))
}

// isSpace reports whether a byte is white space of JSON.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// Append appends an element after a comma, or the bracket that ends the array. Begin corrects the start of the array.
func Append(dst, data []byte) []byte {
	if string(data) == End {
		return append(dst, "\n]"...)
	}
	return append(append(dst, ",\n"...), data...)
}

// Begin makes the first bytes of a stream, which Append has written, those of an array: a bracket stands in place of the first comma.
func Begin(written []byte) []byte {
	if len(written) > 0 && written[0] == ',' {
		written[0] = '['
		return written
	}
	return append([]byte("["), written...)
}
