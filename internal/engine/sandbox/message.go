package sandbox

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// maxFrame bounds one message, and with it the input of a rule. The largest declaration with its requirement has under 1 MiB.
const maxFrame = 4 << 20

// maxText bounds one fault or failure, in bytes: it may repeat names and values of the module.
const maxText = 500

// Request is what a runner asks of a worker. The first message to a worker are its Limits.
type Request struct {
	// Source is a source to compile and to keep under Program. Such a request asks no rule.
	Source *Source `json:"source,omitempty"`
	// Program is the key of a source.
	Program string `json:"program"`
	// Rule is the id of the rule to evaluate.
	Rule string `json:"rule,omitempty"`
	// Input says that a frame with the input follows; otherwise the input is the last one sent.
	Input bool `json:"input,omitempty"`
}

// Response is what a worker returns. It has at most one of the members, besides Ends.
type Response struct {
	// Rules are those of the source that was compiled.
	Rules []Rule `json:"rules,omitempty"`
	// Faults are what is wrong with the source.
	Faults []string `json:"faults,omitempty"`
	// Findings are those of the rule.
	Findings []Finding `json:"findings,omitempty"`
	// Failure says why the rule has no findings.
	Failure string `json:"failure,omitempty"`
	// Limit is the limit that the rule exceeded: LimitTime or LimitMemory.
	Limit string `json:"limit,omitempty"`
	// Ends is true if the worker could not stop its work and therefore ends.
	Ends bool `json:"ends,omitempty"`
}

// WriteFrame writes the length of the content as a big-endian uint32, then the content.
func WriteFrame(w io.Writer, content []byte) error {
	if len(content) > maxFrame {
		return fmt.Errorf("a message of %d bytes; at most %d are allowed", len(content), maxFrame)
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(content)), uint32(len(content)))
	_, err := w.Write(append(frame, content...))
	return err
}

// ReadFrame reads what WriteFrame wrote. It returns io.EOF if the input ends before the first byte. It does not trust the length in the
// frame: it allocates memory only for bytes that arrive.
func ReadFrame(r io.Reader) ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(header[:])
	if n > maxFrame {
		return nil, fmt.Errorf("a message of %d bytes; at most %d are allowed", n, maxFrame)
	}
	var content bytes.Buffer
	if _, err := io.CopyN(&content, r, int64(n)); err != nil {
		return nil, fmt.Errorf("a message of %d bytes ends early: %w", n, io.ErrUnexpectedEOF)
	}
	return content.Bytes(), nil
}

// WriteMessage writes a message as JSON in a frame.
func WriteMessage(w io.Writer, message any) error {
	content, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	return WriteFrame(w, content)
}

// ReadMessage reads a message. It returns an error for an unknown member. It keeps numbers as they are written, as json.Number.
func ReadMessage(r io.Reader, into any) error {
	content, err := ReadFrame(r)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("decode message: %w", err)
	}
	return nil
}

// Shorten cuts a text for people at 500 bytes, between two characters.
func Shorten(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}
