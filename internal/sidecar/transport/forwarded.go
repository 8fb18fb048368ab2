package transport

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

// Headers by which proxies tell an app about the client.
const (
	forwarded      = "Forwarded"
	forwardedFor   = "X-Forwarded-For"
	forwardedHost  = "X-Forwarded-Host"
	forwardedProto = "X-Forwarded-Proto"
	realIP         = "X-Real-Ip"

	forwardedPrefix = "X-Forwarded-"
)

// clientHeaders are further headers with the address of the client, as content delivery networks and ingress controllers write them.
var clientHeaders = []string{
	"True-Client-Ip", "Cf-Connecting-Ip", "Cf-Connecting-Ipv6", "Fastly-Client-Ip", "X-Client-Ip", "X-Cluster-Client-Ip",
	"X-Envoy-External-Address", "X-Original-Forwarded-For", "X-Azure-Clientip", "Fly-Client-Ip",
}

// rewriteForwarding tells the app about the client as a proxy does, and tells a model service nothing about it.
//
// To the app, the headers of the proxies in front go on as they are, and the sidecar adds the address of its peer: to X-Forwarded-For, to
// Forwarded if the request has it, and as X-Real-Ip if the request has none. It does not set X-Forwarded-Host and X-Forwarded-Proto: the app
// receives the Host of the client anyway, and the sidecar does not know whether TLS ended in front of it. A client can send any of these
// headers, so an app may trust only the entries of proxies that it knows, from the right; the sidecar is one more.
//
// In the calls of the app to a model service, the address of a client is personal data that the service does not need.
func rewriteForwarding(pr *httputil.ProxyRequest, rt *exchange.Route) {
	out := pr.Out.Header
	for name := range out {
		isSpelledOtherwise := strings.Contains(name, "_")
		if (isSpelledOtherwise || rt.Direction == exchange.Egress) && isForwarding(name) {
			delete(out, name)
		}
	}
	peer, _, err := net.SplitHostPort(pr.In.RemoteAddr)
	if rt.Direction == exchange.Egress || err != nil {
		return
	}
	// The proxy has deleted these headers from the request to the upstream.
	for _, name := range []string{forwarded, forwardedFor, forwardedHost, forwardedProto} {
		if values := pr.In.Header[name]; len(values) > 0 {
			out[name] = slices.Clone(values)
		}
	}
	addElement(out, forwardedFor, peer)
	if len(out[forwarded]) > 0 {
		addElement(out, forwarded, "for="+formatNode(peer))
	}
	if len(out[realIP]) == 0 {
		out[realIP] = []string{peer}
	}
}

// isForwarding reports whether a header tells about the client. It does not distinguish upper and lower case, nor `_` and `-`, which many
// servers take for the same.
func isForwarding(name string) bool {
	name = http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))
	return name == forwarded || name == realIP || strings.HasPrefix(name, forwardedPrefix) || slices.Contains(clientHeaders, name)
}

// addElement adds an element to a header that is a list, which proxies may have written in several lines.
func addElement(h http.Header, name, element string) {
	h[name] = []string{strings.Join(append(h[name], element), ", ")}
}

// formatNode returns an IP address as Forwarded has it: IPv6 in brackets and quotes (RFC 7239, section 6).
func formatNode(address string) string {
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() {
		return `"[` + address + `]"`
	}
	return address
}
