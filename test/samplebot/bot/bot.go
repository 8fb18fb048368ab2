// Package bot is a small chat server with the OpenAI chat completions API, plain and streamed. It stands in for a chatbot in the
// demo and in tests: it echoes what it receives, which shows what the sidecar removed. It retains nothing. It must not be used for
// anything else.
package bot

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Path is the path of the chat API.
const Path = "/v1/chat/completions"

// Contact is the answer to "show contact": an address, a telephone number, a card and an account, all invented.
const Contact = "You can reach Jo at jo.doe@shop.example or +49 30 901820. Card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00."

// Greeting is the answer to a greeting.
const Greeting = "Hello! How can I help you with your order?"

// created is the fixed time of all answers (Unix seconds), so that tests can compare them.
const created = 1750000000

// maxRequest bounds a request, in bytes.
const maxRequest = 4 << 20

// Options determine how the bot streams. The zero value streams word by word without pauses.
type Options struct {
	// CutBytes above 0 streams pieces of that many bytes (whole characters) instead of words.
	CutBytes int
	// Pause is the time between two pieces.
	Pause time.Duration
}

type message struct {
	Role    string `json:"role,omitempty"`
	Content string `json:"content"`
}

type request struct {
	Model    string `json:"model"`
	Stream   bool   `json:"stream"`
	Messages []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
}

type choice struct {
	Index   int      `json:"index"`
	Message *message `json:"message,omitempty"`
	Delta   *delta   `json:"delta,omitempty"`
	Finish  *string  `json:"finish_reason"`
}

type delta struct {
	Role    string  `json:"role,omitempty"`
	Content *string `json:"content,omitempty"`
}

type completion struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
}

// Handler returns the server: POST at Path, and GET /healthz.
func Handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Path, func(w http.ResponseWriter, r *http.Request) { o.serveChat(w, r) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return mux
}

// serveChat answers a chat request, in one response or as a stream of events.
func (o Options) serveChat(w http.ResponseWriter, r *http.Request) {
	var req request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&req); err != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":{"message":"the body is not JSON","type":"invalid_request_error"}}`)
		return
	}
	answer := completion{ID: "chatcmpl-sample", Object: "chat.completion", Created: created, Model: req.Model}
	text, stop := compose(req), "stop"
	if req.Stream {
		answer.Object = "chat.completion.chunk"
		o.serveStream(w, r, answer, text)
		return
	}
	answer.Choices = []choice{{Message: &message{Role: "assistant", Content: text}, Finish: &stop}}
	w.Header().Set("Content-Type", "application/json")
	// The error means that the client has gone.
	_ = json.NewEncoder(w).Encode(answer)
}

// compose returns the answer to the last message of the user.
func compose(req request) string {
	text := ""
	for _, m := range req.Messages {
		if m.Role == "user" {
			text = readText(m.Content)
		}
	}
	switch question := strings.ToLower(strings.TrimSpace(text)); {
	case strings.Contains(question, "show contact"):
		return Contact
	case question == "hello" || question == "hi" || question == "hallo":
		return Greeting
	}
	return "You said: " + text
}

// readText returns the text of a message: of all its text parts, in order.
func readText(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return text
	}
	var parts []struct {
		Text string `json:"text"`
	}
	// Content in another form has no text.
	_ = json.Unmarshal(content, &parts)
	for _, part := range parts {
		text += part.Text
	}
	return text
}

// serveStream sends the text in pieces, each as a chunk that copies answer.
func (o Options) serveStream(w http.ResponseWriter, r *http.Request, answer completion, text string) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	control := http.NewResponseController(w)
	send := func(c choice) bool {
		answer.Choices = []choice{c}
		data, err := json.Marshal(answer)
		if err != nil {
			return false
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
			return false
		}
		return control.Flush() == nil && o.wait(r)
	}
	empty, stop := "", "stop"
	if !send(choice{Delta: &delta{Role: "assistant", Content: &empty}}) {
		return
	}
	for _, piece := range o.split(text) {
		if !send(choice{Delta: &delta{Content: &piece}}) {
			return
		}
	}
	if send(choice{Delta: &delta{}, Finish: &stop}) {
		fmt.Fprint(w, "data: [DONE]\n\n")
	}
}

// wait waits for the pause between two pieces. It returns false when the client has gone.
func (o Options) wait(r *http.Request) bool {
	if o.Pause <= 0 {
		return r.Context().Err() == nil
	}
	select {
	case <-r.Context().Done():
		return false
	case <-time.After(o.Pause):
		return true
	}
}

// split cuts a text after its spaces, or into pieces of at least CutBytes bytes that end between characters.
func (o Options) split(text string) []string {
	if o.CutBytes <= 0 {
		return strings.SplitAfter(text, " ")
	}
	var all []string
	for text != "" {
		n := min(o.CutBytes, len(text))
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n++
		}
		all = append(all, text[:n])
		text = text[n:]
	}
	return all
}
