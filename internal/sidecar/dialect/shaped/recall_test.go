package shaped_test

import (
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/shape/example"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// recalling is a shape whose past is a list of messages, with two lists, of which the first gets what the sidecar has said.
const recalling = `
routes:
- {name: ask, method: POST, path: "/ask/{session}", use: turn}
- {name: past, method: GET, path: "/past/{session}", use: history, answer: past}
request:
  places:
  - {at: $, is: message, author: user}
  - {at: $.text, is: prose}
  - {at: $.parent, is: identifier, recalled: true}
answer: {places: [{at: $, is: message, author: assistant}, {at: $.text, is: prose}]}
answers:
  past:
    places:
    - {at: [$.log, $.more], recall: {id: id, before: before, element: '{"id":${id},"after":${last},"all":${before},"in":${session},"at":${date},"text":${text}}'}}
    - {at: ["$.log[*]", "$.more[*]"], is: message}
`

// newRecalling returns the dialect of a route of recalling.
func newRecalling(t *testing.T, route string) *shaped.Format {
	t.Helper()
	s, err := shape.LoadBare("own", []byte(recalling))
	if err != nil {
		t.Fatal(err)
	}
	format, err := example.FormatOf(s, route)
	if err != nil {
		t.Fatal(err)
	}
	return format
}

// TestRecalledTextFollowsTheLastMessage that has an identifier, in the first list that can have it.
func TestRecalledTextFollowsTheLastMessage(t *testing.T) {
	const said = `"in":"c1","at":"2026-11-23T10:00:00Z","text":"He said \"no\"."}`
	format := newRecalling(t, "past")
	for answer, want := range map[string]string{
		`{"log":[{"id":"a"}],"more":[{"id":"b"}]}`: `{"log":[{"id":"a"},{"id":"a-chaperone","after":"a","all":["a"],` + said + `],"more":[{"id":"b"}]}`,
		`{"log":[],"more":[{"id":"b"}]}`:           `{"log":[],"more":[{"id":"b"},{"id":"b-chaperone","after":"b","all":["b"],` + said + `]}`,
		`{"log":[{"id":"a"},{"id":"b","before":["a"]}]}`: `{"log":[{"id":"a"},{"id":"b","before":["a"]},` +
			`{"id":"b-chaperone","after":"b","all":["a","b"],` + said + `]}`,
		`{"log":[{"id":"a","before":[7]}]}`:  `{"log":[{"id":"a","before":[7]},{"id":"a-chaperone","after":"a","all":["a"],` + said + `]}`,
		`{"log":[{"id":"a","before":null}]}`: `{"log":[{"id":"a","before":null},{"id":"a-chaperone","after":"a","all":["a"],` + said + `]}`,
		`{"log":[{"id":"a"},7]}`:             "",
		`{"log":[{"id":"a"},{"id":""}]}`:     "",
		`{"log":[{"id":7}]}`:                 "",
		`{"log":{"id":"a"}}`:                 "",
		`{"other":[{"id":"a"}]}`:             "",
		`[]`:                                 "",
	} {
		out, ok := format.AppendRecalled(nil, []byte(answer), dialect.Said{Text: `He said "no".`, Session: "c1", At: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)})
		if ok != (want != "") || ok && string(out) != want {
			t.Errorf("%s becomes %s (%v), want %s", answer, out, ok, want)
		}
	}
	if !format.Recalls() || newRecalling(t, "ask").Recalls() {
		t.Error("another answer has the text")
	}
}

// TestRequestsNameTheMessageBefore the one that the sidecar has added.
func TestRequestsNameTheMessageBefore(t *testing.T) {
	c := newCodecOn(t, newRecalling(t, "ask"), []string{"email"})
	for parent, want := range map[string]string{
		"a": "a", "a-chaperone": "a", "a-chaperone-chaperone": "a-chaperone", "-chaperone": "", "a-chaperones": "a-chaperones",
		"joe@shop.example-chaperone": "[redacted:email]", "joe@shop.example": "[redacted:email]",
	} {
		var counts redact.Counts
		out, _, err := c.Request(nil, []byte(`{"text":"Hi -chaperone","parent":`+quote(parent)+`}`), &counts)
		if err != nil || string(out) != `{"text":"Hi -chaperone","parent":`+quote(want)+`}` {
			t.Errorf("%s becomes %s (%v)", parent, out, err)
		}
	}
}
