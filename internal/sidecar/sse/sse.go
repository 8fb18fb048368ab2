// Package sse splits streams of server-sent events and writes events.
//
// The splitter follows the HTML standard (section 9.2.6, interpreting an event stream): lines end in CR LF, LF or CR, data
// fields of one event are joined by a line feed. It passes on data only; it drops comments, names, ids and retry times,
// because nothing inspects them and they could hold any text. Its result does not depend on how the bytes are split into pieces.
package sse

import (
	"bytes"
	"errors"
)

// MaxEvent is the largest event that is read, in bytes of data and of one line: 64 KiB is what one open stream may take.
// Answers that a service sends in one piece are larger only when they are not streamed at all.
const MaxEvent = 64 << 10

// ErrTooLong is returned for an event or a line above MaxEvent.
var ErrTooLong = errors.New("an event is longer than 64 KiB")

var byteOrderMark = []byte("\ufeff")

// Splitter cuts a stream into events. The zero value is at the start of a stream. It is not safe for concurrent use.
type Splitter struct {
	// line is the part of a line that has arrived without its end.
	line []byte
	// data is what the event holds so far.
	data    []byte
	hasData bool
	// afterCR: a line feed that comes next belongs to the line end before it.
	afterCR bool
	// begun: the first line is complete, so a later byte order mark is text.
	begun bool
}

// Write takes the next bytes and calls event with the data of each event that is complete. The data is valid during the call
// only. It returns the first error of event, or ErrTooLong; the splitter must not be used after an error.
func (s *Splitter) Write(piece []byte, event func(data []byte) error) error {
	for len(piece) > 0 {
		if s.afterCR && piece[0] == '\n' {
			piece = piece[1:]
			s.afterCR = false
			continue
		}
		s.afterCR = false
		end := bytes.IndexAny(piece, "\r\n")
		if end < 0 {
			return s.keep(piece)
		}
		s.afterCR = piece[end] == '\r'
		if err := s.end(piece[:end], event); err != nil {
			return err
		}
		piece = piece[end+1:]
	}
	return nil
}

// Close ends the stream. It also passes on a last event that lacks the empty line at its end, because the sender closed the stream in the
// regular way.
func (s *Splitter) Close(event func(data []byte) error) error {
	if err := s.end(nil, event); err != nil {
		return err
	}
	return s.dispatch(event)
}

func (s *Splitter) keep(piece []byte) error {
	if len(s.line)+len(piece) > MaxEvent {
		return ErrTooLong
	}
	s.line = append(s.line, piece...)
	return nil
}

// end completes a line with its last piece.
func (s *Splitter) end(piece []byte, event func(data []byte) error) error {
	line := piece
	if len(s.line) > 0 {
		if err := s.keep(piece); err != nil {
			return err
		}
		line = s.line
		s.line = s.line[:0]
	}
	if !s.begun {
		s.begun = true
		line = bytes.TrimPrefix(line, byteOrderMark)
	}
	if len(line) == 0 {
		return s.dispatch(event)
	}
	return s.field(line)
}

func (s *Splitter) field(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte(":"))
	if string(name) != "data" {
		return nil
	}
	value = bytes.TrimPrefix(value, []byte(" "))
	if s.hasData {
		s.data = append(s.data, '\n')
	}
	if len(s.data)+len(value) > MaxEvent {
		return ErrTooLong
	}
	s.data = append(s.data, value...)
	s.hasData = true
	return nil
}

func (s *Splitter) dispatch(event func(data []byte) error) error {
	if !s.hasData {
		return nil
	}
	s.hasData = false
	data := s.data
	s.data = s.data[:0]
	return event(data)
}

// Append appends an event to dst. The data must hold no line ends.
func Append(dst, data []byte) []byte {
	dst = append(dst, "data: "...)
	dst = append(dst, data...)
	return append(dst, "\n\n"...)
}
