package sandbox

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// maxFrame is the maximum size of a message, and so of the input of a rule, in bytes. The largest allowed declaration gives an input
// of less than 1 MiB.
const maxFrame = 4 << 20

// maxText is the number of bytes to which Shorten cuts a text in Response.Faults or Response.Failure. The `…` that marks the cut and the
// position of a fault come in addition. Such a text can repeat names and values of the module, which can be long.
const maxText = 500

// Request is a message from a runner to a worker: to compile a source, or to evaluate a rule. Before the first request, the runner sends
// the Limits.
type Request struct {
	// Source is the source to compile; nil in a request to evaluate a rule. The worker keeps the compiled program under the key Program.
	Source *Source `json:"source,omitempty"`
	// Program is the key of the program.
	Program string `json:"program"`
	// Rule is the ID of the rule to evaluate.
	Rule string `json:"rule,omitempty"`
	// HasInput is true if a frame with the input follows. Otherwise the worker evaluates the rule for the last input that it received.
	HasInput bool `json:"input,omitempty"`
}

// Response is the response of a worker to a request. At most one member is set, apart from Ends.
type Response struct {
	// Rules are the rules of the compiled source; nil if it does not compile.
	Rules []Rule `json:"rules,omitempty"`
	// Faults are the faults of the source that does not compile.
	Faults []string `json:"faults,omitempty"`
	// Findings are the findings of the evaluated rule.
	Findings []Finding `json:"findings,omitempty"`
	// Failure is the reason why the rule could not be evaluated.
	Failure string `json:"failure,omitempty"`
	// Limit is the limit that the request exceeded: LimitTime or LimitMemory.
	Limit string `json:"limit,omitempty"`
	// Ends is true if the worker ends after this response, because it could not stop its work.
	Ends bool `json:"ends,omitempty"`
}

// WriteFrame writes the length of the content as a big-endian uint32, followed by the content. It returns an error if the content exceeds
// maxFrame.
func WriteFrame(w io.Writer, content []byte) error {
	if len(content) > maxFrame {
		return fmt.Errorf("a message of %d bytes; at most %d are allowed", len(content), maxFrame)
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(content)), uint32(len(content)))
	_, err := w.Write(append(frame, content...))
	return err
}

// ReadFrame reads a frame that WriteFrame wrote, and returns its content. It returns io.EOF if the input ends before the first byte. It
// does not trust the length in the frame: it allocates memory only for the bytes that arrive.
func ReadFrame(r io.Reader) ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(header[:])
	if length > maxFrame {
		return nil, fmt.Errorf("a message of %d bytes; at most %d are allowed", length, maxFrame)
	}
	var content bytes.Buffer
	if _, err := io.CopyN(&content, r, int64(length)); err != nil {
		// Do not wrap err: it can be io.EOF, which callers take for the regular end of the input.
		return nil, fmt.Errorf("a message of %d bytes ends early: %w", length, io.ErrUnexpectedEOF)
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

// ReadMessage reads a message that WriteMessage wrote, and decodes it to the value to which target points. It returns an error for an
// unknown member. Numbers in members of type any become json.Number, which keeps their form.
func ReadMessage(r io.Reader, target any) error {
	content, err := ReadFrame(r)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(target); err != nil {
		return fmt.Errorf("decode message: %w", err)
	}
	return nil
}

// Shorten cuts a text to maxText bytes and appends `…`. It does not cut within a character. It returns a shorter text unchanged.
func Shorten(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}
