package sandbox

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func TestFrames(t *testing.T) {
	var pipe bytes.Buffer
	for _, content := range []string{"", "x", string(make([]byte, maxFrame))} {
		if err := WriteFrame(&pipe, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFrame(&pipe)
		if err != nil || string(got) != content {
			t.Errorf("got %d bytes and %v, want %d", len(got), err, len(content))
		}
	}
	if err := WriteFrame(&pipe, make([]byte, maxFrame+1)); err == nil || pipe.Len() > 0 {
		t.Errorf("a frame that is too long was written")
	}
	if _, err := ReadFrame(bytes.NewReader([]byte{0xff, 0, 0, 0, 'x'})); err == nil {
		t.Error("a frame that is too long was read")
	}
	if _, err := ReadFrame(bytes.NewReader([]byte{0, 0, 0, 2, 'x'})); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a frame that ends early: got %v", err)
	}
	if _, err := ReadFrame(&pipe); !errors.Is(err, io.EOF) {
		t.Errorf("no frame: got %v, want io.EOF", err)
	}
}

// FuzzReadMessage reads arbitrary bytes as a response: the result is a message or an error.
func FuzzReadMessage(f *testing.F) {
	for _, seed := range []any{Response{}, Response{Findings: []Finding{{Action: "deny", Found: 1}}}, Response{Limit: LimitTime, Ends: true}} {
		var frame bytes.Buffer
		if err := WriteMessage(&frame, seed); err != nil {
			f.Fatal(err)
		}
		f.Add(frame.Bytes())
	}
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Add([]byte("\x00\x00\x00\x02[]"))
	f.Fuzz(func(t *testing.T, content []byte) {
		var response Response
		if err := ReadMessage(bytes.NewReader(content), &response); err != nil {
			return
		}
		var again bytes.Buffer
		if err := WriteMessage(&again, response); err != nil {
			t.Errorf("a response that was read cannot be written: %v", err)
		}
	})
}
