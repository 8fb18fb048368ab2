package node

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestSubnetsOfSlotsDoNotOverlap(t *testing.T) {
	var all []netip.Prefix
	for slot := range slots {
		n := Network{Base: DefaultBase, Slot: slot}
		for _, own := range []netip.Prefix{n.Link(), n.Pods(), n.Services()} {
			if !DefaultBase.Overlaps(own) {
				t.Errorf("%s is outside %s", own, DefaultBase)
			}
			for _, other := range all {
				if other.Overlaps(own) {
					t.Errorf("%s and %s overlap", other, own)
				}
			}
			all = append(all, own)
		}
	}
	n := Network{Base: DefaultBase, Slot: 3}
	got := fmt.Sprint(n.Name(), n.Host(), n.Node(), n.Link(), n.Pods(), n.Services())
	want := fmt.Sprint("chaperone3", "10.200.12.1", "10.200.12.2", "10.200.12.0/24", "10.200.13.0/24", "10.200.14.0/24")
	if strings.Join(strings.Fields(got), "") != strings.Join(strings.Fields(want), "") {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBaseNetwork(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"the default: fine":             {"10.200.0.0/16", ""},
		"another private one: fine":     {"172.20.0.0/16", ""},
		"public: refused with example":  {"8.8.0.0/16", "want a private IPv4 network of /16, such as 10.200.0.0/16"},
		"another size: refused":         {"10.0.0.0/8", "want a private IPv4 network"},
		"with host bits: refused":       {"10.200.1.0/16", "want a private IPv4 network"},
		"IPv6: refused":                 {"fd00::/16", "want a private IPv4 network"},
		"no network: says what is read": {"10.200", `network "10.200"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseBase(test.text)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestSubnetInUseIsNamed(t *testing.T) {
	n := Network{Base: DefaultBase, Slot: 1}
	taken := map[string]netip.Prefix{"the route 10.200.5.0/24 through eth1": netip.MustParsePrefix("10.200.5.0/24")}
	if got, want := n.takenBy(taken), "the route 10.200.5.0/24 through eth1"; got != want {
		t.Errorf("taken by %q, want %q", got, want)
	}
	if got := (Network{Base: DefaultBase, Slot: 2}).takenBy(taken); got != "" {
		t.Errorf("slot 2 taken by %q, want it free", got)
	}
}

// hexWord writes four bytes as the kernel does in /proc/net/route.
func hexWord(a, b, c, d byte) string {
	return fmt.Sprintf("%08X", binary.NativeEndian.Uint32([]byte{a, b, c, d}))
}

func TestRoutesOfTheKernel(t *testing.T) {
	got, err := routePrefix(hexWord(10, 244, 7, 0), hexWord(255, 255, 255, 0))
	if want := netip.MustParsePrefix("10.244.7.0/24"); err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if _, err := routePrefix("zz", "0"); err == nil {
		t.Error("a route that is no number was read")
	}
}
