package calls_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/calls"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// rows has each kind of a row.
var rows = []shape.Egress{
	{Against: shape.AgainstStorage, Set: map[string]string{"$.store": "false"}, Drop: shape.List{"$.metadata", "$.labels"}, Forbid: []shape.Forbidden{
		{At: shape.List{"$.store"}, In: shape.List{"true"}, Fault: "It stores.", Remedy: "Do not."},
		{At: shape.List{"$.previous"}, In: shape.List{shape.AnyValue}, Fault: "It goes on.", Remedy: "Send all."},
		{At: shape.List{"$.input[*].type"}, In: shape.List{`"reference"`}, Fault: "It refers.", Remedy: "Send items."},
	}},
	{Against: shape.AgainstTraining, Hosts: shape.List{"router.example", "*.router.example"}, Set: map[string]string{"$.provider.data": `"deny"`, "$.provider.zdr": "true"}},
	{Against: shape.AgainstIdentification, Pseudonymize: shape.List{"$.user", "$.who.id"}},
}

func compile(t *testing.T, host string, lifted ...string) *calls.Settings {
	t.Helper()
	settings, err := calls.Compile(rows, host, lifted, calls.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

var pseudonym = regexp.MustCompile(`"[0-9a-f]{32}"`)

func TestApply(t *testing.T) {
	for _, tc := range []struct{ host, in, want string }{
		{"a.example", `{}`, `{"store":false}`},
		{"a.example", `{"model":"m"}`, `{"model":"m","store":false}`},
		{"a.example", `{"store":false,"a":"metadata"}`, `{"store":false,"a":"metadata"}`},
		{"a.example", `{"store":null,"a":[1]}`, `{"store":false,"a":[1]}`},
		{"a.example", `{"metadata":{"a":"b"}}`, `{"store":false}`},
		{"a.example", `{"metadata":{"a":"b"},"labels":[],"a":1}`, `{"a":1,"store":false}`},
		{"a.example", `{"a":1,"metadata":{"a":"b"},"labels":[]}`, `{"a":1,"store":false}`},
		{"a.example", `{"a":1,"metadata":{"a":"b"},"b":{"metadata":2},"labels":[],"store":false}`, `{"a":1,"b":{"metadata":2},"store":false}`},
		{"a.example", `{"store":false,"labels":[]}`, `{"store":false}`},
		{"a.example", `{"previous":null,"store":false}`, `{"previous":null,"store":false}`},
		{"a.example", `{"input":[{"type":"message"},{"x":"reference"},"reference"],"store":false}`, `{"input":[{"type":"message"},{"x":"reference"},"reference"],"store":false}`},
		{"a.example", `{"user":"ada","store":false}`, `{"user":PSEUDONYM,"store":false}`},
		{"a.example", `{"user":7,"who":{"id":"x","b":1},"store":false}`, `{"user":PSEUDONYM,"who":{"id":PSEUDONYM,"b":1},"store":false}`},
		{"a.example", `{"user":"","who":{"id":null},"store":false}`, `{"user":"","who":{"id":null},"store":false}`},
		{"a.example", `{"user":{"name":"ada"},"who":"ada","store":false}`, `{"user":{"name":"ada"},"who":"ada","store":false}`},
		{"router.example", `{"store":false}`, `{"store":false,"provider":{"data":"deny","zdr":true}}`},
		{"eu.router.example", `{"store":false,"provider":null}`, `{"store":false,"provider":{"data":"deny","zdr":true}}`},
		{"router.example", `{"store":false,"provider":{"data":"allow","order":["a"]}}`, `{"store":false,"provider":{"data":"deny","order":["a"],"zdr":true}}`},
		{"evilrouter.example", `{"store":false}`, `{"store":false}`},
		{"a.example", `[{"store":true}]`, `[{"store":true}]`},
		{"a.example", ``, ``},
	} {
		got, err := compile(t, tc.host).Apply([]byte(tc.in))
		if err != nil {
			t.Errorf("%s: %v", tc.in, err)
		}
		if text := pseudonym.ReplaceAllString(string(got), "PSEUDONYM"); text != tc.want {
			t.Errorf("%s, %s: got %s, want %s", tc.host, tc.in, text, tc.want)
		}
		if len(got) > 0 && !json.Valid(got) {
			t.Errorf("%s becomes %s, which is not JSON", tc.in, got)
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	for in, want := range map[string]string{
		`{"store":true}`: "It stores. Do not.", `{"previous":"r1"}`: "It goes on. Send all.", `{"previous":{}}`: "It goes on. Send all.",
		`{"input":[{"type":"message"},{"type":"reference"}]}`: "It refers. Send items.",
	} {
		_, err := compile(t, "a.example").Apply([]byte(in))
		var why *refusal.Refusal
		if !errors.As(err, &why) || !why.IsFor(refusal.CallForbidden) || why.Error() != want {
			t.Errorf("%s: error is %v, want %s", in, err, want)
		}
	}
}

func TestLiftedRowsDoNotHold(t *testing.T) {
	const in = `{"store":true,"user":"ada"}`
	got, err := compile(t, "a.example", shape.AgainstStorage, shape.AgainstIdentification).Apply([]byte(in))
	if err != nil || string(got) != in {
		t.Errorf("got %s, %v", got, err)
	}
	if s := compile(t, "a.example", shape.AgainstStorage, shape.AgainstIdentification); s != nil {
		t.Error("rows for no host of the processor leave settings")
	}
}

// TestPseudonyms are the same for one person, differ between people, and cannot be made without the key.
func TestPseudonyms(t *testing.T) {
	s := compile(t, "a.example")
	apply := func(s *calls.Settings, user string) string {
		got, err := s.Apply([]byte(`{"user":"` + user + `","store":false}`))
		if err != nil || strings.Contains(string(got), user) {
			t.Fatalf("got %s, %v", got, err)
		}
		return string(got)
	}
	ada := apply(s, "ada@shop.example")
	if ada != apply(s, "ada@shop.example") {
		t.Error("a person has two pseudonyms")
	}
	if ada == apply(s, "joe@shop.example") || ada == apply(compile(t, "a.example"), "ada@shop.example") {
		t.Error("another person, or another key, gives the same pseudonym")
	}
}
