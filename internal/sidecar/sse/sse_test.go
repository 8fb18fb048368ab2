package sse_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

func split(t testing.TB, pieces ...string) []string {
	t.Helper()
	var s sse.Splitter
	var got []string
	take := func(data []byte) error {
		got = append(got, string(data))
		return nil
	}
	for _, piece := range pieces {
		if err := s.Write([]byte(piece), take); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(take); err != nil {
		t.Fatal(err)
	}
	return got
}

var streams = map[string]struct {
	stream string
	want   []string
}{
	"line feeds":                {"data: a\n\ndata: b\n\n", []string{"a", "b"}},
	"carriage returns":          {"data: a\r\rdata: b\r\r", []string{"a", "b"}},
	"both":                      {"data: a\r\n\r\ndata: b\r\n\r\n", []string{"a", "b"}},
	"mixed":                     {"data: a\r\n\ndata: b\n\r\ndata: c\r\n\r", []string{"a", "b", "c"}},
	"several data lines":        {"data: a\ndata: b\ndata\ndata:c\n\n", []string{"a\nb\n\nc"}},
	"no space behind the colon": {"data:a\n\ndata:  b\n\n", []string{"a", " b"}},
	"names, ids are dropped":    {"event: joe\nid: joe\nretry: 5\ndata: a\n\n", []string{"a"}},
	"comments are emptied":      {": joe@shop.example\n\ndata: a\n:joe\ndata: b\n\n", []string{"", "", "a\nb"}},
	"field in another spelling": {"Data: a\ndatum: b\n\n", []string{""}},
	"event without data":        {"event: x\n\n\n\n", []string{""}},
	"event with empty data":     {"data:\n\ndata: \n\ndata\n\n", []string{"", "", ""}},
	"byte order mark":           {"\ufeffdata: a\n\n\ufeffdata: b\n\n", []string{"a", ""}},
	"end without an empty line": {"data: a\n\ndata: b", []string{"a", "b"}},
	"data with colons":          {"data: {\"a\":\"b: c\"}\n\n", []string{`{"a":"b: c"}`}},
	"characters beyond ASCII":   {"data: Grüße 😀\r\n\r\n", []string{"Grüße 😀"}},
	"empty stream":              {"", nil},
}

func TestSplitter(t *testing.T) {
	for name, tc := range streams {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, split(t, tc.stream)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSplitterDoesNotDependOnTheCuts(t *testing.T) {
	for name, tc := range streams {
		t.Run(name, func(t *testing.T) {
			for i := range len(tc.stream) {
				for j := i; j <= len(tc.stream); j++ {
					got := split(t, tc.stream[:i], tc.stream[i:j], tc.stream[j:])
					if diff := cmp.Diff(tc.want, got); diff != "" {
						t.Fatalf("cut at %d and %d (-want +got):\n%s", i, j, diff)
					}
				}
			}
		})
	}
}

func TestSplitterRefusesLongEvents(t *testing.T) {
	cases := map[string]struct{ piece string }{
		"one line":   {"data: " + strings.Repeat("x", 1000)},
		"many lines": {"data: " + strings.Repeat("x", 1000) + "\n"},
		"comment":    {": " + strings.Repeat("x", 1000)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var s sse.Splitter
			var err error
			for range 100 {
				if err = s.Write([]byte(tc.piece), func([]byte) error { return nil }); err != nil {
					break
				}
			}
			if !errors.Is(err, sse.ErrTooLong) {
				t.Errorf("error is %v, want ErrTooLong", err)
			}
		})
	}
}

func TestSplitterStopsAtAnError(t *testing.T) {
	var s sse.Splitter
	want := errors.New("stop")
	calls := 0
	err := s.Write([]byte("data: a\n\ndata: b\n\n"), func([]byte) error {
		calls++
		return want
	})
	if !errors.Is(err, want) || calls != 1 {
		t.Errorf("error is %v after %d calls, want %v after one", err, calls, want)
	}
}

func TestAppendIsReadBack(t *testing.T) {
	stream := sse.Append(sse.Append(nil, []byte(`{"a":1}`)), []byte("[DONE]"))
	if diff := cmp.Diff([]string{`{"a":1}`, "[DONE]"}, split(t, string(stream))); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func FuzzSplitter(f *testing.F) {
	for _, tc := range streams {
		f.Add([]byte(tc.stream), uint8(3))
	}
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		if len(stream) > sse.MaxEvent {
			return
		}
		want := split(t, string(stream))
		var pieces []string
		for piece := range bytes.SplitSeq(stream, nil) {
			pieces = append(pieces, string(piece))
		}
		if diff := cmp.Diff(want, split(t, pieces...)); diff != "" {
			t.Errorf("byte by byte (-want +got):\n%s", diff)
		}
		size := int(step) + 1
		pieces = nil
		for rest := string(stream); rest != ""; {
			n := min(size, len(rest))
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		if diff := cmp.Diff(want, split(t, pieces...)); diff != "" {
			t.Errorf("by %d bytes (-want +got):\n%s", size, diff)
		}
	})
}
