package sidecar_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const structured = `{"phone":null}`

// askWith returns a request with a message and further members.
func askWith(members string) string {
	return `{"model":"m","messages":[{"role":"user","content":"Hello"}],` + members + `}`
}

func TestStatementNeverStandsBeforeStructuredOutput(t *testing.T) {
	for name, members := range map[string]string{
		"JSON mode":                  `"response_format":{"type":"json_object"}`,
		"JSON schema":                `"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}}`,
		"a grammar as format":        `"response_format":{"type":"grammar"}`,
		"a tool is demanded":         `"tool_choice":"required"`,
		"a tool is demanded (any)":   `"tool_choice":"any"`,
		"one tool is demanded":       `"tool_choice":{"type":"function","function":{"name":"save"}}`,
		"one of several is demanded": `"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required"}}`,
		"one function is demanded":   `"function_call":{"name":"save"}`,
		"schema of vLLM":             `"guided_json":{"type":"object"}`,
		"schema of vLLM as text":     `"guided_json":"{}"`,
		"choice of vLLM":             `"guided_choice":["a","b"]`,
		"grammar of llama.cpp":       `"grammar":"root ::= x"`,
		"structure of vLLM":          `"structured_outputs":{"json":{}}`,
	} {
		for form, upstream := range map[string]http.HandlerFunc{"plain": answerText(structured), "streamed": streamTexts(`{"pho`, `ne":null}`)} {
			t.Run(name+", "+form, func(t *testing.T) {
				h := newHarness(t, upstream, withPlacements(sidecarconfig.PlaceFirstMessage))
				got := h.ask(askWith(members))
				want := []any{http.StatusOK, structured, "You are chatting with an AI system."}
				if diff := cmp.Diff(want, []any{got.status, readText(t, got.body), got.header.Get("Chaperone-Disclosure")}); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
				if r := h.takeRecord(); r.Disclosed {
					t.Errorf("record is %+v", r)
				}
			})
		}
	}
}

func TestStatementStandsBeforeProse(t *testing.T) {
	for name, members := range map[string]string{
		"text as format":            `"response_format":{"type":"text"}`,
		"no format":                 `"response_format":null`,
		"the model decides":         `"tool_choice":"auto"`,
		"the model decides (older)": `"function_call":"auto"`,
		"no tool":                   `"tool_choice":"none"`,
		"no choice":                 `"tool_choice":null`,
		"some tools are allowed":    `"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto"}}`,
		"an empty grammar":          `"grammar":""`,
		"no schema of vLLM":         `"guided_json":null,"guided_choice":null`,
		"a tool with a JSON type":   `"tools":[{"type":"function","function":{"name":"save","parameters":{"type":"json_object"}}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), withPlacements(sidecarconfig.PlaceFirstMessage))
			got := h.ask(askWith(members))
			if diff := cmp.Diff([]any{english + "Hi", ""}, []any{readText(t, got.body), got.header.Get("Chaperone-Disclosure")}); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatementFollowsInTheNextAnswerInProse(t *testing.T) {
	h := newHarness(t, answerText("Hi"), withPlacements(sidecarconfig.PlaceFirstMessage))
	first := h.ask(askWith(`"response_format":{"type":"json_object"}`), "Chaperone-Conversation", "c1")
	second := h.ask(`{"model":"m","messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"},{"role":"user","content":"And?"}]}`, "Chaperone-Conversation", "c1")
	if diff := cmp.Diff([]string{"Hi", english + "Hi"}, []string{readText(t, first.body), readText(t, second.body)}); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	all := h.records()
	if all[0].Disclosed || !all[1].Disclosed {
		t.Errorf("records are %+v", all)
	}
}

func TestShownStatementIsNotRepeatedInTheHeader(t *testing.T) {
	h := newHarness(t, answerText(structured), withPlacements(sidecarconfig.PlaceFirstMessage))
	got := h.ask(`{"model":"m","response_format":{"type":"json_object"},"messages":[{"role":"assistant","content":"` +
		"You are chatting with an AI system." + `\n\nHi"},{"role":"user","content":"And?"}]}`)
	if header := got.header["Chaperone-Disclosure"]; header != nil || readText(t, got.body) != structured {
		t.Errorf("header is %q, answer %s", header, got.body)
	}
}
