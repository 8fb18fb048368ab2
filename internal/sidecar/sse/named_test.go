package sse_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// splitNamed returns the documents of a stream, and writes each of them again.
func splitNamed(stream string, size int) (documents []string, again string, err error) {
	var s sse.NamedSplitter
	var out []byte
	take := func(document []byte) error {
		documents = append(documents, string(document))
		if len(document) > 0 {
			out = sse.AppendNamed(out, document)
		}
		return nil
	}
	for rest := stream; rest != "" && err == nil; {
		n := min(size, len(rest))
		err = s.Write([]byte(rest[:n]), take)
		rest = rest[n:]
	}
	if err == nil {
		err = s.Close(take)
	}
	return documents, string(out), err
}

func TestNamedSplitterDoesNotDependOnTheCuts(t *testing.T) {
	for name, tc := range map[string]struct {
		stream, again string
		want          []string
	}{
		"name and data":           {"event: a\ndata: {\"b\":1}\nid: 1\n\n", "event: a\ndata: {\"b\":1}\n\n", []string{`{"event":"a","data":{"b":1}}`}},
		"data before the name":    {"data:1\nevent:a\n\n", "event: a\ndata: 1\n\n", []string{`{"event":"a","data":1}`}},
		"no data":                 {"event: end\n\n", "event: end\n\n", []string{`{"event":"end"}`}},
		"no name":                 {"data: 1\n\n", "data: 1\n\n", []string{`{"data":1}`}},
		"a name for one event":    {"event: a\ndata: 1\n\ndata: 2\n\n", "event: a\ndata: 1\n\ndata: 2\n\n", []string{`{"event":"a","data":1}`, `{"data":2}`}},
		"data of several lines":   {"event: a\r\ndata: [1,\r\ndata: 2]\r\n\r\n", "event: a\ndata: [1,\ndata: 2]\n\n", []string{"{\"event\":\"a\",\"data\":[1,\n2]}"}},
		"comment inside":          {"event: a\n: joe\ndata: 1\n\n", "event: a\ndata: 1\n\n", []string{"", `{"event":"a","data":1}`}},
		"retry alone":             {"retry: 5\n\n", "", []string{""}},
		"name with quotes":        {"event: a\"b\ndata: 1\n\n", "event: a\"b\ndata: 1\n\n", []string{`{"event":"a\"b","data":1}`}},
		"the latest of two names": {"event: a\nevent: b\n\n", "event: b\n\n", []string{`{"event":"b"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			for size := 1; size <= len(tc.stream); size++ {
				documents, again, err := splitNamed(tc.stream, size)
				if diff := cmp.Diff(tc.want, documents); err != nil || diff != "" || again != tc.again {
					t.Fatalf("by %d bytes: error is %v, events again %q, documents (-want +got):\n%s", size, err, again, diff)
				}
			}
		})
	}
}

func TestNamedSplitterRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		stream string
		want   error
	}{
		"text":                       {"event: a\ndata: joe\n\n", sse.ErrNotJSON},
		"data that closes the event": {"event: a\ndata: 1},\"x\":{\"y\":2\n\n", sse.ErrNotJSON},
		"two values":                 {"data: 1\ndata: 2\n\n", sse.ErrNotJSON},
		"long name":                  {"event: " + strings.Repeat("a", 300) + "\n\n", sse.ErrTooLong},
	} {
		if _, _, err := splitNamed(tc.stream, 7); !errors.Is(err, tc.want) {
			t.Errorf("%s: error is %v, want %v", name, err, tc.want)
		}
	}
}

// TestAppendNamedWritesOneEvent: the text of a document cannot begin another line.
func TestAppendNamedWritesOneEvent(t *testing.T) {
	got := string(sse.AppendNamed(nil, []byte(`{"event":"a\r\ndata: 9\n\n","data":"b\n\nc"}`)))
	if want := "event: a\ndata: \"b\\n\\nc\"\n\n"; got != want {
		t.Errorf("event is %q, want %q", got, want)
	}
}

// FuzzNamedSplitter: the documents do not depend on the cuts, and an event that is written again is read as the same document.
func FuzzNamedSplitter(f *testing.F) {
	f.Add("event: a\ndata: {\"b\":1}\n\ndata: 2\n\nevent: end\n\n", uint8(3))
	f.Add(": c\nevent: a\r\ndata: [1,\r\ndata: 2]\r\n\r\n", uint8(1))
	f.Fuzz(func(t *testing.T, stream string, step uint8) {
		if len(stream) > sse.MaxEvent {
			return
		}
		want, again, err := splitNamed(stream, len(stream)+1)
		got, _, _ := splitNamed(stream, int(step)+1)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %d bytes (-want +got):\n%s", int(step)+1, diff)
		}
		want = slices.DeleteFunc(want, func(document string) bool { return document == "" })
		if got, _, _ := splitNamed(again, len(again)+1); err == nil && !cmp.Equal(want, got, cmpopts.EquateEmpty()) {
			t.Errorf("documents are %q, and after writing %q", want, got)
		}
	})
}
