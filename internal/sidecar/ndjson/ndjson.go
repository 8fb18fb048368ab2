// Package ndjson splits and writes streams of JSON documents, one on each line (application/x-ndjson).
//
// It does not look into the documents. Lines end with LF or CR LF, and the last line may lack its end.
package ndjson

import (
	"bytes"

	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

var byteOrderMark = []byte("\ufeff")

// Splitter splits a stream into lines. It drops empty lines, line ends, and a byte order mark at the start. The zero value is at the start
// of a stream.
type Splitter struct {
	// line is the start of a line whose end has not arrived.
	line []byte
	// isPastFirstLine means that the first line has ended.
	isPastFirstLine bool
}

// Write takes the next bytes of the stream and calls handle for each complete line, whose data is valid only until handle returns. It
// returns the first error of handle, or sse.ErrTooLong for a line of more than sse.MaxEvent bytes; the Splitter must not be used after
// an error.
func (s *Splitter) Write(piece []byte, handle func(data []byte) error) error {
	for len(piece) > 0 {
		line, rest, isComplete := bytes.Cut(piece, []byte("\n"))
		piece = rest
		// Allow one byte more than an event may have, for a carriage return before the line feed. handleLine checks the rest.
		if len(s.line)+len(line) > sse.MaxEvent+1 {
			return sse.ErrTooLong
		}
		switch {
		case !isComplete:
			s.line = append(s.line, line...)
			return nil
		case len(s.line) > 0: // The line began in an earlier piece.
			line = append(s.line, line...)
			s.line = line[:0]
		}
		if err := s.handleLine(line, handle); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the stream and calls handle for a last line without an end.
func (s *Splitter) Close(handle func(data []byte) error) error {
	line := s.line
	s.line = nil
	return s.handleLine(line, handle)
}

// handleLine calls handle for a line, unless it is empty.
func (s *Splitter) handleLine(line []byte, handle func(data []byte) error) error {
	line = bytes.TrimSuffix(line, []byte("\r"))
	if !s.isPastFirstLine {
		s.isPastFirstLine = true
		line = bytes.TrimPrefix(line, byteOrderMark)
	}
	switch {
	case len(line) > sse.MaxEvent:
		return sse.ErrTooLong
	case len(line) == 0:
		return nil
	}
	return handle(line)
}

// Append appends a line.
func Append(dst, data []byte) []byte { return append(append(dst, data...), '\n') }
