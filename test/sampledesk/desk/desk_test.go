package desk_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/test/sampledesk/desk"
)

// send sends one request and returns the status and the body.
func send(t *testing.T, handler http.Handler, method, path, body string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
	response, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, strings.TrimSpace(string(response))
}

func TestDeskReceives(t *testing.T) {
	const refused = `{"error":"a handoff is a JSON object with a string \"reason\""}`
	padded := func(n int) string {
		empty := `{"reason":"","padding":""}`
		return `{"reason":"","padding":"` + strings.Repeat("a", n-len(empty)) + `"}`
	}
	cases := map[string]struct {
		body   string
		status int
		want   string
	}{
		"an object with a reason":          {`{"reason":"asked for a human","subject":{"id":"s1"}}`, 202, `{"id":"handoff-1"}`},
		"of exactly 64 KiB":                {padded(64 << 10), 202, `{"id":"handoff-1"}`},
		"one byte more: too large":         {padded(64<<10 + 1), 413, `{"error":"a handoff has at most 65536 bytes"}`},
		"no reason: refused":               {`{"why":"x"}`, 400, refused},
		"a reason that is null: refused":   {`{"reason":null}`, 400, refused},
		"a reason that is a list: refused": {`{"reason":["x"]}`, 400, refused},
		"a list: refused":                  {`[{"reason":"x"}]`, 400, refused},
		"null: refused":                    {`null`, 400, refused},
		"two objects: refused":             {`{"reason":"x"}{}`, 400, refused},
		"half an object: refused":          {`{"reason":"x"`, 400, refused},
		"nothing: refused":                 {``, 400, refused},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			status, got := send(t, desk.Handler(desk.DefaultKeep), http.MethodPost, desk.Path, tc.body)
			if diff := cmp.Diff(tc.want, got); diff != "" || status != tc.status {
				t.Errorf("status %d, want %d; body (-want +got):\n%s", status, tc.status, diff)
			}
		})
	}
}

func TestDeskListsTheLastAndCountsAll(t *testing.T) {
	handler := desk.Handler(2)
	want := desk.List{Count: 0, IDs: []string{}}
	for _, ids := range [][]string{{"handoff-1"}, {"handoff-1", "handoff-2"}, {"handoff-2", "handoff-3"}} {
		if diff := cmp.Diff(want, getList(t, handler)); diff != "" {
			t.Errorf("list (-want +got):\n%s", diff)
		}
		send(t, handler, http.MethodPost, desk.Path, `{"reason":"call joe@shop.example"}`)
		want = desk.List{Count: want.Count + 1, IDs: ids}
	}
	send(t, handler, http.MethodPost, desk.Path, `{}`)
	if diff := cmp.Diff(want, getList(t, handler)); diff != "" {
		t.Errorf("list after one that was refused (-want +got):\n%s", diff)
	}
}

func getList(t *testing.T, handler http.Handler) desk.List {
	t.Helper()
	status, body := send(t, handler, http.MethodGet, desk.ListPath, "")
	var got desk.List
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, body %q: %v", status, body, err)
	}
	return got
}

func TestDeskIsHealthy(t *testing.T) {
	if status, body := send(t, desk.Handler(1), http.MethodGet, "/healthz", ""); status != http.StatusOK || body != "ok" {
		t.Errorf("status %d, body %q", status, body)
	}
}
