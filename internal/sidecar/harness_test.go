package sidecar_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	chatPath = "/v1/chat/completions"
	listen   = ":23100"
)

// record is one audit record.
type record struct {
	Time          string                    `json:"time"`
	Exchange      string                    `json:"exchange"`
	Chatbot       string                    `json:"chatbot"`
	Pod           string                    `json:"pod"`
	Direction     string                    `json:"direction"`
	Port          string                    `json:"port"`
	Shape         string                    `json:"shape"`
	ShapeRevision int                       `json:"shapeRevision"`
	Route         string                    `json:"route"`
	Use           string                    `json:"use"`
	Outcome       string                    `json:"outcome"`
	Rule          string                    `json:"rule"`
	Status        int                       `json:"status"`
	Streamed      bool                      `json:"streamed"`
	Disclosed     bool                      `json:"disclosed"`
	Consent       string                    `json:"consent"`
	Corrected     int                       `json:"corrected"`
	Handoff       *handoff                  `json:"handoff"`
	Redacted      map[string]map[string]int `json:"redacted"`
	Model         string                    `json:"model"`
	Observed      map[string]any            `json:"observed"`
	RequestBytes  int                       `json:"requestBytes"`
	AnswerBytes   int                       `json:"answerBytes"`
	DurationMs    float64                   `json:"durationMs"`
	ConfigHash    string                    `json:"configHash"`
	Revision      string                    `json:"policyRevision"`
}

// clock is a settable time.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// buffer is written by many goroutines.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// harness is a real sidecar in front of a real upstream, on free ports.
type harness struct {
	t      *testing.T
	server *sidecar.Server
	config sidecarconfig.Config
	clock  *clock
	audit  buffer
	log    buffer

	mu        sync.Mutex
	addresses map[string]string
	// received are the requests that reached the upstream, with their bodies.
	received []received
	stopped  bool
	// signature is that of the first configuration; nil if it is not signed.
	signature []byte
}

type received struct {
	Host, URI, Body string
	Header          http.Header
}

// newHarness starts an upstream with the handler and a sidecar with the configuration that change makes of the usual one.
func newHarness(t *testing.T, upstream http.HandlerFunc, change func(*sidecarconfig.Config)) *harness {
	t.Helper()
	return newHarnessWith(t, upstream, change, func(*sidecar.Options) {})
}

// newHarnessWith also changes the options.
func newHarnessWith(t *testing.T, upstream http.HandlerFunc, change func(*sidecarconfig.Config), set func(*sidecar.Options)) *harness {
	t.Helper()
	h := &harness{t: t, addresses: map[string]string{}, clock: &clock{now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}}
	up := httptest.NewServer(h.receive(upstream))
	t.Cleanup(up.Close)
	h.config = defaultConfig(up.URL)
	if change != nil {
		change(&h.config)
	}
	options := sidecar.Options{
		Audit: &h.audit, Log: slog.New(slog.NewJSONHandler(&h.log, nil)), Now: h.clock.Now, Listen: h.listen,
	}
	set(&options)
	if options.Trust != nil {
		h.signature = h.sign(newStatement(1), firstKey)
		options.Signature = h.signature
	}
	server, err := sidecar.New(t.Context(), h.file(), options)
	if err != nil {
		t.Fatal(err)
	}
	h.server = server
	t.Cleanup(server.Close)
	return h
}

// defaultConfig returns a configuration with everything on.
func defaultConfig(upstream string) sidecarconfig.Config {
	return sidecarconfig.Config{
		Version: sidecarconfig.Version, Chatbot: "shop/support", Revision: "rev1",
		Ports: []sidecarconfig.Port{{Name: "http", Shape: sidecarconfig.DefaultShape, Listen: listen, Upstream: upstream}},
		Egress: []sidecarconfig.Egress{{
			Name: "vendor", Shape: sidecarconfig.DefaultShape, Upstream: upstream + "/base",
		}},
		Disclose: &sidecarconfig.Disclose{
			Placements: []string{sidecarconfig.PlaceFirstMessage, sidecarconfig.PlaceHeader},
			Statements: map[string]string{
				"en": "You are chatting with an AI system.", "de": "Sie chatten mit einem KI-System.", "fr": "Vous parlez à une IA.",
			},
			DefaultLanguage: "en",
			Marking:         []string{sidecarconfig.MarkMachineReadable},
		},
		Redact:  sidecarconfig.Detectors(),
		Handoff: &sidecarconfig.Handoff{URL: "https://desk.shop.example/handoff", Mode: "on-request", MaxWaitSeconds: 180},
		Notice:  &sidecarconfig.Notice{PrivacyNoticeURL: "https://shop.example/privacy", TermsURL: "https://shop.example/terms"},
	}
}

func (h *harness) file() []byte {
	h.t.Helper()
	file, err := h.config.Marshal()
	if err != nil {
		h.t.Fatal(err)
	}
	return file
}

// takenPort is an address that cannot be opened.
const takenPort = ":23109"

func (h *harness) listen(network, address string) (net.Listener, error) {
	if address == takenPort {
		return nil, errors.New("address already in use")
	}
	l, err := net.Listen(network, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.addresses[address] = l.Addr().String()
	return l, nil
}

// address is where a configured address really listens.
func (h *harness) address(configured string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.addresses[configured]
}

func (h *harness) receive(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		h.mu.Lock()
		h.received = append(h.received, received{Host: r.Host, URI: r.RequestURI, Body: string(body), Header: r.Header})
		h.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		next(w, r)
	}
}

func (h *harness) listReceived() []received {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]received(nil), h.received...)
}

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

// client keeps no connections and follows no redirects.
var client = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask sends a chat request.
func (h *harness) ask(body string, header ...string) answer {
	h.t.Helper()
	return h.send(http.MethodPost, "http://"+h.address(listen)+chatPath, body, header...)
}

// send sends any request; header lists names and values in turn.
func (h *harness) send(method, url, body string, header ...string) answer {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if !slices.Contains(header, "Content-Type") {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header[header[i]] = append(req.Header[header[i]], header[i+1])
	}
	return h.do(req)
}

// do sends a request that is made already.
func (h *harness) do(req *http.Request) answer {
	h.t.Helper()
	res, err := client.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return answer{status: res.StatusCode, header: res.Header, body: string(text), err: err}
}

// get asks the admin port.
func (h *harness) get(path string) answer {
	h.t.Helper()
	return h.send(http.MethodGet, "http://"+h.address(contract.ListenAddress(contract.SidecarAdminPort))+path, "")
}

// stop lets all exchanges end.
func (h *harness) stop() {
	h.t.Helper()
	if h.stopped {
		return
	}
	h.stopped = true
	ctx, cancel := context.WithCancel(h.t.Context())
	cancel()
	if err := h.server.Run(ctx); err != nil {
		h.t.Fatal(err)
	}
}

// records ends the sidecar and returns all audit records, read strictly.
func (h *harness) records() []record {
	h.t.Helper()
	h.stop()
	var all []record
	decoder := json.NewDecoder(strings.NewReader(h.audit.String()))
	decoder.DisallowUnknownFields()
	for {
		var r record
		err := decoder.Decode(&r)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			h.t.Fatalf("%v in %q", err, h.audit.String())
		}
		all = append(all, r)
	}
}

// takeRecord returns the record of the one exchange there was.
func (h *harness) takeRecord() record {
	h.t.Helper()
	all := h.records()
	if len(all) != 1 {
		h.t.Fatalf("there are %d records, want one: %s", len(all), h.audit.String())
	}
	return all[0]
}

// checkRefusal checks everything about an exchange that was refused: status, body, header, record, and that the upstream saw
// as many requests as said.
func (h *harness) checkRefusal(got answer, status int, rule string, upstream int) {
	h.t.Helper()
	var body struct {
		Error struct{ Message, Type, Code, Rule, What, Remedy, Exchange string }
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		h.t.Fatalf("body %q: %v", got.body, err)
	}
	want := []any{status, rule, rule, "chaperone_refusal", "application/json"}
	have := []any{got.status, body.Error.Rule, body.Error.Code, body.Error.Type, got.header.Get("Content-Type")}
	if diff := cmp.Diff(want, have); diff != "" {
		h.t.Errorf("refusal (-want +got):\n%s", diff)
	}
	if body.Error.What == "" || body.Error.Remedy == "" || !strings.Contains(body.Error.Message, body.Error.Remedy) {
		h.t.Errorf("body is %s, want what, remedy and a message with both", got.body)
	}
	if marking := got.header["Chaperone-Marking"]; marking != nil {
		h.t.Errorf("a refusal is marked as %q", marking)
	}
	if seen := len(h.listReceived()); seen != upstream {
		h.t.Errorf("the upstream saw %d requests, want %d", seen, upstream)
	}
	r := h.takeRecord()
	if diff := cmp.Diff([]any{"refused", rule, status}, []any{r.Outcome, r.Rule, r.Status}); diff != "" {
		h.t.Errorf("record (-want +got):\n%s", diff)
	}
	exchange := got.header.Get("Chaperone-Exchange")
	if r.Exchange != exchange || body.Error.Exchange != exchange {
		h.t.Errorf("record is of %q, body of %q, header of %q", r.Exchange, body.Error.Exchange, exchange)
	}
}

// answerText answers every request with a fixed text.
func answerText(text string) http.HandlerFunc {
	content, _ := json.Marshal(text)
	return answerMessage(`{"role":"assistant","content":` + string(content) + `}`)
}

// answerMessage answers every request with a fixed message.
func answerMessage(message string) http.HandlerFunc {
	body := []byte(`{"id":"c1","choices":[{"index":0,"message":` + message + `,"finish_reason":"stop"}]}`)
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}
}

// streamTexts answers every request with a stream of the pieces.
func streamTexts(pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range pieces {
			_, _ = io.WriteString(w, event(piece))
			_ = http.NewResponseController(w).Flush()
		}
		_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	}
}

func event(text string) string {
	content, _ := json.Marshal(text)
	return `data: {"choices":[{"index":0,"delta":{"content":` + string(content) + `},"finish_reason":null}]}` + "\n\n"
}

// readText returns the text of an answer, plain or streamed.
func readText(t *testing.T, body string) string {
	t.Helper()
	text := ""
	for line := range strings.SplitSeq(body, "\n") {
		line = strings.TrimPrefix(line, "data: ")
		if line == "" || line == "[DONE]" {
			continue
		}
		var part struct {
			Choices []struct{ Message, Delta struct{ Content string } }
		}
		if err := json.Unmarshal([]byte(line), &part); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		for _, c := range part.Choices {
			text += c.Message.Content + c.Delta.Content
		}
	}
	return text
}

func chat(text string) string {
	content, _ := json.Marshal(text)
	return `{"model":"m","messages":[{"role":"user","content":` + string(content) + `}]}`
}

const hello = `{"model":"m","messages":[{"role":"user","content":"Hello"}]}`

const helloStreamed = `{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}`
