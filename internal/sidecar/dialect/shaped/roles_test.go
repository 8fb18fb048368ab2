package shaped_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// TestTextsAfterMessages: a text after the message of a tool is not the tool's. What a tool returns can be one number of JSON, of which the
// replacement has quotation marks.
func TestTextsAfterMessages(t *testing.T) {
	const card, mark = "4111111111111111", "[redacted:payment-card]"
	for name, tc := range map[string]struct{ preset, body, want string }{
		"what the tool returns": {
			"openai-chat", `{"messages":[{"role":"tool","content":"` + card + `"}]}`, `{"messages":[{"role":"tool","content":"\"` + mark + `\""}]}`,
		},
		"a member after the messages": {
			"openai-chat", `{"messages":[{"role":"tool","content":"a"}],"user":"` + card + `"}`,
			`{"messages":[{"role":"tool","content":"a"}],"user":"` + mark + `"}`,
		},
		"a message without a role": {
			"openai-chat", `{"messages":[{"role":"tool","content":"a"},{"content":"` + card + `"}]}`,
			`{"messages":[{"role":"tool","content":"a"},{"content":"` + mark + `"}]}`,
		},
		"the message of the person after the earlier ones": {
			"langgraph-runs", `{"assistant_id":"a","input":{"messages":[{"type":"tool","content":"a"}]},"command":{"resume":"` + card + `"}}`,
			`{"assistant_id":"a","input":{"messages":[{"type":"tool","content":"a"}]},"command":{"resume":"` + mark + `"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := newCodecFor(t, tc.preset).Request(nil, []byte(tc.body), new(redact.Counts))
			if diff := cmp.Diff(tc.want, string(got)); err != nil || diff != "" {
				t.Errorf("error is %v, body (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestMessageAroundMessages: what a person says after the earlier messages is the person's, wherever it stands in the document.
func TestMessageAroundMessages(t *testing.T) {
	const history = `"history":[{"role":"userMessage","message":"Hi"},{"role":"apiMessage","message":"Do you agree?"}]`
	c := newCodecFor(t, "flowise-prediction")
	c.Transform = c.Asking(transform.NewQuestions([]string{"Do you agree?"}, []string{"yes"}, nil))
	for body, want := range map[string]transform.Consent{
		`{` + history + `}`:                  {HasAnswer: true},
		`{` + history + `,"question":"yes"}`: {HasAnswer: true, IsGiven: true, FollowsQuestion: true, Last: transform.ReplyYes},
	} {
		_, read, err := c.Request(nil, []byte(body), new(redact.Counts))
		if diff := cmp.Diff(want, read.Consent); err != nil || diff != "" {
			t.Errorf("%s: error is %v, consent (-want +got):\n%s", body, err, diff)
		}
	}
}
