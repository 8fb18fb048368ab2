package sidecar_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const truth = "I am an AI system, not a human."

func truthful(c *sidecarconfig.Config) { c.Truthful = true }

// TestFalseAnswersAreCorrected: an answer that claims to come from a human or a licensed professional never reaches the person.
func TestFalseAnswersAreCorrected(t *testing.T) {
	cases := map[string]struct {
		answer, want string
		corrected    int
	}{
		"a human":                 {"Hello! I'm a real human. How can I help?", "Hello! " + truth + " How can I help?", 1},
		"no bot":                  {"No, I am not a bot!", truth, 1},
		"a lawyer":                {"As your lawyer, I advise you to wait.", "I am an AI system, not a licensed professional.", 1},
		"German":                  {"Ich bin ein echter Mensch. Gern!", "Ich bin ein KI-System und kein Mensch. Gern!", 1},
		"two claims":              {"I am human. Really, I'm a person.", truth + " Really, " + truth, 2},
		"an honest answer":        {"I'm an AI, not a human.", "I'm an AI, not a human.", 0},
		"human resources":         {"Ask human resources.", "Ask human resources.", 0},
		"with personal data":      {"I am a human, call 030 1234567.", truth, 1},
		"personal data before it": {"Mail joe@shop.example. I am a human.", "Mail [redacted:email]. " + truth, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText(tc.answer), func(c *sidecarconfig.Config) {
				truthful(c)
				c.Disclose.Placements = []string{"header"}
			})
			if diff := cmp.Diff(tc.want, readText(t, h.ask(hello).body)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if r := h.takeRecord(); r.Corrected != tc.corrected {
				t.Errorf("record counts %d corrections, want %d", r.Corrected, tc.corrected)
			}
		})
	}
}

// TestFalseAnswersStandWithoutTheObligation: the sidecar changes only what the configuration asks for.
func TestFalseAnswersStandWithoutTheObligation(t *testing.T) {
	h := newHarness(t, answerText("I am a human."), withPlacements("header"))
	if got := readText(t, h.ask(hello).body); got != "I am a human." {
		t.Errorf("answer is %q", got)
	}
}

// TestCallsOfTheAppAreNotCorrected: only answers to people are.
func TestCallsOfTheAppAreNotCorrected(t *testing.T) {
	h := newHarness(t, answerText("I am a human."), truthful)
	got := h.send(http.MethodPost, "http://"+h.address("127.0.0.1:23081")+"/vendor"+chatPath, hello)
	if text := readText(t, got.body); text != "I am a human." {
		t.Errorf("answer is %q", text)
	}
}

// TestWhoAsksLearnsTheTruth: the answer to the question what the chatbot is begins with the true answer, also if the statement was shown.
func TestWhoAsksLearnsTheTruth(t *testing.T) {
	shown := func(question string) string {
		return strings.Replace(answered, `"content":"c"`, `"content":"`+question+`"`, 1)
	}
	cases := map[string]struct{ question, answer, want string }{
		"a yes":                        {"Are you human?", "Yes, I am. What can I do?", english + truth + " What can I do?"},
		"a no":                         {"Are you a bot?", "No.", english + truth},
		"neither":                      {"Am I talking to a real person?", "How can I help?", english + "How can I help?"},
		"in another declared language": {"Bist du ein Mensch?", "Ja.", german + "Ich bin ein KI-System und kein Mensch."},
		"in a language without a statement": {
			"Jesteś człowiekiem?", "Tak, jestem.",
			"Jestem systemem sztucznej inteligencji, a nie człowiekiem.\n\nJestem systemem sztucznej inteligencji, a nie człowiekiem.",
		},
		"another question": {"Is my order human readable?", "Yes.", "Yes."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText(tc.answer), func(c *sidecarconfig.Config) {
				truthful(c)
				c.Disclose.Placements = []string{"first-message"}
			})
			if diff := cmp.Diff(tc.want, readText(t, h.ask(shown(tc.question)).body)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAStreamedClaimIsCorrectedBeforeItIsShown: no event of the stream has a part of the claim.
func TestAStreamedClaimIsCorrectedBeforeItIsShown(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range []string{"Hello. ", "I", "'m", " a", " real", " hu", "man", ".", " Ask!"} {
			_, _ = w.Write([]byte(`data: {"choices":[{"index":0,"delta":{"content":"` + piece + `"}}]}` + "\n\n"))
			w.(http.Flusher).Flush()
		}
		_, _ = w.Write([]byte(`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"))
	}, func(c *sidecarconfig.Config) {
		truthful(c)
		c.Disclose.Placements = []string{"header"}
	})
	got := h.ask(helloStreamed).body
	if strings.Contains(got, "real") || strings.Contains(got, "'m") || !strings.Contains(got, truth) || !strings.Contains(got, truth+" Ask!") {
		t.Errorf("answer is %s", got)
	}
	if r := h.takeRecord(); r.Corrected != 1 {
		t.Errorf("record is %+v", r)
	}
}

// TestStructuredAnswersAreCorrected: the strings of a JSON document are, and the document stays one.
func TestStructuredAnswersAreCorrected(t *testing.T) {
	h := newHarness(t, answerText(`{"reply":"Yes, I am a human.","score":1}`), truthful)
	body := strings.Replace(hello, `{"model"`, `{"response_format":{"type":"json_object"},"model"`, 1)
	if got, want := readText(t, h.ask(body).body), `{"reply":"`+truth+`","score":1}`; got != want {
		t.Errorf("answer is %s, want %s", got, want)
	}
}

// TestMessagesToAMessagingServiceAreTrue: a claim in a message of the bot is corrected, and who asks is told again by a message of the sidecar.
func TestMessagesToAMessagingServiceAreTrue(t *testing.T) {
	h := newTelegram(t, acceptTelegram, truthful)
	h.callTelegram("sendMessage", `{"chat_id":5,"text":"Hi"}`)
	h.listSent()
	h.send(http.MethodPost, "http://"+h.address(listen)+"/webhook", `{"message":{"chat":{"id":5},"text":"Are you a bot?"}}`)
	h.listSent()
	for _, want := range [][]string{
		{`sendMessage {"chat_id":5,"text":"You are chatting with an AI system."}`, `sendMessage {"chat_id":5,"text":"` + truth + `"}`},
		{`sendMessage {"chat_id":5,"text":"` + truth + `"}`},
	} {
		h.callTelegram("sendMessage", `{"chat_id":5,"text":"No, I'm a real person."}`)
		if diff := cmp.Diff(want, h.listSent()); diff != "" {
			t.Errorf("Telegram received (-want +got):\n%s", diff)
		}
	}
	records := h.records()
	if r := records[len(records)-1]; r.Corrected != 1 {
		t.Errorf("record is %+v", r)
	}
}

// TestWhoAsksThroughASocketLearnsTheTruth: once for each question, and false answers are corrected.
func TestWhoAsksThroughASocketLearnsTheTruth(t *testing.T) {
	h, app := newSocket(t, plainName, truthful)
	client, server, _ := h.dial(app, "/chat")
	turn := func(question, answer, want string) {
		t.Helper()
		say(t, client, `{"say":"`+question+`"}`)
		hear(t, server, `{"say":"`+question+`"}`)
		say(t, server, `{"type":"piece","text":"`+answer+`"}`)
		say(t, server, `{"type":"done"}`)
		got := ""
		for {
			_, frame, err := client.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var event struct{ Type, Text string }
			if err := json.Unmarshal(frame, &event); err != nil {
				t.Fatal(err)
			}
			got += event.Text
			if event.Type == "done" {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("answer to %q (-want +got):\n%s", question, diff)
		}
	}
	turn("Hi", "Hello. ", english+"Hello. ")
	turn("Are you human?", "Yes. What now?", english+truth+" What now?")
	turn("Ok", "I am a real person. ", truth+" ")
}

// TestResponsesToAMessagingServiceAreTrue: a bot can respond to the webhook with a message. It tells who asks, and the next one need not.
func TestResponsesToAMessagingServiceAreTrue(t *testing.T) {
	h := newTelegram(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/webhook" {
			answerWith(http.StatusOK, "application/json", `{"method":"sendMessage","chat_id":2,"text":"Yes, I'm a human."}`)(w, r)
			return
		}
		acceptTelegram(w, r)
	}, truthful)
	h.callTelegram("sendMessage", `{"chat_id":2,"text":"Hi"}`)
	h.listSent()
	got := h.send(http.MethodPost, "http://"+h.address(listen)+"/webhook", `{"message":{"chat":{"id":2},"text":"Are you a bot?"}}`)
	if !strings.Contains(got.body, `"text":"You are chatting with an AI system.\n\n`+truth+`"`) {
		t.Errorf("response is %s", got.body)
	}
	h.listSent()
	h.callTelegram("sendMessage", `{"chat_id":2,"text":"Hi"}`)
	if diff := cmp.Diff([]string{`sendMessage {"chat_id":2,"text":"Hi"}`}, h.listSent()); diff != "" {
		t.Errorf("Telegram received (-want +got):\n%s", diff)
	}
}
