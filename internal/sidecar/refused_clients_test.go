package sidecar_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// attempt is one call of a client that is refused.
type attempt struct {
	URL    string `json:"url"`
	Mode   string `json:"mode"`
	Length int    `json:"length"`
	Member string `json:"member"`
	// Retries is how often a client of OpenAI or Anthropic may repeat a request.
	Retries int `json:"retries"`
}

// attemptResult is what a program reads of an attempt.
type attemptResult struct {
	Text  string
	Error struct {
		Message, RetryAfter string
		Status              int
	}
}

// refusedCall is a way in which the calls of a client are refused, and what the error of the client must say.
type refusedCall struct {
	change func(*sidecarconfig.Config)
	// modes are those of the attempts, and length and member what they send.
	modes  []string
	length int
	member string
	// fails means that the model answers with an error of its own, and breaks that its stream cannot be read after a while.
	fails, breaks bool
	// status is 0 where the answer has begun, so that each client makes up its own.
	status        int
	text, message string
}

// refusedCalls are the ways in which calls of models are refused.
var refusedCalls = map[string]refusedCall{
	"suspended": {change: suspend, modes: []string{"whole", "streamed"}, status: 503, message: "The chatbot is suspended"},
	"too long":  {modes: []string{"whole", "streamed"}, length: 5000, status: 413, message: "The body is larger than 4000 bytes. Send fewer or shorter texts at once."},
	"personal data that cannot be redacted": {
		modes: []string{"whole", "streamed"}, member: "joe@shop.example", status: 422, message: "The name of a JSON member of the body contains personal data.",
	},
	"unknown route":      {modes: []string{"other"}, status: 404, message: "Nothing is served at this path."},
	"error of the model": {modes: []string{"whole", "streamed"}, fails: true, status: 429, message: "Ask [redacted:email]"},
	"broken stream":      {modes: []string{"streamed"}, breaks: true, text: "Write to ", message: "An event of the answer is not strict JSON"},
}

// refusedClient is a client of models: the shape that it speaks, and what of an error it shows.
type refusedClient struct {
	preset string
	// failure is an error of the model in the form of the API.
	failure string
	// hidesHeaders means that its errors have no headers.
	hidesHeaders bool
}

const openaiFailure = `{"error":{"message":"Ask joe@shop.example","type":"rate_limit","code":"rate_limit"}}`

var refusedClients = map[string]refusedClient{
	"chat":      {preset: "openai-chat", failure: openaiFailure},
	"responses": {preset: "openai-responses", failure: openaiFailure},
	"ai":        {preset: "openai-chat", failure: openaiFailure},
	"anthropic": {preset: "anthropic-messages", failure: `{"type":"error","error":{"type":"rate_limit_error","message":"Ask joe@shop.example"}}`},
	"gemini":    {preset: "gemini", failure: `{"error":{"code":429,"message":"Ask joe@shop.example","status":"RESOURCE_EXHAUSTED"}}`, hidesHeaders: true},
	"cohere":    {preset: "cohere-chat", failure: `{"message":"Ask joe@shop.example"}`},
	"ollama":    {preset: "ollama-chat", failure: `{"error":"Ask joe@shop.example"}`, hidesHeaders: true},
}

// TestClientsOfModelsAreRefused: the error that a client raises has the status and the message of the refusal, and an error of the model
// keeps its status, its message and Retry-After.
func TestClientsOfModelsAreRefused(t *testing.T) {
	for name, c := range refusedClients {
		t.Run(name, func(t *testing.T) {
			var attempts []attempt
			var names []string
			for name, call := range refusedCalls {
				url := startRefusing(t, c, call)
				for _, mode := range call.modes {
					attempts = append(attempts, attempt{URL: url, Mode: mode, Length: max(call.length, 1), Member: withDefault(call.member, "who")})
					names = append(names, name)
				}
			}
			list, err := json.Marshal(attempts)
			if err != nil {
				t.Fatal(err)
			}
			var got []attemptResult
			runNode(t, &got, "refused-client.mjs", name, string(list))
			for i, result := range got {
				checkRefusedCall(t, names[i]+", "+attempts[i].Mode, c, refusedCalls[names[i]], result)
			}
		})
	}
}

// TestClientsDoNotRepeatLastingRefusals although they repeat requests after the same status from a model.
func TestClientsDoNotRepeatLastingRefusals(t *testing.T) {
	calls := map[string]struct {
		upstream http.HandlerFunc
		change   func(*sidecarconfig.Config)
		want     int
	}{
		"suspended":              {answerText("Hi"), suspend, 1},
		"an answer that is HTML": {answerWith(http.StatusOK, "text/html", "<p>Hi</p>"), nil, 1},
		"an error of the model":  {answerWith(http.StatusServiceUnavailable, "application/json", openaiFailure), nil, 2},
	}
	for _, name := range []string{"chat", "responses", "anthropic"} {
		for what, call := range calls {
			t.Run(name+", "+what, func(t *testing.T) {
				h := newRefusing(t, call.upstream, refusedClients[name].preset, call.change)
				list, err := json.Marshal([]attempt{{URL: h.egressURL(), Mode: "whole", Length: 1, Member: "who", Retries: 1}})
				if err != nil {
					t.Fatal(err)
				}
				var got []attemptResult
				runNode(t, &got, "refused-client.mjs", name, string(list))
				if records := h.records(); len(records) != call.want || got[0].Error.Status < 500 {
					t.Errorf("the client sent %d requests, want %d, and read %+v", len(records), call.want, got[0])
				}
			})
		}
	}
}

// startRefusing starts a sidecar before a model and returns the URL of the model for the app.
func startRefusing(t *testing.T, c refusedClient, call refusedCall) string {
	t.Helper()
	return newRefusing(t, answerRefused(t, c, call), c.preset, call.change).egressURL()
}

// newRefusing starts a sidecar before a model that speaks the shape.
func newRefusing(t *testing.T, upstream http.HandlerFunc, preset string, change func(*sidecarconfig.Config)) *harness {
	t.Helper()
	return newHarness(t, upstream, func(config *sidecarconfig.Config) {
		config.Egress[0].Shape, config.Limits.RequestBytes = preset, 4000
		if change != nil {
			change(config)
		}
	})
}

// egressURL returns the URL of the model for the app.
func (h *harness) egressURL() string {
	return "http://" + h.address(contract.SidecarEgressAddress) + "/" + h.config.Egress[0].Name
}

// answerRefused returns a stand-in of the model. Unless its answer is an error, it is a stream that ends in the middle.
func answerRefused(t *testing.T, c refusedClient, call refusedCall) http.HandlerFunc {
	t.Helper()
	presets, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	s := presets[slices.IndexFunc(presets, func(s *shape.Shape) bool { return s.Name == c.preset })]
	stream := readExample(t, s, shape.OfStream).In
	return func(w http.ResponseWriter, _ *http.Request) {
		switch {
		case call.fails:
			w.Header().Set("Retry-After", "7")
			answerWith(429, "application/json", c.failure)(w, nil)
		case call.breaks:
			w.Header().Set("Content-Type", mediaTypesOf(s)[shape.OfStream])
			end, broken := "\n\n", "data: {\"broken\n\n"
			if s.Stream.Framing == shape.FramingNDJSON {
				end, broken = "\n", "{\"broken\n"
			}
			before, after, _ := strings.Cut(stream, "joe@")
			rest, _, _ := strings.Cut(after, end)
			_, _ = io.WriteString(w, before+"joe@"+rest+end+broken)
		default:
			t.Error("the model was called")
		}
	}
}

// checkRefusedCall checks what a program reads of a call that was refused.
func checkRefusedCall(t *testing.T, name string, c refusedClient, call refusedCall, got attemptResult) {
	t.Helper()
	isStatus := call.status == 0 || got.Error.Status == call.status
	if !strings.Contains(got.Error.Message, call.message) || !isStatus || got.Text != call.text {
		t.Errorf("%s: the program reads %+v", name, got)
	}
	if call.fails && !c.hidesHeaders && got.Error.RetryAfter != "7" {
		t.Errorf("%s: Retry-After is %q", name, got.Error.RetryAfter)
	}
	if strings.Contains(got.Text+got.Error.Message, "joe@") {
		t.Errorf("%s: the program reads personal data: %+v", name, got)
	}
}
