// Package awsstream splits and writes streams in the binary encoding of AWS (application/vnd.amazon.eventstream), in which each event has
// headers, a payload and two checksums.
//
// To its users an event is the JSON object {"type":payload}, with the type that the headers name. An exception is an event whose type ends in
// "Exception". All other headers are dropped: nothing inspects them.
package awsstream

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// ErrMalformed is returned for an event with a wrong length or checksum, without a type, or with a payload that is no JSON, and for a
// stream that ends in the middle of an event.
var ErrMalformed = errors.New("the stream is not in the encoding of AWS")

const (
	// maxFrame is the largest number of bytes of an event: the payload, with 4 KiB for the headers and the checksums around it.
	maxFrame = sse.MaxEvent + 4<<10
	// minFrame is the number of bytes of an event without headers and payload.
	minFrame = 16
	// exceptionSuffix ends the types of exceptions.
	exceptionSuffix = "Exception"
	jsonType        = "application/json"
)

// The headers of an event, and the values of kindHeader.
const (
	kindHeader          = ":message-type"
	contentTypeHeader   = ":content-type"
	typeHeader          = ":event-type"
	exceptionTypeHeader = ":exception-type"
	errorCodeHeader     = ":error-code"
	errorMessageHeader  = ":error-message"
	kindEvent           = "event"
	kindException       = "exception"
	kindError           = "error"
)

var typePattern = regexp.MustCompile(`^[A-Za-z-]{1,64}$`)

// Splitter splits a stream into events. The zero value is at the start of a stream.
type Splitter struct {
	// frame is the start of an event whose end has not arrived.
	frame []byte
}

// Write takes the next bytes of the stream and calls handle for each complete event, whose data is valid only until handle returns. It
// returns the first error of handle, sse.ErrTooLong for an event of more than sse.MaxEvent bytes, or ErrMalformed; the Splitter must not
// be used after an error.
func (s *Splitter) Write(piece []byte, handle func(data []byte) error) error {
	for len(piece) > 0 {
		missing, err := s.countMissing()
		if err != nil {
			return err
		}
		taken := min(missing, len(piece))
		s.frame = append(s.frame, piece[:taken]...)
		piece = piece[taken:]
		if missing, err = s.countMissing(); err != nil || missing > 0 {
			continue // The next round returns the error.
		}
		data, err := decode(s.frame)
		if err != nil {
			return err
		}
		s.frame = s.frame[:0]
		if err := handle(data); err != nil {
			return err
		}
	}
	_, err := s.countMissing()
	return err
}

// Close ends the stream. It returns ErrMalformed in the middle of an event.
func (s *Splitter) Close(func(data []byte) error) error {
	if len(s.frame) > 0 {
		return ErrMalformed
	}
	return nil
}

// countMissing returns how many bytes of the event are missing, or of the length with which it begins. It checks the length as soon as it is
// known.
func (s *Splitter) countMissing() (int, error) {
	const lengthBytes = 4
	if len(s.frame) < lengthBytes {
		return lengthBytes - len(s.frame), nil
	}
	length := binary.BigEndian.Uint32(s.frame)
	switch {
	case length < minFrame:
		return 0, ErrMalformed
	case length > maxFrame:
		return 0, sse.ErrTooLong
	}
	return int(length) - len(s.frame), nil
}

// decode returns a complete event as a JSON object with one member: its name is the type of the event, and its value the payload.
func decode(frame []byte) ([]byte, error) {
	message, err := eventstream.NewDecoder().Decode(bytes.NewReader(frame), nil)
	if err != nil {
		return nil, ErrMalformed
	}
	if len(message.Payload) > sse.MaxEvent {
		return nil, sse.ErrTooLong
	}
	name, payload := readHeader(message, typeHeader), message.Payload
	switch readHeader(message, kindHeader) {
	case kindEvent:
	case kindException:
		name = readHeader(message, exceptionTypeHeader)
		if !strings.HasSuffix(name, exceptionSuffix) {
			return nil, ErrMalformed
		}
	case kindError:
		return describeError(message)
	default:
		return nil, ErrMalformed
	}
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	contentType := readHeader(message, contentTypeHeader)
	if !typePattern.MatchString(name) || contentType != "" && contentType != jsonType {
		return nil, ErrMalformed
	}
	return append(append(append(append([]byte(`{"`), name...), `":`...), payload...), '}'), nil
}

// readHeader returns the value of a header, or "" if it is missing or no text.
func readHeader(m eventstream.Message, name string) string {
	value, _ := m.Headers.Get(name).(eventstream.StringValue)
	return string(value)
}

// describeError returns the data of an error that has its code and its sentence in headers.
func describeError(m eventstream.Message) ([]byte, error) {
	code, sentence := readHeader(m, errorCodeHeader), readHeader(m, errorMessageHeader)
	return json.Marshal(map[string]any{"internalServerException": map[string]string{"message": code + ": " + sentence}})
}

// Append appends an event with the data.
func Append(dst, data []byte) []byte {
	name, payload, _ := bytes.Cut(bytes.TrimPrefix(data, []byte(`{"`)), []byte(`":`))
	kind, header := kindEvent, typeHeader
	if bytes.HasSuffix(name, []byte(exceptionSuffix)) {
		kind, header = kindException, exceptionTypeHeader
	}
	out := bytes.NewBuffer(dst)
	// Encode returns errors of the buffer, which has none, and for headers and payloads above 128 KiB and 16 MiB.
	_ = eventstream.NewEncoder().Encode(out, eventstream.Message{
		Headers: eventstream.Headers{
			{Name: header, Value: eventstream.StringValue(name)},
			{Name: contentTypeHeader, Value: eventstream.StringValue(jsonType)},
			{Name: kindHeader, Value: eventstream.StringValue(kind)},
		},
		Payload: bytes.TrimSuffix(payload, []byte("}")),
	})
	return out.Bytes()
}
