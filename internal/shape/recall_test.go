package shape_test

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// recalling is a shape whose past has what the sidecar has said, in lists of messages.
const recalling = `
routes:
- {name: ask, method: POST, path: "/ask/{session}", use: turn}
- {name: past, method: GET, path: "/past/{session}", use: history, answer: past}
request:
  places:
  - {at: $, is: message, author: user}
  - {at: $.text, is: prose}
  - {at: $.parent, is: identifier, recalled: true}
answer:
  places:
  - {at: $, is: message, author: assistant}
  - {at: $.text, is: prose}
answers:
  past:
    places:
    - {at: $.log, recall: {id: id, before: before, element: '{"id":${id},"text":${text},"before":${before}}'}}
    - {at: "$.log[*]", is: message}
    - {at: "$.log[*].text", is: prose}
examples:
- {name: The past, of: answer, route: past, said: Hello, in: '{"log":[{"id":"a"}]}', texts: [], out: '{"log":[{"id":"a"},{"id":"a-chaperone","text":"Hello","before":["a"]}]}'}
`

// TestLoadRefusesRecalls that nothing could show, or take back.
func TestLoadRefusesRecalls(t *testing.T) {
	if _, err := shape.LoadBare("own", []byte(recalling)); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ old, broken, want string }{
		"no identifier":                 {`"id":${id},`, ``, "answers.past.places[0].recall.element: it has no ${text}, or no ${id}."},
		"no text":                       {`"text":${text}`, `"text":""`, "answers.past.places[0].recall.element: it has no ${text}"},
		"another variable":              {`"text":${text}`, `"text":${rule}`, "recall.element: the variable ${rule} does not exist here: use before, date, id, last, session, text, time"},
		"no member with an identifier":  {`id: id, `, ``, "recall.id: it is empty."},
		"no member with those before":   {`before: before, `, ``, "recall.element: it has ${before}, and recall.before is missing."},
		"elements that are no messages": {`{at: "$.log[*]", is: message}`, `{at: "$.log[*]"}`, `answers.past.places[0].recall: the elements of "$.log" are no messages.`},
		"an unknown key":                {`{id: id, `, `{is: id, `, `unknown field "answers.past.places[0].recall.is"`},
		"a turn":                        {`use: history`, `use: control`, "routes[1].answer: it has a recall, and the route is no history"},
		"no conversation in the path":   {`/past/{session}`, `/past`, "routes[1].answer: it has a recall, and the route is no history, or its path has no {session}."},
		"a request":                     {`{at: $.text, is: prose}`, `{at: $.text, recall: {id: id, element: '[${id},${text}]'}}`, "request.places[1].recall: the place is not in an answer."},
		"a text that is recalled":       {`is: identifier, recalled`, `is: text, recalled`, "request.places[2].recalled: the place is no identifier of a request."},
		"an answer that is recalled":    {`{at: "$.log[*].text", is: prose}`, `{at: "$.log[*].text", is: identifier, recalled: true}`, "answers.past.places[2].recalled: the place is no identifier"},
		"an example of another answer":  {`route: past, said`, `route: ask, said`, "examples[0].said: no list of the answer has a recall."},
		"an example of no route":        {`route: past, said`, `said`, "examples[0].said: no list of the answer has a recall."},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(recalling, tc.old) {
				t.Fatalf("the shape has no %q", tc.old)
			}
			_, err := shape.LoadBare("own", []byte(strings.Replace(recalling, tc.old, tc.broken, 1)))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want one with %q", err, tc.want)
			}
		})
	}
}
