package jsonarray_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsonarray"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// split returns what the splitter passes on of a stream that arrives in pieces.
func split(pieces ...string) (list []string, err error) {
	var s jsonarray.Splitter
	take := func(data []byte) error {
		list = append(list, string(data))
		return nil
	}
	for _, piece := range pieces {
		if err := s.Write([]byte(piece), take); err != nil {
			return list, err
		}
	}
	return list, s.Close(take)
}

func TestSplitterForEveryCut(t *testing.T) {
	cases := map[string]struct {
		stream string
		want   []string
		err    error
	}{
		"elements":                       {`[{"a":1},{"b":[2,{"c":3}]}]`, []string{`{"a":1}`, `{"b":[2,{"c":3}]}`, "]"}, nil},
		"white space":                    {" \r\n[ {} ,\r\n\t{ } \n] \n", []string{`{}`, `{ }`, "]"}, nil},
		"brackets and commas in strings": {`[{"a":"],[{\"}\\"},"b,]"]`, []string{`{"a":"],[{\"}\\"}`, `"b,]"`, "]"}, nil},
		"scalars":                        {`[1,null,"a"]`, []string{"1", "null", `"a"`, "]"}, nil},
		"empty array":                    {` [ ] `, []string{"]"}, nil},
		"byte order mark":                {"\ufeff[{}]", []string{`{}`, "]"}, nil},
		"what follows is dropped":        {`[{}] joe@shop.example`, []string{`{}`, "]"}, nil},
		"object":                         {` {"error":{"a":"}"}} `, []string{`{"error":{"a":"}"}}`, "]"}, nil},
		"nothing":                        {"", nil, jsonarray.ErrMalformed},
		"text":                           {"data: {}", nil, jsonarray.ErrMalformed},
		"half of a byte order mark":      {"\xef\xbb[{}]", nil, jsonarray.ErrMalformed},
		"byte order mark after a blank":  {" \ufeff[{}]", nil, jsonarray.ErrMalformed},
		"array without an end":           {`[{"a":1},`, []string{`{"a":1}`}, jsonarray.ErrMalformed},
		"element without an end":         {`[{"a":1`, nil, jsonarray.ErrMalformed},
		"object without an end":          {`{"a":1`, nil, jsonarray.ErrMalformed},
		"empty element":                  {`[{},,{}]`, []string{`{}`}, jsonarray.ErrMalformed},
		"comma at the end":               {`[{},]`, []string{`{}`}, jsonarray.ErrMalformed},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for cut := range len(tc.stream) + 1 {
				got, err := split(tc.stream[:cut], tc.stream[cut:])
				if diff := cmp.Diff(tc.want, got); !errors.Is(err, tc.err) || diff != "" {
					t.Fatalf("cut at %d: error is %v, elements (-want +got):\n%s", cut, err, diff)
				}
			}
		})
	}
}

func TestSplitterBoundsElements(t *testing.T) {
	longest := `"` + strings.Repeat("a", sse.MaxEvent-2) + `"`
	for name, tc := range map[string]struct {
		pieces []string
		want   error
	}{
		"longest elements":         {[]string{"[" + longest + "," + longest + "]"}, nil},
		"longest in two pieces":    {[]string{"[" + longest[:9], longest[9:] + "]"}, nil},
		"one byte more":            {[]string{"[" + longest + " ]"}, sse.ErrTooLong},
		"no end":                   {[]string{"[", longest, longest}, sse.ErrTooLong},
		"blanks before an element": {[]string{"[", strings.Repeat(" ", sse.MaxEvent), " "}, sse.ErrTooLong},
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
	count := 0
	var s jsonarray.Splitter
	err := s.Write([]byte(`[{},{}]`), func([]byte) error {
		count++
		return wrong
	})
	if !errors.Is(err, wrong) || count != 1 {
		t.Errorf("error is %v after %d elements", err, count)
	}
}

func TestWriting(t *testing.T) {
	var whole []byte
	for _, data := range []string{`{"a":1}`, `{"b":2}`, jsonarray.End} {
		whole = jsonarray.Append(whole, []byte(data))
	}
	for name, tc := range map[string]struct{ written, want string }{
		"elements":    {string(whole), "[\n{\"a\":1},\n{\"b\":2}\n]"},
		"empty array": {string(jsonarray.Append(nil, []byte(jsonarray.End))), "[\n]"},
	} {
		if diff := cmp.Diff(tc.want, string(jsonarray.Begin([]byte(tc.written)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
