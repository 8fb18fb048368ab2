package transport

import (
	"errors"
	"net"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestReach says to which addresses the names of processors may lead.
func TestReach(t *testing.T) {
	private, public := []string{"10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12::1", "::ffff:10.1.2.3", "64:ff9b::a01:203"}, []string{"203.0.113.9", "2001:db8::1"}
	never := []string{
		"127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "169.254.169.254", "fe80::1", "fd00:ec2::254", "224.0.0.1", "ff02::1",
		"::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
	}
	for of, addresses := range map[reach]map[bool][]string{
		reachPublic:  {true: public, false: append(never, private...)},
		reachPrivate: {true: append(public, private...), false: never},
	} {
		for isAllowed, list := range addresses {
			for _, address := range list {
				err := of.check(net.JoinHostPort(address, "443"))
				var why *refusal.Refusal
				if isAllowed != (err == nil) || err != nil && (!errors.As(err, &why) || !why.IsFor(refusal.AddressForbidden)) {
					t.Errorf("reach %d, %s: %v", of, address, err)
				}
			}
		}
	}
	if err := reachPrivate.check("no address"); err == nil {
		t.Error("what is no address is allowed")
	}
}

// TestReachOfEntries: Services of the cluster, private networks that are declared, and services with TLS may have private addresses.
func TestReachOfEntries(t *testing.T) {
	for upstream, want := range map[string]map[string]reaches{
		"https://api.model.example":     {"api.model.example:80": {reachPublic, reachPrivate}, "api.model.example:443": {reachPublic, reachPrivate}},
		"http://API.model.example:8443": {"api.model.example:8443": {reachPublic, reachPrivate}},
		"http://model.shop.svc:8080":    {"model.shop.svc:8080": {reachPrivate, reachPrivate}},
		"http://127.0.0.1:8080":         {}, "http://[::1]:8080": {}, "http://10.1.2.3": {}, "http://localhost:8080": {},
	} {
		got := newDialer([]sidecarconfig.Egress{{Upstream: upstream}}).reaches
		if len(got) != len(want) {
			t.Errorf("%s: %v", upstream, got)
		}
		for address, both := range want {
			if got[address] != both {
				t.Errorf("%s: %s has %v, want %v", upstream, address, got[address], both)
			}
		}
	}
	got := newDialer([]sidecarconfig.Egress{{Upstream: "http://llm.corp.example", PrivateNetwork: true}}).reaches
	if got["llm.corp.example:80"] != (reaches{reachPrivate, reachPrivate}) {
		t.Errorf("a private network is declared: %v", got)
	}
}
