package transport

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// reach is how far the name of an upstream may lead.
type reach uint8

const (
	// reachPublic leads to addresses of the internet only.
	reachPublic reach = iota
	// reachPrivate leads to private addresses too, such as those of Services.
	reachPrivate
)

// dialer connects to upstreams, and to no address at which none can answer: whoever rules over the DNS of a name could lead the calls of the
// app to the pod itself, to the node, to the metadata service of the cloud, or to a Service of the cluster. It looks at the address to which
// it connects, after the name is resolved, so that no later answer of the DNS matters. It is immutable.
type dialer struct {
	// reaches has the reaches of each upstream whose host is a name, by its host:port. An upstream that is an address is what the declaration
	// says.
	reaches map[string]reaches
}

// reaches are the reach of an upstream that is called without TLS, and of one that is called with it.
type reaches struct{ plain, secure reach }

// newDialer returns a dialer for the upstreams of the entries. Other hosts are those of ports, which are loopback addresses.
func newDialer(entries []sidecarconfig.Egress) *dialer {
	d := &dialer{reaches: map[string]reaches{}}
	for _, e := range entries {
		u, err := url.Parse(e.Upstream)
		if err != nil { // Validate refuses it.
			continue
		}
		if _, err := netip.ParseAddr(u.Hostname()); err == nil || u.Hostname() == "localhost" {
			continue
		}
		// With TLS, the certificate says who answers.
		of := reaches{plain: reachPublic, secure: reachPrivate}
		if e.PrivateNetwork || contract.IsNear(u.Host) {
			of.plain = reachPrivate
		}
		ports := []string{u.Port()}
		if u.Port() == "" { // An app can call an entry with either scheme.
			ports = []string{"80", "443"}
		}
		for _, port := range ports {
			d.reaches[net.JoinHostPort(strings.ToLower(u.Hostname()), port)] = of
		}
	}
	return d
}

// schemeKey is the key of the scheme of the request for which a connection is dialed, in its context.
type schemeKey struct{}

// dial connects to the address, host:port.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	n := net.Dialer{Timeout: dialTime}
	if both, isName := d.reaches[strings.ToLower(address)]; isName {
		of := both.plain
		if ctx.Value(schemeKey{}) == "https" {
			of = both.secure
		}
		n.Control = func(_, address string, _ syscall.RawConn) error { return of.check(address) }
	}
	return n.DialContext(ctx, network, address)
}

// check returns why a name must not lead to the address, ip:port, or nil.
func (of reach) check(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return refusal.New(refusal.AddressForbidden)
	}
	ip := findInner(at.Addr())
	switch {
	case ip.IsLoopback(), ip.IsUnspecified():
		return forbidAddress("The name of the processor leads to the pod itself.")
	case ip.IsLinkLocalUnicast(), ip.IsMulticast(), metadataV6.Contains(ip):
		return forbidAddress("The name of the processor leads to an address of the node or of the cloud.")
	case of == reachPublic && (ip.IsPrivate() || sharedSpace.Contains(ip)):
		return refusal.Because(refusal.AddressForbidden, "The name of the processor leads to a private address, and it is called without TLS, so that nothing proves who answers.").
			WithRemedy("The team that runs the chatbot must call the processor with https, or declare spec.processors[].privateNetwork: true if it is in a private network.")
	}
	return nil
}

// forbidAddress returns a refusal of an address at which no processor can be, whatever is declared.
func forbidAddress(what string) error {
	return refusal.Because(refusal.AddressForbidden, what).
		WithRemedy("The team that runs the chatbot must see where the name in spec.processors[].host leads.")
}

var (
	// sharedSpace are the addresses of carriers (RFC 6598), which clouds use for nodes and Services.
	sharedSpace = netip.MustParsePrefix("100.64.0.0/10")
	// metadataV6 are the addresses of the metadata service of AWS for IPv6 (fd00:ec2::254).
	metadataV6 = netip.MustParsePrefix("fd00:ec2::/32")
	// translated are the addresses that have one of IPv4 in their last 32 bits (RFC 6052).
	translated = netip.MustParsePrefix("64:ff9b::/96")
)

// findInner returns the address of IPv4 that an address of IPv6 stands for, or the address itself.
func findInner(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	if translated.Contains(ip) {
		b := ip.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return ip
}
