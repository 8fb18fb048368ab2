package sse

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// maxName is the largest number of bytes in the name of an event that NamedSplitter passes on.
const maxName = 256

// ErrNotJSON is returned for an event whose data is not JSON.
var ErrNotJSON = errors.New("the data of an event is not JSON")

// NamedSplitter cuts a stream into events whose name says what they are. It passes each on as the document {"event": name, "data": data},
// without the member that the event lacks. The data must be JSON, and what else a Splitter drops, NamedSplitter drops too. The zero value
// is at the start of a stream. It is not safe for concurrent use.
type NamedSplitter struct {
	splitter Splitter
	// document is a buffer for one document.
	document []byte
}

// Write takes the next bytes and calls handle with the document of each event that they complete. The document is valid only during the
// call, and empty for a comment and for an event without name and data. Write returns the first error of handle, ErrTooLong or ErrNotJSON.
// The splitter must not be used after an error.
func (s *NamedSplitter) Write(piece []byte, handle func(document []byte) error) error {
	return s.splitter.Write(piece, func(data []byte) error { return s.handle(data, handle) })
}

// Close ends the stream as Splitter.Close does.
func (s *NamedSplitter) Close(handle func(document []byte) error) error {
	return s.splitter.Close(func(data []byte) error { return s.handle(data, handle) })
}

// handle calls next with the document of an event. A comment inside of an event, whose data is empty, is passed on before the event.
func (s *NamedSplitter) handle(data []byte, next func(document []byte) error) error {
	name := s.splitter.eventName
	if s.splitter.isComment || len(data) == 0 && len(name) == 0 {
		return next(nil)
	}
	var err error
	if s.document, err = AppendDocument(s.document[:0], name, data); err != nil {
		return err
	}
	return next(s.document)
}

// AppendDocument appends {"event": name, "data": data}, without the member that is empty. It returns ErrTooLong for a long name, and
// ErrNotJSON for data that is not JSON.
func AppendDocument(dst, name, data []byte) ([]byte, error) {
	switch {
	case len(name) > maxName:
		return dst, ErrTooLong
	case len(data) > 0 && !json.Valid(data):
		// Only valid data cannot end the member in which it stands.
		return dst, ErrNotJSON
	}
	dst = append(dst, '{')
	if len(name) > 0 {
		dst = jsontext.AppendString(append(dst, `"event":`...), name)
	}
	if len(name) > 0 && len(data) > 0 {
		dst = append(dst, ',')
	}
	if len(data) > 0 {
		dst = append(append(dst, `"data":`...), data...)
	}
	return append(dst, '}'), nil
}

// CutDocument returns the members of a document that AppendDocument can write, or empty ones. The name is one line.
func CutDocument(document []byte) (name string, data []byte) {
	var event struct {
		Event string
		Data  json.RawMessage
	}
	if json.Unmarshal(document, &event) != nil {
		return "", nil
	}
	name, _, _ = strings.Cut(event.Event, "\n")
	name, _, _ = strings.Cut(name, "\r")
	return name, event.Data
}

// AppendNamed appends the event of a document that has members as NamedSplitter writes them. It appends nothing for any other document.
func AppendNamed(dst, document []byte) []byte {
	name, data := CutDocument(document)
	if name != "" {
		dst = append(append(append(dst, "event: "...), name...), '\n')
	}
	for line := range bytes.Lines(data) {
		dst = append(append(append(dst, "data: "...), bytes.TrimRight(line, "\r\n")...), '\n')
	}
	if name == "" && len(data) == 0 {
		return dst
	}
	return append(dst, '\n')
}
