package sidecar_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
)

// compressor compresses what is written to it, and can write out what it has.
type compressor interface {
	io.WriteCloser
	Flush() error
}

// compressors makes a compressor for each content coding.
var compressors = map[string]func(w io.Writer) compressor{
	"gzip": func(w io.Writer) compressor { return gzip.NewWriter(w) },
	"br":   func(w io.Writer) compressor { return brotli.NewWriter(w) },
	"zstd": func(w io.Writer) compressor {
		z, _ := zstd.NewWriter(w) // Without options there is no error.
		return z
	},
}

func compress(t *testing.T, coding, content string) string {
	t.Helper()
	var out strings.Builder
	z := compressors[coding](&out)
	if _, err := io.WriteString(z, content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// bomb returns 320 KiB that contain 10 GiB of zeros: zstd blocks of 128 KiB, each of which says which byte it repeats.
func bomb() string {
	const blockSize = 128 << 10
	out := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38}
	for range 10 << 30 / blockSize {
		const repeatedByte = 1 << 1
		out = binary.LittleEndian.AppendUint32(out, repeatedByte|blockSize<<3)
	}
	return string(append(out, 1, 0, 0))
}

// encodeAnswer lets the app compress what it answers, event by event, whatever the client accepts.
func encodeAnswer(coding string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", coding)
		w.Header().Set("Vary", "Accept-Encoding")
		w.Header().Set("Etag", `"1"`)
		z := compressors[coding](w)
		next(encodedWriter{w, z}, r)
		_ = z.Close()
	}
}

type encodedWriter struct {
	http.ResponseWriter
	z compressor
}

func (w encodedWriter) Write(p []byte) (int, error) { return w.z.Write(p) }

func (w encodedWriter) FlushError() error {
	if err := w.z.Flush(); err != nil {
		return err
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func TestCompressedRequestsAreReadAndGoOnPlain(t *testing.T) {
	for coding := range compressors {
		t.Run(coding, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), nil)
			got := h.ask(compress(t, coding, chat("I am "+personal)), "Content-Encoding", coding)
			seen := h.listReceived()[0]
			want := []any{200, chat("I am " + redacted), "", strconv.Itoa(len(seen.Body))}
			have := []any{got.status, seen.Body, seen.Header.Get("Content-Encoding"), seen.Header.Get("Content-Length")}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("request upstream (-want +got):\n%s", diff)
			}
			if r := h.takeRecord(); r.RequestBytes != len(chat("I am "+personal)) || r.Redacted["request"]["iban"] != 1 {
				t.Errorf("record is %+v", r)
			}
		})
	}
}

func TestCompressedRequestsThatAreRefused(t *testing.T) {
	whole := compress(t, "gzip", chat("Hello"))
	cases := map[string]struct {
		coding, body string
		status       int
		rule         string
	}{
		"cut":                  {"gzip", whole[:len(whole)/2], 400, "sidecar.body_malformed"},
		"more behind the end":  {"gzip", whole + "rest", 400, "sidecar.body_malformed"},
		"another coding":       {"br", whole, 400, "sidecar.body_malformed"},
		"not compressed":       {"zstd", hello, 400, "sidecar.body_malformed"},
		"compressed twice":     {"gzip", compress(t, "gzip", whole), 400, "sidecar.body_malformed"},
		"two codings":          {"gzip, gzip", compress(t, "gzip", whole), 415, "sidecar.content_encoding"},
		"unknown coding":       {"rot13", hello, 415, "sidecar.content_encoding"},
		"bomb":                 {"zstd", bomb(), 413, "sidecar.body_too_large"},
		"zeros":                {"gzip", compress(t, "gzip", strings.Repeat("\x00", 1<<20)), 413, "sidecar.body_too_large"},
		"content of 2 MiB":     {"br", compress(t, "br", numbers(2<<20)), 413, "sidecar.body_too_large"},
		"no JSON in the body":  {"br", compress(t, "br", "hello"), 400, "sidecar.body_malformed"},
		"a window of 16 MiB":   {"zstd", wideWindow(t), 503, "sidecar.overloaded"},
		"an image in the body": {"zstd", compress(t, "zstd", "{"+imagePart+"}"), 422, "sidecar.part_unreadable"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), nil)
			got := h.ask(tc.body, "Content-Encoding", tc.coding)
			accepted := map[bool]string{true: "gzip, br, zstd"}[tc.status == http.StatusUnsupportedMediaType]
			if got.header.Get("Accept-Encoding") != accepted {
				t.Errorf("Accept-Encoding is %q, want %q", got.header.Get("Accept-Encoding"), accepted)
			}
			h.checkRefusal(got, tc.status, tc.rule, 0)
		})
	}
}

// numbers returns a request with many different numbers, which compresses less than ten times.
func numbers(length int) string {
	var out strings.Builder
	for i := 0; out.Len() < length; i++ {
		out.WriteString(strconv.Itoa(i*7919) + " ")
	}
	return chat(out.String())
}

// wideWindow returns a request whose decoder would need 16 MiB.
func wideWindow(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out, zstd.WithWindowSize(16<<20), zstd.WithSingleSegment(false))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(z, hello)
	_ = z.Flush()
	_ = z.Close()
	return out.String()
}

// TestSuspendedChatbotReadsCompressedRequests to learn that the client wants a stream.
func TestSuspendedChatbotReadsCompressedRequests(t *testing.T) {
	h := newHarness(t, answerText("Hi"), suspendAndSay)
	got := h.ask(compress(t, "br", helloStreamed), "Content-Encoding", "br")
	if text := readText(t, got.body); text != saidSuspended || got.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("answer is %+v", got)
	}
}

func TestCompressedAnswersAreReadAndGoOnPlain(t *testing.T) {
	apps := map[string]struct {
		app    http.HandlerFunc
		status int
		body   string
	}{
		"whole":    {answerText("I know " + personal), 200, ""},
		"streamed": {streamTexts("I know "+personal[:5], personal[5:]), 200, ""},
		"error":    {failAs(429, "text/plain", "no "+personal), 429, "no " + redacted},
	}
	for coding := range compressors {
		for name, tc := range apps {
			t.Run(coding+", "+name, func(t *testing.T) {
				h := newHarness(t, encodeAnswer(coding, tc.app), nil)
				got := h.ask(hello, "Accept-Encoding", coding)
				if seen := h.listReceived()[0].Header.Get("Accept-Encoding"); seen != "identity" {
					t.Errorf("the app was asked for %q", seen)
				}
				body := got.body
				if tc.body == "" {
					body, tc.body = readText(t, got.body), english+"I know "+redacted
				}
				want := []any{tc.status, tc.body, "", "", "Accept-Encoding"}
				have := []any{got.status, body, got.header.Get("Content-Encoding"), got.header.Get("Etag"), got.header.Get("Vary")}
				if diff := cmp.Diff(want, have); diff != "" || got.err != nil {
					t.Errorf("error %v, answer (-want +got):\n%s", got.err, diff)
				}
				if r := h.takeRecord(); r.Outcome != "answered" || r.Redacted["answer"]["iban"] != 1 {
					t.Errorf("record is %+v", r)
				}
			})
		}
	}
}

// TestCompressedStreamsAreNotHeldBack: a client gets each event before the app sends the next one.
func TestCompressedStreamsAreNotHeldBack(t *testing.T) {
	for coding := range compressors {
		t.Run(coding, func(t *testing.T) {
			received := make(chan struct{})
			h := newHarness(t, encodeAnswer(coding, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = io.WriteString(w, event("Hello, how are you today? "))
				_ = http.NewResponseController(w).Flush()
				<-received
				_, _ = io.WriteString(w, event("Bye")+"data: [DONE]\n\n")
			}), nil)
			res, err := http.Post("http://"+h.address(listen)+chatPath, "application/json", strings.NewReader(helloStreamed))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			first := make([]byte, len("data: {"))
			if _, err := io.ReadFull(res.Body, first); err != nil {
				t.Fatal(err)
			}
			close(received)
			rest, err := io.ReadAll(res.Body)
			if text := readText(t, string(first)+string(rest)); err != nil || text != english+"Hello, how are you today? Bye" {
				t.Errorf("text %q, error %v", text, err)
			}
		})
	}
}

func TestCompressedAnswersThatAreRefused(t *testing.T) {
	whole := compress(t, "gzip", `{"choices":[{"message":{"content":"Hi"}}]}`)
	cases := map[string]struct {
		coding, body, rule string
	}{
		"cut":             {"gzip", whole[:len(whole)/2], "sidecar.answer_malformed"},
		"not compressed":  {"br", "{}", "sidecar.answer_malformed"},
		"two codings":     {"gzip, br", whole, "sidecar.answer_type"},
		"unknown coding":  {"rot13", "{}", "sidecar.answer_type"},
		"bomb":            {"zstd", bomb(), "sidecar.answer_too_large"},
		"above the limit": {"br", compress(t, "br", numbers(5<<20)), "sidecar.answer_too_large"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, encodedAs(tc.coding, "application/json", tc.body), nil)
			h.checkRefusal(h.ask(hello), 502, tc.rule, 1)
		})
	}
}

func encodedAs(coding, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Encoding", coding)
		_, _ = io.WriteString(w, body)
	}
}

// TestCompressedStreamsThatAreRefused after their header: they end with the refusal.
func TestCompressedStreamsThatAreRefused(t *testing.T) {
	stream := compress(t, "zstd", event("Hello")+event("Bye"))
	for name, tc := range map[string]struct{ body, rule string }{
		"cut":  {stream[:len(stream)-3], "sidecar.answer_malformed"},
		"bomb": {compress(t, "zstd", event("Hello")) + bomb(), "sidecar.answer_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, encodedAs("zstd", "text/event-stream", tc.body), nil)
			got := h.ask(helloStreamed)
			if !strings.Contains(got.body, tc.rule) || got.err != nil || len(got.body) > 4<<10 {
				t.Errorf("error %v, body of %d bytes: %.300s", got.err, len(got.body), got.body)
			}
			if r := h.takeRecord(); r.Outcome != "refused" || r.Rule != tc.rule {
				t.Errorf("record is %+v", r)
			}
		})
	}
}

func TestCompressedExchangesAreObserved(t *testing.T) {
	for coding := range compressors {
		t.Run(coding, func(t *testing.T) {
			seen := make(chan string, 1)
			app := encodeAnswer(coding, answerText("I know "+personal))
			h, _ := newPassing(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				seen <- string(body)
				app(w, r)
			})
			body := compress(t, coding, chat("I am "+personal))
			got := h.ask(body, "Content-Encoding", coding)
			if <-seen != body || got.header.Get("Content-Encoding") != coding {
				t.Error("the exchange was changed")
			}
			all := map[string]int64{"email": 1, "iban": 1, "payment-card": 1, "phone": 1}
			observed := h.observations(1).Routes
			want := observe.RouteCounts{
				Route:     observed[0].Route,
				Exchanges: 1, Read: 1, Fits: map[string]int64{"openai-chat": 1}, Disclosed: 1,
				FoundInRequests: all, FoundInAnswers: all,
			}
			if diff := cmp.Diff([]observe.RouteCounts{want}, observed); diff != "" {
				t.Errorf("observed (-want +got):\n%s", diff)
			}
		})
	}
}
