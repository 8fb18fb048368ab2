package sidecar_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readWire returns a file of testdata/wire: the bytes that an app or a client sent.
func readWire(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "wire", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// answerBytes answers with exactly these bytes and closes the connection.
func answerBytes(t *testing.T, text []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.Copy(conn, bytes.NewReader(text))
	}
}

func TestEmptyFinishReasonEndsNothing(t *testing.T) {
	h := newHarness(t, answerBytes(t, readWire(t, "01-finish-empty.upstream")), withPlacements("header"))
	got := h.ask(helloStreamed)
	if diff := cmp.Diff("Write to [redacted:email]", readText(t, got.body)); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	rest := strings.Index(got.body, "[redacted:email]")
	if end := strings.Index(got.body, `"finish_reason":"stop"`); end < rest || !strings.HasSuffix(got.body, "data: [DONE]\n\n") {
		t.Errorf("the end does not follow the text: %s", got.body)
	}
}

func TestTextNextToTheDeltaIsFollowed(t *testing.T) {
	h := newHarness(t, answerBytes(t, readWire(t, "02-text-beside-delta.upstream")), withPlacements("header"))
	got := h.ask(helloStreamed)
	if diff := cmp.Diff("[redacted:email]", readText(t, got.body)); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if strings.Contains(got.body, "ada@") || strings.Contains(got.body, "op.example") || !strings.Contains(got.body, `"text":"[redacted:email]"`) {
		t.Errorf("body is %s", got.body)
	}
	if r := h.takeRecord(); r.Redacted["answer"]["email"] != 2 {
		t.Errorf("record is %+v", r)
	}
}

func TestGreetingOfTheClientIsNoDisclosure(t *testing.T) {
	h := newHarness(t, answerBytes(t, readWire(t, "03-greeting.upstream")), nil)
	got := h.ask(string(readWire(t, "03-greeting.request")))
	if diff := cmp.Diff(english+"ok", readText(t, got.body)); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if r := h.takeRecord(); !r.Disclosed {
		t.Errorf("record is %+v", r)
	}
}

// TestArgumentsStayJSON: what replaces a number in the arguments of a tool call is a string, so that the program can read them.
func TestArgumentsStayJSON(t *testing.T) {
	h := newHarness(t, answerBytes(t, readWire(t, "21-arguments.upstream")), withPlacements("header"))
	got := h.ask(hello)
	var answer struct {
		Choices []struct {
			Message struct {
				Calls []struct{ Function struct{ Arguments string } } `json:"tool_calls"`
			}
		}
	}
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil || len(answer.Choices) != 1 || len(answer.Choices[0].Message.Calls) != 1 {
		t.Fatalf("error is %v, answer %s", err, got.body)
	}
	if diff := cmp.Diff(`{"phone": "[redacted:phone]"}`, answer.Choices[0].Message.Calls[0].Function.Arguments); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

// TestListsOfToolsStayJSON: what a tool gets and returns can be a list, or a single number, in which a mark is a string.
func TestListsOfToolsStayJSON(t *testing.T) {
	h := newHarness(t, answerText("Done"), withPlacements("header"))
	const card = "4111111111111111"
	ask := func(arguments, result string) string {
		return `{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"pay","arguments":"` + arguments +
			`"}}]},{"role":"tool","tool_call_id":"a","content":"` + result + `"},{"role":"user","content":"` + card + `"}]}`
	}
	long := strings.Repeat("1, ", 20<<10)
	for sent, want := range map[string]string{
		ask("[4111,1111,1111,1111]", card):             ask(`[\"[redacted:payment-card]\"]`, `\"[redacted:payment-card]\"`),
		ask("[ 1, "+card+"]", "[4111,1111,1111,1111]"): ask(`[ 1, \"[redacted:payment-card]\"]`, `[\"[redacted:payment-card]\"]`),
		ask("["+long+card+"]", "[1] "+card):            ask("["+long+`\"[redacted:payment-card]\"]`, `[1] [redacted:payment-card]`),
	} {
		want = strings.Replace(want, `"user","content":"`+card, `"user","content":"[redacted:payment-card]`, 1)
		h.ask(sent)
		got := h.listReceived()
		if diff := cmp.Diff(want, got[len(got)-1].Body); diff != "" {
			t.Errorf("received (-want +got):\n%.3000s", diff)
		}
	}
}
