package client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
	"github.com/chaperone-dev/chaperone/test/samplebot/client"
)

// server says back what reached it, and misbehaves on other paths.
func server(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Add("X-Notice", "one")
		w.Header().Add("X-Notice", "two")
		fmt.Fprintf(w, "%s %s %s %s", r.Method, r.Host, r.Header.Get("Content-Type"), body)
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/echo", http.StatusFound) })
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		fmt.Fprint(w, "half")
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/refused/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "humans only", http.StatusServiceUnavailable)
	})
	mux.Handle(bot.Path, bot.Handler(bot.Options{}))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// request is a request with a timeout that no test reaches.
func request(url string) client.Request { return client.Request{URL: url, Timeout: time.Minute} }

func TestPrint(t *testing.T) {
	s := server(t)
	echo := "HTTP/1.1 200 OK\nContent-Length: %d\nContent-Type: text/plain\nX-Notice: one\nX-Notice: two\n\n%s"
	said := func(text string) string { return fmt.Sprintf(echo, len(text), text) }
	post := func(header http.Header) client.Request {
		r := request(s.URL + "/echo")
		r.Method, r.Body, r.Header = http.MethodPost, []byte(`{}`), header
		return r
	}
	host := strings.TrimPrefix(s.URL, "http://")
	cases := map[string]struct {
		request client.Request
		want    string
	}{
		"GET":                     {request(s.URL + "/echo"), said("GET " + host + "  ")},
		"POST is JSON":            {post(nil), said("POST " + host + " application/json {}")},
		"POST of another type":    {post(http.Header{"Content-Type": {"text/plain"}}), said("POST " + host + " text/plain {}")},
		"the host that was named": {post(http.Header{"Host": {"shop.example"}}), said("POST shop.example application/json {}")},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := client.Print(t.Context(), tc.request, &out); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Errorf("printed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrintFails(t *testing.T) {
	s := server(t)
	slow := request(s.URL + "/slow")
	slow.Timeout = time.Millisecond
	cases := map[string]struct {
		request client.Request
		want    error
		printed string
	}{
		"another status: still printed": {request(s.URL + "/refused/"), client.ErrStatus, "humans only\n"},
		"a redirect: not followed":      {request(s.URL + "/moved"), client.ErrStatus, "Location: /echo\n"},
		"no listener":                   {request(closedURL(t)), client.ErrNoResponse, ""},
		"too slow":                      {slow, client.ErrNoResponse, ""},
		"cut off":                       {request(s.URL + "/cut"), client.ErrNoResponse, "half"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := client.Print(t.Context(), tc.request, &out)
			if !errors.Is(err, tc.want) || !strings.Contains(out.String(), tc.printed) {
				t.Errorf("error %v, want %v; printed %q, want %q in it", err, tc.want, out.String(), tc.printed)
			}
		})
	}
}

// closedURL is the address of a server that has ended.
func closedURL(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	return s.URL
}

func TestAsk(t *testing.T) {
	s := server(t)
	cases := map[string]struct {
		url, want string
	}{
		"the bot's path":   {s.URL + bot.Path, "You said: Where is my order?\n"},
		"no path":          {s.URL, "You said: Where is my order?\n"},
		"the root's slash": {s.URL + "/", "You said: Where is my order?\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := client.Ask(t.Context(), request(tc.url), "Where is my order?", &out); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Errorf("printed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAskFails(t *testing.T) {
	s := server(t)
	cases := map[string]struct {
		url, printed, want string
	}{
		"a refusal: printed":           {s.URL + "/refused/", "humans only", "status is not 2xx: POST " + s.URL + "/refused/: 503 Service Unavailable"},
		"no chat completion: printed":  {s.URL + "/echo", "POST ", "the response of " + s.URL + "/echo is not a chat completion"},
		"no listener: nothing printed": {closedURL(t), "", "no response"},
		"no URL":                       {"http://shop.example:port", "", "read URL"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := client.Ask(t.Context(), request(tc.url), "Hello", &out)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) || !strings.HasPrefix(out.String(), tc.printed) {
				t.Errorf("error %v, want %q; printed %q, want %q", err, tc.want, out.String(), tc.printed)
			}
		})
	}
}
