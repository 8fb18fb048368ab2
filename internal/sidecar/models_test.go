package sidecar_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// newModel returns a sidecar whose app calls a model, and the URL of the model for the app.
func newModel(t *testing.T, shape string, parameters map[string]string, model http.HandlerFunc) (h *harness, url string) {
	t.Helper()
	h = newHarness(t, model, func(c *sidecarconfig.Config) { c.Egress[0].Shape, c.Egress[0].Parameters = shape, parameters })
	return h, "http://" + h.address(contract.SidecarEgressAddress) + "/" + h.config.Egress[0].Name
}

// answerWith answers every request with a body of the media type.
func answerWith(status int, mediaType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// geminiAsk and geminiEvents are a question to Gemini, and an answer in two events.
const (
	geminiAsk    = `{"contents":[{"role":"user","parts":[{"text":"I am joe@shop.example"}]}]}`
	geminiFirst  = `{"candidates":[{"content":{"role":"model","parts":[{"text":"Write to ada@"}]},"index":0}]}`
	geminiSecond = `{"candidates":[{"content":{"role":"model","parts":[{"text":"shop.example"}]},"finishReason":"STOP","index":0}]}`
)

// TestRoutesOfGemini: the path and the query decide how the answer is read.
func TestRoutesOfGemini(t *testing.T) {
	array := "[" + geminiFirst + "\n,\r\n" + geminiSecond + "\n]\n"
	events := "data: " + geminiFirst + "\r\n\r\ndata: " + geminiSecond + "\r\n\r\n"
	joined := strings.NewReplacer("[{", "", "}]", "")
	for name, tc := range map[string]struct {
		parameters      map[string]string
		path, mediaType string
		answer          string
	}{
		"array":            {nil, "/v1beta/models/gemini-3-pro:streamGenerateContent", "application/json; charset=UTF-8", array},
		"array with a key": {nil, "/v1beta/models/gemini-3-pro:streamGenerateContent?key=AIza", "application/json", array},
		"events":           {nil, "/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse", "text/event-stream", events},
		"Vertex": {map[string]string{"path": "/v1/projects/p1/locations/eu/publishers/google"},
			"/v1/projects/p1/locations/eu/publishers/google/models/m:streamGenerateContent?alt=sse", "text/event-stream", events},
	} {
		t.Run(name, func(t *testing.T) {
			h, url := newModel(t, "gemini", tc.parameters, answerWith(200, tc.mediaType, tc.answer))
			got := h.send("POST", url+tc.path, geminiAsk)
			if got.status != 200 || strings.Contains(joined.Replace(got.body), "shop.example") || !strings.Contains(got.body, "[redacted:email]") {
				t.Errorf("status %d, answer %s", got.status, got.body)
			}
			if isArray := json.Valid([]byte(got.body)); isArray != strings.HasPrefix(name, "array") {
				t.Errorf("answer is an array: %t: %s", isArray, got.body)
			}
			if seen := h.listReceived(); len(seen) != 1 || seen[0].URI != "/base"+tc.path || strings.Contains(seen[0].Body, "joe@") {
				t.Errorf("the model saw %+v", seen)
			}
			if r := h.takeRecord(); !r.Streamed || r.Redacted["answer"]["email"] != 1 {
				t.Errorf("record is %+v", r)
			}
		})
	}
}

// TestErrorsOnTheArrayOfGemini: an error keeps its status, as an object or in an array, and an answer that cannot be read ends the array.
func TestErrorsOnTheArrayOfGemini(t *testing.T) {
	const path = "/v1beta/models/m:streamGenerateContent"
	const failure = `{"error":{"code":429,"message":"Ask joe@shop.example","status":"RESOURCE_EXHAUSTED"}}`
	redacted := strings.Replace(failure, "joe@shop.example", "[redacted:email]", 1)
	for name, body := range map[string]string{"object": failure, "array": "[" + failure + "]"} {
		h, url := newModel(t, "gemini", nil, answerWith(429, "application/json", body))
		got := h.send("POST", url+path, geminiAsk)
		if diff := cmp.Diff("[\n"+redacted+"\n]", got.body); got.status != 429 || diff != "" {
			t.Errorf("%s: status %d, body (-want +got):\n%s", name, got.status, diff)
		}
	}
	h, url := newModel(t, "gemini", nil, answerWith(200, "application/json", "["+geminiFirst+","))
	got := h.send("POST", url+path, geminiAsk)
	var events []struct{ Error struct{ Rule string } }
	if err := json.Unmarshal([]byte(got.body), &events); err != nil || len(events) != 2 || events[1].Error.Rule != "sidecar.answer_malformed" {
		t.Errorf("error is %v, answer %s", err, got.body)
	}
	if r := h.takeRecord(); r.Outcome != "refused" {
		t.Errorf("record is %+v", r)
	}
}

// TestRequestsSignedForAWS: a signature that the sidecar would break is refused, with the way out, before anything reaches the model.
func TestRequestsSignedForAWS(t *testing.T) {
	const body = `{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}`
	const path = "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse"
	whole := answerWith(200, "application/json", `{"output":{"message":{"role":"assistant","content":[{"text":"Hi."}]}}}`)
	for name, tc := range map[string]struct {
		query, authorization string
		refused              bool
	}{
		"header":        {"", "AWS4-HMAC-SHA256 Credential=AKIA/20261129/eu-west-1/bedrock/aws4_request, SignedHeaders=host, Signature=0a", true},
		"asymmetric":    {"", "aws4-ecdsa-p256-sha256 Credential=AKIA", true},
		"query":         {"?X-Amz-Signature=0a", "", true},
		"bearer key":    {"", "Bearer ABSK", false},
		"no credential": {"", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			h, url := newModel(t, "bedrock-converse", nil, whole)
			got := h.send("POST", url+path+tc.query, body, "Authorization", tc.authorization)
			if !tc.refused {
				if got.status != 200 || len(h.listReceived()) != 1 || h.listReceived()[0].URI != "/base"+path {
					t.Errorf("status %d, answer %s", got.status, got.body)
				}
				return
			}
			if got.status != 422 || !strings.Contains(got.body, "AWS_BEARER_TOKEN_BEDROCK") || len(h.listReceived()) > 0 {
				t.Errorf("status %d, answer %s", got.status, got.body)
			}
			if r := h.takeRecord(); r.Rule != "sidecar.request_signed" {
				t.Errorf("record is %+v", r)
			}
		})
	}
}
