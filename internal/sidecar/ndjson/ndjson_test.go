package ndjson_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/ndjson"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// split returns the lines of a stream that arrives in pieces.
func split(pieces ...string) ([]string, error) {
	var s ndjson.Splitter
	var lines []string
	take := func(data []byte) error {
		lines = append(lines, string(data))
		return nil
	}
	for _, piece := range pieces {
		if err := s.Write([]byte(piece), take); err != nil {
			return lines, err
		}
	}
	return lines, s.Close(take)
}

func TestSplitterForEveryCut(t *testing.T) {
	cases := map[string]struct {
		stream string
		want   []string
	}{
		"lines":                      {"{\"a\":1}\n{\"b\":2}\n", []string{`{"a":1}`, `{"b":2}`}},
		"last line without an end":   {"{}\n{\"b\":2}", []string{`{}`, `{"b":2}`}},
		"carriage returns":           {"{}\r\n{}\r\n", []string{`{}`, `{}`}},
		"empty lines":                {"\n\n{}\n\r\n{}\n\n", []string{`{}`, `{}`}},
		"byte order mark":            {"\ufeff{}\n{}", []string{`{}`, `{}`}},
		"byte order mark, not first": {"{}\n\ufeff{}\n", []string{`{}`, "\ufeff{}"}},
		"nothing":                    {"", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for cut := range len(tc.stream) + 1 {
				got, err := split(tc.stream[:cut], tc.stream[cut:])
				if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
					t.Fatalf("cut at %d: error is %v, lines (-want +got):\n%s", cut, err, diff)
				}
			}
		})
	}
}

func TestSplitterBoundsLines(t *testing.T) {
	longest := strings.Repeat("a", sse.MaxEvent)
	for name, tc := range map[string]struct {
		pieces []string
		want   error
	}{
		"longest line":                        {[]string{longest + "\r\n"}, nil},
		"longest line in two pieces":          {[]string{longest[1:], "a\n"}, nil},
		"one byte more":                       {[]string{longest + "a\n"}, sse.ErrTooLong},
		"one byte more without an end":        {[]string{longest + "a"}, sse.ErrTooLong},
		"much more in two pieces, without it": {[]string{longest, "aa"}, sse.ErrTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := split(tc.pieces...); !errors.Is(err, tc.want) {
				t.Errorf("error is %v, want %v", err, tc.want)
			}
		})
	}
}

func TestSplitterStopsAtAnError(t *testing.T) {
	wrong := errors.New("wrong")
	var s ndjson.Splitter
	lines := 0
	take := func([]byte) error {
		lines++
		return wrong
	}
	if err := s.Write([]byte("{}\n{}\n"), take); !errors.Is(err, wrong) || lines != 1 {
		t.Errorf("error is %v after %d lines", err, lines)
	}
}

func TestAppend(t *testing.T) {
	if got := string(ndjson.Append([]byte("a\n"), []byte("{}"))); got != "a\n{}\n" {
		t.Errorf("lines are %q", got)
	}
}
