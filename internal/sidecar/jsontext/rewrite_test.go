package jsontext_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

const (
	fieldText jsontext.Field = iota + 1
	fieldDrop
	fieldRefuse
	fieldList
)

var errRefused = errors.New("refused")

// tracer writes strings in upper case, drops fieldDrop, refuses fieldRefuse and tells what it was shown.
type tracer struct{ log []string }

func (tr *tracer) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	tr.log = append(tr.log, fmt.Sprintf("value %d kind %d in %d", p.Field, kind, p.Parent))
	if p.Field == fieldRefuse {
		return false, errRefused
	}
	return p.Field != fieldDrop, nil
}

func (tr *tracer) VisitKey(_ *jsontext.Place, name []byte) error {
	tr.log = append(tr.log, "key "+string(name))
	return nil
}

func (tr *tracer) VisitText(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	tr.log = append(tr.log, fmt.Sprintf("text %d %q %v", p.Field, text, p.Index[:p.Arrays]))
	upper := strings.ToUpper(string(text))
	return append(dst, upper...), upper != string(text), nil
}

func (tr *tracer) VisitScalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	tr.log = append(tr.log, fmt.Sprintf("scalar %d %s key %q", p.Field, raw, p.Key))
	if string(raw) == "4111" {
		return []byte("card"), nil
	}
	return nil, nil
}

var shape = jsontext.NewTree(&jsontext.Node{Members: map[string]*jsontext.Node{
	"text":   {Field: fieldText},
	"drop":   {Field: fieldDrop},
	"zero":   {Field: fieldDrop, Substitute: "0"},
	"refuse": {Field: fieldRefuse},
	"list": {Field: fieldList, Elements: &jsontext.Node{Members: map[string]*jsontext.Node{
		"text": {Field: fieldText},
	}}},
}})

func TestSubstitute(t *testing.T) {
	got, err := jsontext.Rewrite(nil, []byte(`{"drop":17,"zero":17,"x":{"zero":17}}`), shape, &tracer{})
	if diff := cmp.Diff(`{"drop":null,"zero":0,"x":{"zero":17}}`, string(got)); err != nil || diff != "" {
		t.Errorf("error is %v, document (-want +got):\n%s", err, diff)
	}
}

func TestRewriteShowsEveryValueAndWritesTheDecodedForm(t *testing.T) {
	src := ` {"text" : "a\u0062\n\"\\\/", "x":[1,-2.5e3, true,null ,"q"],"\u006b": 4111,
		"list":[{"text":"one"},{"text":"two","in":{"y":["z"]}}], "drop": {"text":"secret","deep":[1]} } `
	tr := &tracer{}
	got, err := jsontext.Rewrite([]byte("> "), []byte(src), shape, tr)
	if err != nil {
		t.Fatal(err)
	}
	want := `> {"text":"AB\n\"\\/","x":[1,-2.5e3,true,null,"Q"],"k":"card",` +
		`"list":[{"text":"ONE"},{"text":"TWO","in":{"y":["Z"]}}],"drop":null}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	wantLog := []string{
		"value 1 kind 2 in 0", `text 1 "ab\n\"\\/" []`,
		"key x", `scalar 0 1 key ""`, `scalar 0 -2.5e3 key ""`, `scalar 0 true key ""`, `scalar 0 null key ""`, `text 0 "q" [4]`,
		"key k", `scalar 0 4111 key "k"`,
		"value 4 kind 1 in 0", "value 1 kind 2 in 0", `text 1 "one" [0]`, "value 1 kind 2 in 0", `text 1 "two" [1]`,
		"key in", "key y", `text 0 "z" [1 0]`,
		"value 2 kind 0 in 0",
	}
	if diff := cmp.Diff(wantLog, tr.log); diff != "" {
		t.Errorf("visits (-want +got):\n%s", diff)
	}
}

func TestRewriteReturnsTheVisitorsError(t *testing.T) {
	_, err := jsontext.Rewrite(nil, []byte(`{"refuse":1}`), shape, &tracer{})
	if !errors.Is(err, errRefused) {
		t.Errorf("error is %v, want the visitor's", err)
	}
}

func TestRewriteRefuses(t *testing.T) {
	cases := map[string]struct{ src, want string }{
		"nothing":                            {``, "a value is missing"},
		"member given twice":                 {`{"a":1,"a":2}`, "given twice"},
		"member given twice, escaped once":   {`{"a":1,"\u0061":2}`, "given twice"},
		"member given twice in a long list":  {`{` + manyMembers(40) + `"k39":1}`, "given twice"},
		"member given twice inside a value":  {`[{"a":{"b":1,"b":1}}]`, "given twice"},
		"member given twice in a dropped":    {`{"drop":{"a":1,"a":2}}`, "given twice"},
		"data after the end":                 {`{} {}`, "after the end"},
		"two lines":                          {"{}\n{}", "after the end"},
		"broken UTF-8":                       {"\"\xff\"", "not UTF-8"},
		"overlong UTF-8":                     {"\"\xc0\xaf\"", "not UTF-8"},
		"byte order mark":                    {"\ufeff{}", "missing or malformed"},
		"half a surrogate pair":              {`"\ud800"`, "half a surrogate"},
		"half a surrogate pair and a letter": {`"\ud800\u0041"`, "half a surrogate"},
		"surrogates in the wrong order":      {`"\udc00\ud800"`, "half a surrogate"},
		"unknown escape":                     {`"\x41"`, "unknown escape"},
		"short escape":                       {`"\u12"`, "malformed escape"},
		"control character":                  {"\"a\nb\"", "control character"},
		"control character behind backslash": {"\"a\\\nb\"", "unknown escape"},
		"string that does not end":           {`"abc`, "does not end"},
		"string that ends in a backslash":    {`"abc\`, "does not end"},
		"leading zero":                       {`01`, "number is malformed"},
		"bare minus":                         {`-`, "number is malformed"},
		"fraction without digits":            {`1.`, "number is malformed"},
		"exponent without digits":            {`1e`, "number is malformed"},
		"number beyond float64":              {`1e400`, "out of range"},
		"number beyond float64, digits":      {`2` + strings.Repeat("0", 308), "out of range"},
		"number beyond float64, fraction":    {`-2` + strings.Repeat("0", 308) + `.5`, "out of range"},
		"nested one too deep":                {strings.Repeat("[", jsontext.MaxDepth+1) + strings.Repeat("]", jsontext.MaxDepth+1), "too deeply"},
		"nested one too deep, mixed":         {strings.Repeat(`[{"a":`, jsontext.MaxDepth/2) + `[]` + strings.Repeat("}]", jsontext.MaxDepth/2), "too deeply"},
		"not a number":                       {`NaN`, "missing or malformed"},
		"wrong literal":                      {`nil`, "missing or malformed"},
		"single quotes":                      {`{'a':1}`, "no name"},
		"comma before the end":               {`[1,]`, "comma precedes"},
		"comma before the end of an object":  {`{"a":1,}`, "comma precedes"},
		"missing comma":                      {`[1 2]`, "comma or the end"},
		"missing colon":                      {`{"a" 1}`, "colon"},
		"missing value":                      {`{"a":}`, "missing or malformed"},
		"array that does not end":            {`[1`, "comma or the end"},
		"nested too deep":                    {strings.Repeat("[", 100000), "too deeply"},
		"comment":                            {`{/**/}`, "no name"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := jsontext.Rewrite(nil, []byte(tc.src), shape, &tracer{})
			var wrong *jsontext.Error
			if !errors.As(err, &wrong) {
				t.Fatalf("error is %v, document %q, want an *Error", err, out)
			}
			if !strings.Contains(wrong.What, tc.want) {
				t.Errorf("error is %q, want it to hold %q", wrong.What, tc.want)
			}
		})
	}
}

func manyMembers(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "\"k%d\":1,", i)
	}
	return text.String()
}

// keeper leaves everything as it is.
type keeper struct{}

func (keeper) VisitValue(*jsontext.Place, jsontext.Kind) (bool, error) { return true, nil }
func (keeper) VisitKey(*jsontext.Place, []byte) error                  { return nil }
func (keeper) VisitText(_ *jsontext.Place, dst, _ []byte) ([]byte, bool, error) {
	return dst, false, nil
}
func (keeper) VisitScalar(*jsontext.Place, []byte) ([]byte, error) { return nil, nil }

func FuzzRewrite(f *testing.F) {
	for _, seed := range []string{
		`{"text":"a\u0062\n\"\\\/","x":[1,-2.5e3,true,null,"q"]}`, `"\ud83d\ude00"`, `[[[]]]`, `{"a":{"b":[{},[],""]}}`, `1e400`, `{"a":1,"a":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := jsontext.Rewrite(nil, src, shape, keeper{})
		if err != nil {
			return
		}
		var before, after any
		if err := json.Unmarshal(src, &before); err != nil {
			t.Fatalf("took %q, which encoding/json refuses: %v", src, err)
		}
		if err := json.Unmarshal(out, &after); err != nil {
			t.Fatalf("wrote %q, which encoding/json refuses: %v", out, err)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%q became %q:\n%s", src, out, diff)
		}
		again, err := jsontext.Rewrite(nil, out, shape, keeper{})
		if err != nil || string(again) != string(out) {
			t.Errorf("%q is rewritten to %q (%v)", out, again, err)
		}
	})
}

func BenchmarkRewrite(b *testing.B) {
	src := []byte(`{"model":"m","messages":[{"role":"system","content":"You help."},{"role":"user","content":"` +
		strings.Repeat("Where is my parcel? ", 40) + `"}],"temperature":0.2,"stream":false}`)
	b.SetBytes(int64(len(src)))
	var out []byte
	for b.Loop() {
		out, _ = jsontext.Rewrite(out[:0], src, shape, keeper{})
	}
}
