package jsontext_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

func TestSpans(t *testing.T) {
	for document, want := range map[string][]string{
		`{}`: nil, `[]`: nil, `{"a":1}`: {"a=1"}, `[1]`: {"=1"},
		`{"a":"x,}\"]","b":{"c":[1,"}"]},"":null,"d":-1.5e3}`: {`a="x,}\"]"`, `b={"c":[1,"}"]}`, "=null", "d=-1.5e3"},
		`["\\",{"a":"\\\""},[[]],true]`:                       {`="\\"`, `={"a":"\\\""}`, "=[[]]", "=true"},
	} {
		var got []string
		for s := range jsontext.Spans([]byte(document), 0) {
			got = append(got, string(s.Name)+"="+document[s.Value:s.End])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", document, diff)
		}
	}
}
