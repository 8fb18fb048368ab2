package shaped_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// artifactForms are events with a piece of an artifact, in both versions of the protocol; the arguments are the identifier, the text, and further
// members.
var artifactForms = map[string]string{
	"0.3": `{"jsonrpc":"2.0","id":1,"result":{"kind":"artifact-update","taskId":"t1","contextId":"c1","artifact":{"artifactId":%s,"parts":[{"kind":"text","text":%s}]}%s}}`,
	"1.0": `{"jsonrpc":"2.0","id":1,"result":{"artifactUpdate":{"taskId":"t1","contextId":"c1","artifact":{"artifactId":%s,"parts":[{"text":%s}]}%s}}}`,
}

// artifactUpdate is an event with a piece of an artifact.
type artifactUpdate struct {
	Artifact struct {
		ArtifactID string
		Parts      []struct{ Text string }
	}
	Append bool
}

// readArtifacts does what clients do: an event appends to an artifact, or replaces it. It also returns the artifacts that were replaced.
func readArtifacts(t *testing.T, stream string) (now map[string]string, before []string) {
	t.Helper()
	now = map[string]string{}
	for _, data := range splitEvents(t, "a2a", stream) {
		var event struct {
			ID     int
			Result struct {
				artifactUpdate
				ArtifactUpdate *artifactUpdate
			}
		}
		if err := json.Unmarshal([]byte(data), &event); err != nil || event.ID != 1 {
			t.Fatalf("event %s: %v", data, err)
		}
		update := &event.Result.artifactUpdate
		if event.Result.ArtifactUpdate != nil {
			update = event.Result.ArtifactUpdate
		}
		id := update.Artifact.ArtifactID
		if !update.Append && now[id] != "" {
			before = append(before, now[id])
			now[id] = ""
		}
		for _, part := range update.Artifact.Parts {
			now[id] += part.Text
		}
	}
	return now, before
}

// artifactCuts are streams with a text in two pieces, which is that of the artifact a in the end. event makes an event.
var artifactCuts = map[string]struct {
	form   func(event func(id, text, members string) string, a, b string) string
	before []string
}{
	"appended": {form: func(event func(string, string, string) string, a, b string) string {
		return event("a", a, "") + event("a", b, `,"append":true,"lastChunk":true`)
	}},
	"without an end": {form: func(event func(string, string, string) string, a, b string) string {
		return event("a", a, `,"append":false`) + event("a", b, `,"append":true`)
	}},
	"two at the same time": {form: func(event func(string, string, string) string, a, b string) string {
		return event("a", a, "") + event("b", "joe@", "") + event("a", b, `,"append":true`) + event("b", "shop.example", `,"append":true`)
	}},
	"replaced": {before: []string{"See joe@"}, form: func(event func(string, string, string) string, a, b string) string {
		return event("a", "See joe@", "") + event("a", a, "") + event("a", b, `,"append":true`)
	}},
	"replaced after the end": {before: []string{"See joe@"}, form: func(event func(string, string, string) string, a, b string) string {
		return event("a", "See joe@", `,"lastChunk":true`) + event("a", a, `,"append":false`) + event("a", b, `,"append":true,"lastChunk":true`)
	}},
	"replaced twice": {before: []string{"See joe@", "See ann@"}, form: func(event func(string, string, string) string, a, b string) string {
		return event("a", "See joe@", "") + event("a", "See ann@", "") + event("a", a, "") + event("a", b, `,"append":true`)
	}},
}

// TestArtifactsForEveryCutOfTheText: what a client puts together of an artifact is the redaction of its text, and an artifact that another one
// replaces was complete before.
func TestArtifactsForEveryCutOfTheText(t *testing.T) {
	characters := strings.Split(answerText, "")
	for version, form := range artifactForms {
		event := func(id, text, members string) string {
			return "data: " + fmt.Sprintf(form, quote(id), quote(text), members) + "\n\n"
		}
		for name, tc := range artifactCuts {
			t.Run(version+" "+name, func(t *testing.T) {
				for cut := range characters {
					out, err := rewriteFor(t, "a2a", "", tc.form(event, strings.Join(characters[:cut], ""), strings.Join(characters[cut:], "")))
					if err != nil {
						t.Fatal(err)
					}
					now, before := readArtifacts(t, out)
					if diff := cmp.Diff(answerRedacted, now["a"]); diff != "" || now["b"] != "" && now["b"] != "[redacted:email]" {
						t.Fatalf("cut at %d, artifacts are %q (-want +got):\n%s", cut, now, diff)
					}
					// What a piece of no characters replaces nothing.
					if diff := cmp.Diff(tc.before, before); diff != "" && cut > 0 {
						t.Fatalf("cut at %d, replaced artifacts (-want +got):\n%s", cut, diff)
					}
				}
			})
		}
	}
}

// TestStatementsOfAgents: the first text that the agent says begins with the statement, whether it is whole or arrives in pieces, and no other.
func TestStatementsOfAgents(t *testing.T) {
	status := `data: {"jsonrpc":"2.0","id":1,"result":{"statusUpdate":{"taskId":"t1","contextId":"c1","status":{"state":"TASK_STATE_WORKING","message":{"role":"ROLE_AGENT","parts":[{"text":"%s"}]}}}}}` + "\n\n"
	artifact := "data: " + fmt.Sprintf(artifactForms["1.0"], `"a"`, `"%s"`, "") + "\n\n"
	for name, tc := range map[string][2]string{
		"status first":   {fmt.Sprintf(status, "Hm. ") + fmt.Sprintf(artifact, "Hi. "), fmt.Sprintf(status, `AI.\n\nHm. `) + fmt.Sprintf(artifact, "Hi. ")},
		"artifact first": {fmt.Sprintf(artifact, "Hi. ") + fmt.Sprintf(status, "Hm. "), fmt.Sprintf(artifact, `AI.\n\nHi. `) + fmt.Sprintf(status, "Hm. ")},
	} {
		s := newCodecFor(t, "a2a").Stream("AI.", new(redact.Counts))
		out, err := s.Write(nil, []byte(tc[0]))
		if diff := cmp.Diff(tc[1], string(out)); err != nil || diff != "" || !s.Shown() {
			t.Errorf("%s: error is %v, shown is %t, stream (-want +got):\n%s", name, err, s.Shown(), diff)
		}
	}
}

// TestStreamsOfAgentsRefuse what the sidecar could not follow or read.
func TestStreamsOfAgentsRefuse(t *testing.T) {
	for name, result := range map[string]string{
		"task with an artifact": `{"task":{"id":"t1","artifacts":[{"artifactId":"a","parts":[{"text":"joe@"}]}]}}`,
	} {
		var why *refusal.Refusal
		_, err := rewriteFor(t, "a2a", "", `data: {"jsonrpc":"2.0","id":1,"result":`+result+"}\n\n")
		if !errors.As(err, &why) || !why.IsFor(refusal.AnswerUnreadable) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// filePlaces are results with a part of a message or artifact, in place of %s, of both versions of the protocol.
var filePlaces = []string{
	`{"kind":"message","parts":[%s]}`,
	`{"kind":"task","id":"t1","status":{"state":"completed","message":{"parts":[%s]}}}`,
	`{"kind":"task","id":"t1","history":[{"parts":[%s]}]}`,
	`{"message":{"messageId":"m","parts":[%s]}}`,
	`{"task":{"id":"t1","status":{"message":{"parts":[%s]}}}}`,
	`{"task":{"id":"t1","history":[{"parts":[%s]}]}}`,
}

// TestFilesOfAgentsAreRefused in every message and artifact, with any name that one of the versions gives them.
func TestFilesOfAgentsAreRefused(t *testing.T) {
	files := []string{
		`{"text":"Hi"},{"kind":"file","file":{"bytes":"am9lQHNob3AuZXhhbXBsZQ=="}}`, `{"raw":"am9lQHNob3AuZXhhbXBsZQ=="}`,
		`{"url":"data:text/plain;base64,am9lQHNob3AuZXhhbXBsZQ=="}`, `{"kind":"file","file":{"uri":"data:text/plain,x"}}`,
	}
	answers := append([]string{
		`{"artifacts":[{"parts":[%s]}]}`, `{"task":{"artifacts":[{"parts":[%s]}]}}`, `{"tasks":[{"id":"t0"},{"artifacts":[{"parts":[%s]}]}]}`,
		`{"tasks":[{"status":{"message":{"parts":[%s]}}}]}`, `{"tasks":[{"history":[{"parts":[%s]}]}]}`,
	}, filePlaces...)
	events := append([]string{
		`{"kind":"artifact-update","artifact":{"artifactId":"a","parts":[%s]}}`, `{"artifactUpdate":{"artifact":{"artifactId":"a","parts":[%s]}}}`,
		`{"statusUpdate":{"status":{"message":{"parts":[%s]}}}}`,
	}, filePlaces...)
	check := func(place, file string, err error) {
		var why *refusal.Refusal
		if !errors.As(err, &why) || !why.IsFor(refusal.AnswerUnreadable) {
			t.Errorf("%s: error is %v", fmt.Sprintf(place, file), err)
		}
	}
	for _, file := range files {
		for _, place := range answers {
			_, _, err := newCodecFor(t, "a2a").Answer(nil, []byte(`{"jsonrpc":"2.0","id":1,"result":`+fmt.Sprintf(place, file)+"}"), "", new(redact.Counts))
			check(place, file, err)
		}
		for _, place := range events {
			_, err := rewriteFor(t, "a2a", "", `data: {"jsonrpc":"2.0","id":1,"result":`+fmt.Sprintf(place, file)+"}\n\n")
			check(place, file, err)
		}
	}
}

// TestAddressesOfAgents: the address of a file stays, whatever its scheme.
func TestAddressesOfAgents(t *testing.T) {
	for _, place := range filePlaces {
		for _, part := range []string{`{"url":"https://shop.example/f"}`, `{"kind":"file","file":{"uri":"gs://shop/f","name":"f"}}`, `{"url":""}`} {
			in := `{"jsonrpc":"2.0","id":1,"result":` + fmt.Sprintf(place, part) + "}"
			out, _, err := newCodecFor(t, "a2a").Answer(nil, []byte(in), "", new(redact.Counts))
			if diff := cmp.Diff(in, string(out)); diff != "" || err != nil {
				t.Errorf("error is %v, answer (-want +got):\n%s", err, diff)
			}
		}
	}
}
