// Package sse splits streams of server-sent events and writes events.
//
// The splitter follows the HTML standard (section 9.2.6, interpreting an event stream): lines end in CR LF, LF or CR, and a line feed joins
// the data fields of an event. The splitter passes on the data only. It drops names, ids, retry times and the text of comments, which can
// hold any text, because the sidecar does not inspect them. Servers send comments and events without data to keep the connection open: of
// these the splitter passes on that they were there. The result does not depend on how the bytes are split into pieces of at most MaxEvent
// bytes. NamedSplitter passes on the names of events too, in a document that is inspected as a whole.
package sse

import (
	"bytes"
	"errors"
)

// MaxEvent is the largest number of bytes in the data of an event, and in a line that arrives in several pieces. It bounds the memory of an
// open stream. Services that stream an answer send much smaller events.
const MaxEvent = 64 << 10

// ErrTooLong is returned for an event or a line above MaxEvent.
var ErrTooLong = errors.New("an event is longer than 64 KiB")

var (
	byteOrderMark  = []byte("\ufeff")
	lineFeed       = []byte("\n")
	carriageReturn = []byte("\r")
)

// Splitter cuts a stream into events. The zero value is at the start of a stream. It is not safe for concurrent use.
type Splitter struct {
	// line is the start of a line whose end has not arrived.
	line []byte
	// data is the data of the event so far. hasData reports whether the event has a data field, which may be empty.
	data    []byte
	hasData bool
	// hasField reports whether the event has any field.
	hasField bool
	// eventName is the name of the event. It is that of the event before until the first field of the next one.
	eventName []byte
	// isComment means that handle is called for a comment.
	isComment bool
	// isAfterCR means that the last byte was a carriage return: if the next one is a line feed, it belongs to the same line end.
	isAfterCR bool
	// isPastFirstLine means that the first line has ended. A byte order mark is dropped only at the start of the first line.
	isPastFirstLine bool
}

// Write takes the next bytes and calls handle with the data of each event that they complete. The data is valid only during the call. It
// is empty for a comment, which may stand inside of an event, and for an event without data. Write returns the first error of handle, or
// ErrTooLong. The splitter must not be used after an error.
func (s *Splitter) Write(piece []byte, handle func(data []byte) error) error {
	for len(piece) > 0 {
		line, rest, hasFeed := bytes.Cut(piece, lineFeed)
		line, err := s.endLinesAtCR(line, handle)
		if err != nil {
			return err
		}
		if !hasFeed {
			return s.appendLine(line)
		}
		piece = rest
		if s.isAfterCR { // The line feed is the second half of a CR LF, whose CR has ended the line already.
			s.isAfterCR = false
			continue
		}
		if err := s.endLine(line, handle); err != nil {
			return err
		}
	}
	return nil
}

// endLinesAtCR completes the lines that end in a carriage return and returns the bytes after the last one. piece has no line feed.
func (s *Splitter) endLinesAtCR(piece []byte, handle func(data []byte) error) (rest []byte, err error) {
	for len(piece) > 0 {
		line, rest, hasCR := bytes.Cut(piece, carriageReturn)
		s.isAfterCR = hasCR && len(rest) == 0
		if !hasCR {
			return piece, nil
		}
		if err := s.endLine(line, handle); err != nil {
			return nil, err
		}
		piece = rest
	}
	return nil, nil
}

// Close ends a stream that the sender has closed in the regular way. It passes the last event to handle, even if the end of its last line
// or the empty line after the event is missing.
func (s *Splitter) Close(handle func(data []byte) error) error {
	if err := s.endLine(nil, handle); err != nil {
		return err
	}
	// If the stream ended within a line, endLine completed this line, and the event is still to be dispatched. Otherwise endLine
	// completed an empty line, which ended the event, and dispatch does nothing.
	return s.dispatch(handle)
}

// appendLine appends a piece to the line whose end has not arrived.
func (s *Splitter) appendLine(piece []byte) error {
	if len(s.line)+len(piece) > MaxEvent {
		return ErrTooLong
	}
	s.line = append(s.line, piece...)
	return nil
}

// endLine completes a line with its last piece and interprets it. An empty line ends the event.
func (s *Splitter) endLine(piece []byte, handle func(data []byte) error) error {
	line := piece
	if len(s.line) > 0 { // The line began in an earlier piece.
		if err := s.appendLine(piece); err != nil {
			return err
		}
		line = s.line
		s.line = s.line[:0]
	}
	if !s.isPastFirstLine {
		s.isPastFirstLine = true
		line = bytes.TrimPrefix(line, byteOrderMark)
	}
	if len(line) == 0 {
		return s.dispatch(handle)
	}
	if line[0] == ':' { // a comment, without its text
		s.isComment = true
		err := handle(nil)
		s.isComment = false
		return err
	}
	return s.readField(line)
}

// readField adds the value of a data field to the event, notes its name, and ignores the values of other fields.
func (s *Splitter) readField(line []byte) error {
	if !s.hasField {
		s.hasField = true
		s.eventName = s.eventName[:0]
	}
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	if string(name) == "event" {
		s.eventName = append(s.eventName[:0], value...)
	}
	if string(name) != "data" {
		return nil
	}
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

// dispatch calls handle with the data of the event, unless the event has no field, and begins the next event.
func (s *Splitter) dispatch(handle func(data []byte) error) error {
	if !s.hasField {
		return nil
	}
	s.hasField, s.hasData = false, false
	data := s.data
	s.data = s.data[:0]
	return handle(data)
}

// Comment is a comment without text, which keeps a connection open.
const Comment = ":\n\n"

// Append appends an event with the data to dst. The data must not contain line ends.
func Append(dst, data []byte) []byte {
	dst = append(dst, "data: "...)
	dst = append(dst, data...)
	return append(dst, "\n\n"...)
}
