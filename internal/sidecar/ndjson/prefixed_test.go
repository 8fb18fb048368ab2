package ndjson_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/ndjson"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

func splitPrefixed(stream string, size int) (documents []string, again string, err error) {
	var s ndjson.PrefixSplitter
	var out []byte
	take := func(document []byte) error {
		documents = append(documents, string(document))
		out = ndjson.AppendPrefixed(out, document)
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

func TestPrefixedLinesDoNotDependOnTheCuts(t *testing.T) {
	const stream = "f:{\"messageId\":\"m:1\"}\n0:\"Hi: there\"\r\n2:[1, 2]\n\nd:{}"
	want := []string{`{"event":"f","data":{"messageId":"m:1"}}`, `{"event":"0","data":"Hi: there"}`, `{"event":"2","data":[1, 2]}`, `{"event":"d","data":{}}`}
	for size := 1; size <= len(stream); size++ {
		documents, again, err := splitPrefixed(stream, size)
		if diff := cmp.Diff(want, documents); err != nil || diff != "" || again != "f:{\"messageId\":\"m:1\"}\n0:\"Hi: there\"\n2:[1, 2]\nd:{}\n" {
			t.Fatalf("by %d bytes: error is %v, lines again %q, documents (-want +got):\n%s", size, err, again, diff)
		}
	}
}

func TestPrefixedLinesAreRefused(t *testing.T) {
	for _, stream := range []string{"Hello\n", "0:joe\n", "0:\n", "{\"a\":1}\n", "a b:1\n", "0:1},\"x\":{\"y\":2\n"} {
		if _, _, err := splitPrefixed(stream, 3); !errors.Is(err, sse.ErrNotJSON) {
			t.Errorf("%q: error is %v", stream, err)
		}
	}
}

func TestAppendPrefixedWritesOneLine(t *testing.T) {
	got := string(ndjson.AppendPrefixed(nil, []byte("{\"event\":\"0\",\n\"data\":{\n\"a\":\"b\\nc\"}}")))
	if want := "0:{ \"a\":\"b\\nc\"}\n"; got != want {
		t.Errorf("line is %q, want %q", got, want)
	}
}
