package transport

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

func TestForwardingOfAnIPv6Peer(t *testing.T) {
	in := httptest.NewRequest(http.MethodPost, "/", nil)
	in.RemoteAddr = "[2001:db8::1]:4711"
	in.Header.Set("Forwarded", "for=203.0.113.7;proto=https")
	out := in.Clone(t.Context())
	rewriteForwarding(&httputil.ProxyRequest{In: in, Out: out}, &exchange.Route{Direction: exchange.Ingress})
	want := http.Header{
		"Forwarded":       {`for=203.0.113.7;proto=https, for="[2001:db8::1]"`},
		"X-Forwarded-For": {"2001:db8::1"}, "X-Real-Ip": {"2001:db8::1"},
	}
	if diff := cmp.Diff(want, out.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"for=203.0.113.7;proto=https"}, in.Header["Forwarded"]); diff != "" {
		t.Errorf("header of the client's request (-want +got):\n%s", diff)
	}
}
