package sandbox

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// maxFrame bounds one message, and with it the input of a rule. The largest declaration with its requirement has under 1 MiB.
const maxFrame = 4 << 20

// request is what the runner asks of the worker. The first message of all are its Limits.
type request struct {
	// Source is to be compiled and kept under Program; no rule is asked then.
	Source *Source `json:"source,omitempty"`
	// Program is the key of a source.
	Program string `json:"program"`
	// Rule is the id of the rule to evaluate.
	Rule string `json:"rule,omitempty"`
	// Input says that a frame with the input follows; otherwise it is the same as before.
	Input bool `json:"input,omitempty"`
}

// answer is what the worker says. At most one of the fields is set, but for Ends.
type answer struct {
	// Rules are those of the source that was compiled.
	Rules []Rule `json:"rules,omitempty"`
	// Faults are what is wrong with the source.
	Faults []string `json:"faults,omitempty"`
	// Findings are what the rule found.
	Findings []Finding `json:"findings,omitempty"`
	// Failure says why the rule gave no findings.
	Failure string `json:"failure,omitempty"`
	// Limit is the one that was exceeded.
	Limit string `json:"limit,omitempty"`
	// Ends says that the worker could not stop what it did, and ends itself.
	Ends bool `json:"ends,omitempty"`
}

// writeFrame writes the length, four bytes with the most significant first, then the content.
func writeFrame(w io.Writer, content []byte) error {
	if len(content) > maxFrame {
		return fmt.Errorf("a message of %d bytes; at most %d are allowed", len(content), maxFrame)
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(content)), uint32(len(content)))
	_, err := w.Write(append(frame, content...))
	return err
}

// readFrame reads what writeFrame wrote. The end before the first byte is io.EOF. No more is reserved than arrives.
func readFrame(r io.Reader) ([]byte, error) {
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

func writeMessage(w io.Writer, message any) error {
	content, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	return writeFrame(w, content)
}

// readMessage reads a message whose every member is known. Numbers stay as they are written.
func readMessage(r io.Reader, into any) error {
	content, err := readFrame(r)
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
