package ndjson

import (
	"bytes"
	"regexp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// code is what a line of a PrefixSplitter begins with.
var code = regexp.MustCompile(`^[0-9A-Za-z_]{1,32}$`)

// PrefixSplitter splits a stream of lines such as 0:"text" into documents, {"event": "0", "data": "text"}. The zero value is at the start of a
// stream.
type PrefixSplitter struct {
	lines Splitter
	// document is a buffer for one document.
	document []byte
}

// Write takes the next bytes and calls handle for the document of each complete line, which is valid only until handle returns. It returns the
// first error of handle, sse.ErrTooLong, or sse.ErrNotJSON for a line that is not a code before JSON; the PrefixSplitter must not be used
// after an error.
func (s *PrefixSplitter) Write(piece []byte, handle func(document []byte) error) error {
	return s.lines.Write(piece, func(line []byte) error { return s.handle(line, handle) })
}

// Close ends the stream as Splitter.Close does.
func (s *PrefixSplitter) Close(handle func(document []byte) error) error {
	return s.lines.Close(func(line []byte) error { return s.handle(line, handle) })
}

func (s *PrefixSplitter) handle(line []byte, next func(document []byte) error) error {
	name, data, _ := bytes.Cut(line, []byte(":"))
	if !code.Match(name) || len(data) == 0 {
		return sse.ErrNotJSON
	}
	var err error
	if s.document, err = sse.AppendDocument(s.document[:0], name, data); err != nil {
		return err
	}
	return next(s.document)
}

// AppendPrefixed appends the line of a document that has both members as PrefixSplitter writes them. It appends nothing for any other
// document.
func AppendPrefixed(dst, document []byte) []byte {
	name, data := sse.CutDocument(document)
	if !code.MatchString(name) || len(data) == 0 {
		return dst
	}
	dst = append(append(dst, name...), ':')
	// A line end between the tokens of JSON means nothing.
	return append(append(dst, bytes.ReplaceAll(data, []byte("\n"), []byte(" "))...), '\n')
}
