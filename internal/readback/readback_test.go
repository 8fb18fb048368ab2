package readback_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/readback"
)

func TestAsk(t *testing.T) {
	const good = `{"active":"0123456789abcdef","chatbot":"shop/support","policyRevision":"r1","serial":7,"expired":false,"auditAvailable":true}`
	tests := map[string]struct {
		status int
		body   string
		want   readback.Answer
		err    string
	}{
		"a sidecar":                            {200, good, readback.Answer{Hash: "0123456789abcdef", Serial: 7}, ""},
		"its configuration has expired":        {200, strings.Replace(good, "false", "true", 1), readback.Answer{Hash: "0123456789abcdef", Serial: 7, Expired: true}, ""},
		"a sidecar of before signatures":       {200, `{"active":"0123456789abcdef"}`, readback.Answer{Hash: "0123456789abcdef"}, ""},
		"something else":                       {200, "secret", readback.Answer{}, "the answer is not one of a sidecar"},
		"a hash that is none":                  {200, `{"active":"secret"}`, readback.Answer{}, "the answer is not one of a sidecar"},
		"a serial that is none":                {200, strings.Replace(good, "7", "-7", 1), readback.Answer{}, "the answer is not one of a sidecar"},
		"an answer that is too long":           {200, good + strings.Repeat(" ", 4<<10), readback.Answer{}, "the answer is not one of a sidecar"},
		"an error":                             {500, "secret", readback.Answer{}, "status 500"},
		"a redirect, for example to a service": {302, "secret", readback.Answer{}, "status 302"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked++; r.URL.Path != "/config-status" || r.Method != http.MethodGet || asked > 1 {
					t.Errorf("request %d: %s %s", asked, r.Method, r.URL)
				}
				w.Header().Set("Location", "/other")
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			}))
			defer server.Close()
			got, err := readback.NewClient().Ask(t.Context(), strings.TrimPrefix(server.URL, "http://"))
			if got != tc.want || (err == nil) != (tc.err == "") {
				t.Fatalf("answer %+v, error %v", got, err)
			}
			if err != nil && (!strings.Contains(err.Error(), tc.err) || strings.Contains(err.Error(), "secret")) {
				t.Errorf("error %v, want %q", err, tc.err)
			}
		})
	}
}

func TestSend(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPut || r.URL.Path != "/config" || string(body) != "{}" || r.Header.Get("Chaperone-Signature") != "c2lnbmVk" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, `{"active":"0123456789abcdef","serial":8}`)
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	got, err := readback.NewClient().Send(t.Context(), address, []byte("{}"), []byte("signed"))
	if want := (readback.Answer{Hash: "0123456789abcdef", Serial: 8}); err != nil || got != want {
		t.Errorf("answer %+v, error %v", got, err)
	}
	if _, err := readback.NewClient().Send(t.Context(), address, []byte("{}"), nil); err == nil || !strings.Contains(err.Error(), "status 403") {
		t.Errorf("error %v", err)
	}
}

func TestAskWithoutASidecar(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	if _, err := readback.NewClient().Ask(t.Context(), strings.TrimPrefix(server.URL, "http://")); err == nil {
		t.Error("an answer of a closed port")
	}
}
