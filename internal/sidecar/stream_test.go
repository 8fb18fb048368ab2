package sidecar_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStreamIsRedactedAndDisclosed(t *testing.T) {
	h := newHarness(t, streamTexts(strings.SplitAfter("I know "+personal, "")...), nil)
	got := h.ask(helloStreamed)
	if diff := cmp.Diff("You are chatting with an AI system.\n\nI know "+redacted, readText(t, got.body)); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if !strings.HasSuffix(got.body, "data: [DONE]\n\n") || got.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("header %v, body ends in %q", got.header, got.body[max(0, len(got.body)-40):])
	}
	r := h.takeRecord()
	if r.Outcome != "answered" || !r.Streamed || !r.Disclosed || r.AnswerBytes != len(got.body) {
		t.Errorf("record is %+v", r)
	}
	if diff := cmp.Diff(map[string]int{"email": 1, "phone": 1, "payment-card": 1, "iban": 1}, r.Redacted["answer"]); diff != "" {
		t.Errorf("redacted (-want +got):\n%s", diff)
	}
}

// TestStreamComesThroughWhileItIsWritten: the upstream writes the second piece only when the client has the first.
func TestStreamComesThroughWhileItIsWritten(t *testing.T) {
	next := make(chan struct{})
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range []string{"one ", "two "} {
			_, _ = io.WriteString(w, event(piece))
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	}, nil)
	res := h.open(t.Context(), helloStreamed)
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewReader(res.Body)
	for _, want := range []string{"You are chatting with an AI system.\n\none ", "two "} {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, readText(t, line)); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
		_, _ = lines.ReadString('\n')
		next <- struct{}{}
	}
}

// TestKeepAliveComesThrough: proxies cut a stream that is silent for long, so the client gets a comment before the model has an answer.
func TestKeepAliveComesThrough(t *testing.T) {
	next := make(chan struct{})
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, ": keep-alive for joe@shop.example\n\n")
		_ = http.NewResponseController(w).Flush()
		<-next
		_, _ = io.WriteString(w, event("one ")+"data: [DONE] \n\n")
	}, nil)
	res := h.open(t.Context(), helloStreamed)
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewReader(res.Body)
	if line, err := lines.ReadString('\n'); line != ":\n" || err != nil {
		t.Errorf("first line is %q (%v), want a comment without text", line, err)
	}
	close(next)
	rest, _ := io.ReadAll(lines)
	if diff := cmp.Diff("\n"+event("You are chatting with an AI system.\n\none ")+"data: [DONE]\n\n", string(rest)); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

// open sends a chat request and returns while the answer is still being written.
func (h *harness) open(ctx context.Context, body string) *http.Response {
	h.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+h.address(listen)+chatPath, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	return res
}

func TestStreamsThatEndEarly(t *testing.T) {
	begin := func(w http.ResponseWriter, text string) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, text)
		_ = http.NewResponseController(w).Flush()
	}
	cases := map[string]struct {
		upstream      http.HandlerFunc
		outcome, rule string
		// broken: the client must not take the answer for whole.
		broken bool
		body   string
	}{
		"upstream cuts the connection": {
			upstream: func(w http.ResponseWriter, _ *http.Request) {
				begin(w, event("one "))
				panic(http.ErrAbortHandler)
			},
			outcome: "cut", broken: true, body: "one",
		},
		"event that is not JSON": {
			upstream: func(w http.ResponseWriter, _ *http.Request) { begin(w, event("one ")+"data: joe@shop.example\n\n") },
			outcome:  "refused", rule: "sidecar.answer_malformed", body: `"rule":"sidecar.answer_malformed"`,
		},
		"event that is too long": {
			upstream: func(w http.ResponseWriter, _ *http.Request) { begin(w, event(strings.Repeat("a", 70<<10))) },
			outcome:  "refused", rule: "sidecar.answer_too_large", body: `"rule":"sidecar.answer_too_large"`,
		},
		"lines of JSON instead of events": {
			upstream: func(w http.ResponseWriter, _ *http.Request) {
				begin(w, `{"choices":[{"delta":{"content":"joe@shop.example"}}]}`+"\n"+`{"done":true}`+"\n")
			},
			outcome: "refused", rule: "sidecar.answer_malformed", body: `"rule":"sidecar.answer_malformed"`,
		},
		"stream without an event": {
			upstream: func(w http.ResponseWriter, _ *http.Request) { begin(w, ": joe@shop.example\n\n") },
			outcome:  "refused", rule: "sidecar.answer_malformed", body: `"rule":"sidecar.answer_malformed"`,
		},
		"stream without its end is passed on whole": {
			upstream: func(w http.ResponseWriter, _ *http.Request) { begin(w, event("write joe@shop.example")) },
			outcome:  "answered", body: "[redacted:email]",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tc.upstream, nil)
			got := h.ask(helloStreamed)
			if (got.err != nil) != tc.broken {
				t.Errorf("reading gave %v, want an error: %t", got.err, tc.broken)
			}
			if !strings.Contains(got.body, tc.body) || strings.Contains(got.body, "joe@") {
				t.Errorf("body is %s", got.body)
			}
			if r := h.takeRecord(); r.Outcome != tc.outcome || r.Rule != tc.rule || r.Status != http.StatusOK {
				t.Errorf("record is %+v", r)
			}
		})
	}
}

func TestClientThatLeavesEndsTheUpstreamToo(t *testing.T) {
	ended := make(chan struct{})
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, event("one "))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(ended)
	}, nil)
	ctx, leave := context.WithCancel(t.Context())
	res := h.open(ctx, helloStreamed)
	if _, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	leave()
	_ = res.Body.Close()
	<-ended
	if r := h.takeRecord(); r.Outcome != "disconnected" {
		t.Errorf("record is %+v", r)
	}
}

func TestClientThatLeavesBeforeTheAnswer(t *testing.T) {
	for name, begin := range map[string]func(http.ResponseWriter){
		"before its header": func(http.ResponseWriter) {},
		"inside its body": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			// More than the buffers of a connection hold: the sidecar has read the header when all is written.
			_, _ = io.WriteString(w, `{"a":"`+strings.Repeat("a", 3<<20))
		},
	} {
		t.Run(name, func(t *testing.T) { leaveBeforeTheAnswer(t, begin) })
	}
}

// leaveBeforeTheAnswer closes the connection of a client when begin has sent what there is of an answer.
func leaveBeforeTheAnswer(t *testing.T, begin func(http.ResponseWriter)) {
	t.Helper()
	arrived, ended := make(chan struct{}), make(chan struct{})
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		begin(w)
		close(arrived)
		<-r.Context().Done()
		close(ended)
	}, nil)
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+h.address(listen)+chatPath, strings.NewReader(hello))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	done := make(chan error, 1)
	go func() {
		res, err := client.Do(req)
		if err == nil {
			err = res.Body.Close()
		}
		done <- err
	}()
	<-arrived
	leave()
	if err := <-done; err == nil {
		t.Error("the client got an answer")
	}
	<-ended
	if r := h.takeRecord(); r.Outcome != "disconnected" || r.Rule != "sidecar.disconnected" {
		t.Errorf("record is %+v", r)
	}
}
