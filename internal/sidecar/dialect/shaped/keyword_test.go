package shaped_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// noter notes what a visitor learns of values, and changes nothing.
type noter struct {
	texts    []string
	messages []dialect.Message
}

func (n *noter) VisitSegment(dst []byte, s *dialect.Segment) ([]byte, bool, error) {
	if s.Kind != dialect.MemberName {
		n.texts = append(n.texts, string(s.Text))
	}
	return dst, false, nil
}

func (n *noter) VisitMessage(m dialect.Message) { n.messages = append(n.messages, m) }

// TestKeywordsOfRequests: what the shape says itself, such as the role of a message, is no text to inspect. Every other text is.
func TestKeywordsOfRequests(t *testing.T) {
	authored := &shape.Shape{Refusal: shape.Refusal{Body: "{}"}, Request: shape.Document{Places: []shape.Place{
		{At: shape.Selectors{"$"}, Is: shape.Message, Author: "user"},
		{At: shape.Selectors{"$.role"}, Is: shape.Role, Roles: map[string]string{"bot": "assistant"}},
	}}}
	withAuthor, err := shaped.Compile(authored)
	if err != nil {
		t.Fatal(err)
	}
	openAI, anthropic := newCodec(t).format, newCodecFor(t, "anthropic-messages").format
	cases := map[string]struct {
		format   dialect.Format
		body     string
		texts    []string
		messages []dialect.Message
	}{
		"known role": {
			format: openAI, body: `{"messages":[{"role":"developer","content":"a"}]}`,
			texts: []string{"a"}, messages: []dialect.Message{{Role: dialect.RoleSystem}},
		},
		"unknown role": {
			format: openAI, body: `{"messages":[{"role":"users","content":"a"},{"role":"User","content":"b"}]}`,
			texts: []string{"users", "a", "User", "b"}, messages: []dialect.Message{{}, {Index: 1}},
		},
		"unknown role in a message with an author": {
			format: withAuthor, body: `{"role":"joe","text":"a"}`,
			texts: []string{"joe", "a"}, messages: []dialect.Message{{}},
		},
		"known role in a message with an author": {
			format: withAuthor, body: `{"role":"bot","text":"a"}`,
			texts: []string{"a"}, messages: []dialect.Message{{Role: dialect.RoleAssistant}},
		},
		"type of a part": {
			format: openAI, body: `{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]}`,
			texts: []string{"a"}, messages: []dialect.Message{{Role: dialect.RoleUser}},
		},
		"type of a part that calls a tool": {
			format: anthropic, body: `{"messages":[{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"tool_use"}]}]}`,
			texts: []string{"a"}, messages: []dialect.Message{{Role: dialect.RoleAssistant, CallsTool: true}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var found noter
			if _, _, err := tc.format.RewriteRequest(nil, []byte(tc.body), &found); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(noter{tc.texts, tc.messages}, found, cmp.AllowUnexported(noter{})); diff != "" {
				t.Errorf("the visitor learns (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIdentifiersOfPeopleWithPersonalData: redacted, such an identifier would be that of other people, too.
func TestIdentifiersOfPeopleWithPersonalData(t *testing.T) {
	c := newCodecFor(t, "dify-chat")
	for user, isRefused := range map[string]bool{"u-4711": false, "joe@shop.example": true} {
		body := `{"inputs":{},"query":"Hello","response_mode":"blocking","user":"` + user + `"}`
		out, _, err := c.Request(nil, []byte(body), new(redact.Counts))
		var refused *refusal.Refusal
		if errors.As(err, &refused) != isRefused || isRefused && !refused.IsFor(refusal.SignedPersonal) {
			t.Errorf("user %q: error is %v, request %s", user, err, out)
		}
	}
}
