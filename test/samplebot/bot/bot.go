// Package bot is a small chat server that speaks the OpenAI chat completions interface, plain and streamed. It stands in for
// a chatbot in the demo and in tests: it echoes what reached it, so that everybody can see what did not. It keeps nothing
// and must not be used for anything else.
package bot

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Path is where chats are answered.
const Path = "/v1/chat/completions"

// Contact is what the bot says to "show contact": an address, a telephone number, a card and an account, all made up.
const Contact = "You can reach Jo at jo.doe@shop.example or +49 30 901820. Card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00."

// Greeting is what the bot says to a greeting.
const Greeting = "Hello! How can I help you with your order?"

// created is the fixed time in all answers (Unix seconds), so that answers can be compared.
const created = 1750000000

// maxRequest bounds what is read of a request, in bytes.
const maxRequest = 4 << 20

// Options say how the bot streams. The zero value streams word by word without pauses.
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
	mux.HandleFunc("POST "+Path, func(w http.ResponseWriter, r *http.Request) { o.chat(w, r) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return mux
}

func (o Options) chat(w http.ResponseWriter, r *http.Request) {
	var req request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&req); err != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":{"message":"the body is not JSON","type":"invalid_request_error"}}`)
		return
	}
	answer := completion{ID: "chatcmpl-sample", Object: "chat.completion", Created: created, Model: req.Model}
	text, stop := reply(req), "stop"
	if req.Stream {
		answer.Object = "chat.completion.chunk"
		o.stream(w, r, answer, text)
		return
	}
	answer.Choices = []choice{{Message: &message{Role: "assistant", Content: text}, Finish: &stop}}
	w.Header().Set("Content-Type", "application/json")
	// A client that has gone needs no answer.
	_ = json.NewEncoder(w).Encode(answer)
}

// reply is the script.
func reply(req request) string {
	text := ""
	for _, m := range req.Messages {
		if m.Role == "user" {
			text = plain(m.Content)
		}
	}
	switch asked := strings.ToLower(strings.TrimSpace(text)); {
	case strings.Contains(asked, "show contact"):
		return Contact
	case asked == "hello" || asked == "hi" || asked == "hallo":
		return Greeting
	}
	return "You said: " + text
}

// plain returns the text of a message, of all its text parts in order.
func plain(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return text
	}
	var parts []struct {
		Text string `json:"text"`
	}
	// Content of another form has no text.
	_ = json.Unmarshal(content, &parts)
	for _, part := range parts {
		text += part.Text
	}
	return text
}

func (o Options) stream(w http.ResponseWriter, r *http.Request, answer completion, text string) {
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
	for _, piece := range o.pieces(text) {
		if !send(choice{Delta: &delta{Content: &piece}}) {
			return
		}
	}
	if send(choice{Delta: &delta{}, Finish: &stop}) {
		fmt.Fprint(w, "data: [DONE]\n\n")
	}
}

// wait pauses; false when the client has gone.
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

// pieces cuts a text behind its spaces, or into pieces of at least CutBytes bytes that end between characters.
func (o Options) pieces(text string) []string {
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
