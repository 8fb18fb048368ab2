package transport

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

func newUpstream(t testing.TB) *Upstream {
	t.Helper()
	set, err := redact.NewSet([]string{"email", "phone", "payment-card", "iban"})
	if err != nil {
		t.Fatal(err)
	}
	return &Upstream{Transform: transform.New(set)}
}

func TestHeaderWithPersonalDataIsDeleted(t *testing.T) {
	cases := map[string]struct {
		name, value string
		// want are the values that stay.
		want []string
	}{
		"location":                      {"Location", "/users/joe@shop.example", nil},
		"escaped location":              {"Location", "/find?mail=joe%40shop.example&n=50%", nil},
		"warning":                       {"Warning", `199 - "no user joe@shop.example"`, nil},
		"header of the app":             {"X-User", "joe@shop.example", nil},
		"telephone number by its name":  {"X-Phone", "555 2671", nil},
		"card number":                   {"X-Card", "4111111111111111", nil},
		"account number":                {"X-Account", "DE89370400440532013000", nil},
		"file name":                     {"Content-Disposition", `attachment; filename="joe@shop.example.json"`, nil},
		"extended file name":            {"Content-Disposition", "attachment; filename*=UTF-8''joe%40shop.example.json", nil},
		"parameter of the content type": {"Content-Type", "application/json ; profile=\"joe@shop.example\"", []string{"application/json"}},
		"cookie":                        {"Set-Cookie", "user=joe%40shop.example; Path=/", nil},
		"digest of the old body":        {"Etag", `"1"`, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := http.Header{tc.name: {tc.value}, "X-Kept": {"yes"}}
			var counts redact.Counts
			newUpstream(t).rewriteHeader(h, &counts)
			want := http.Header{"X-Kept": {"yes"}}
			if tc.want != nil {
				want[tc.name] = tc.want
			}
			if diff := cmp.Diff(want, h); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			if found := counts.Total() == 1; found != (tc.name != "Etag") {
				t.Errorf("counts are %v", counts)
			}
		})
	}
}

func TestOtherValuesOfAHeaderStay(t *testing.T) {
	h := http.Header{"Set-Cookie": {"a=1", "b=joe@shop.example", "c=2"}}
	newUpstream(t).rewriteHeader(h, new(redact.Counts))
	if diff := cmp.Diff(http.Header{"Set-Cookie": {"a=1", "c=2"}}, h); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

// TestHeadersThatServersSendStay has the headers of OpenAI (through Cloudflare), Azure OpenAI, vLLM, Envoy and common frameworks.
func TestHeadersThatServersSendStay(t *testing.T) {
	for _, line := range [][2]string{
		{"Content-Type", "application/json; charset=utf-8"},
		{"Content-Type", "text/event-stream; charset=utf-8"},
		{"Date", "Sat, 28 Nov 2026 20:36:33 GMT"},
		{"Expires", "Thu, 01 Jan 1970 00:00:00 GMT"},
		{"Server", "uvicorn"},
		{"Server", "nginx/1.27.3"},
		{"Retry-After", "120"},
		{"Retry-After", "Sat, 28 Nov 2026 21:00:00 GMT"},
		{"Retry-After-Ms", "1350"},
		{"X-Request-Id", "req_6a1f4f4a0c1d4f7b9e0d7c1b2a3f4e5d"},
		{"X-Request-Id", "2f6e8d0c-1b3a-4c5d-9e8f-01234567890a"},
		{"Apim-Request-Id", "8c0e1f2a-3344-4556-8778-99aabbccddee"},
		{"X-Ms-Region", "East US 2"},
		{"Azureml-Model-Session", "d125-20261120190512"},
		{"Openai-Organization", "user-abc123def456"},
		{"Openai-Processing-Ms", "1234"},
		{"Openai-Version", "2020-10-01"},
		{"X-Ratelimit-Limit-Requests", "10000"},
		{"X-Ratelimit-Limit-Tokens", "30000000"},
		{"X-Ratelimit-Remaining-Tokens", "29999984"},
		{"X-Ratelimit-Reset-Requests", "6ms"},
		{"X-Ratelimit-Reset-Tokens", "1m26.4s"},
		{"X-Ratelimit-Reset", "1764362193"},
		{"X-Envoy-Upstream-Service-Time", "1250"},
		{"Cf-Ray", "8e9f1a2b3c4d5e6f-FRA"},
		{"Alt-Svc", `h3=":443"; ma=86400`},
		{"Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"},
		{"Access-Control-Expose-Headers", "X-Request-ID, X-Ratelimit-Reset"},
		{"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
		{"Server-Timing", "total;dur=1764.362, db;dur=53.1"},
		{"Set-Cookie", "__cf_bm=Ab3.dEf_9-1764362193-1.0.1.1-Q2hhcGVyb25l; path=/; expires=Sat, 28-Nov-26 21:06:33 GMT; domain=.api.openai.com; HttpOnly; Secure; SameSite=None"},
		{"Set-Cookie", "_cfuvid=xYz.123-1764362193123-0.0.1.1-604800000; path=/; domain=.api.openai.com; HttpOnly"},
		{"Set-Cookie", "connect.sid=s%3Aq1w2e3r4t5z6u7i8o9p0.K3f%2Bx%2F1a2b3c4d; Path=/; HttpOnly"},
		{"Set-Cookie", "_ga=GA1.2.1234567890.1764362193; Max-Age=63072000"},
		{"Link", `<https://shop.example/next?page=2>; rel="next"`},
	} {
		h := http.Header{line[0]: {line[1]}}
		newUpstream(t).rewriteHeader(h, new(redact.Counts))
		if diff := cmp.Diff(http.Header{line[0]: {line[1]}}, h); diff != "" {
			t.Errorf("header (-want +got):\n%s", diff)
		}
	}
}

func TestIsDate(t *testing.T) {
	for value, want := range map[string]bool{
		"Sat, 28 Nov 2026 20:36:33 GMT": true,
		"Sun, 06 Nov 1994 08:49:37 GMT": true,
		"555, 28 Nov 2026 20:36:33 GMT": false,
		"atS, 28 Nov 2026 20:36:33 GMT": false,
		"Sat, 28 089 2026 20:36:33 GMT": false,
		"Sat, 28 ovD 2026 20:36:33 GMT": false,
		"Sat, 28 Nov 2026 20-36-33 GMT": false,
		"Sat, 28 Nov 2026 20:36:33 CET": false,
		"Sat, 28 Nov x026 20:36:33 GMT": false,
		"Sat, 28 Nov 2026 20:36:33":     false,
	} {
		if got := isDate(value); got != want {
			t.Errorf("isDate(%q) is %t, want %t", value, got, want)
		}
	}
}

func BenchmarkRewriteHeader(b *testing.B) {
	u := newUpstream(b)
	h := http.Header{
		"Content-Type": {"application/json"}, "Date": {"Sat, 28 Nov 2026 20:36:33 GMT"}, "Server": {"uvicorn"},
		"X-Request-Id": {"req_6a1f4f4a0c1d4f7b9e0d7c1b2a3f4e5d"}, "X-Ratelimit-Remaining-Tokens": {"29999984"},
		"Openai-Processing-Ms": {"1234"},
	}
	var counts redact.Counts
	for b.Loop() {
		u.rewriteHeader(h, &counts)
	}
}
