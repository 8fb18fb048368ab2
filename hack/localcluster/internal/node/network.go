package node

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
)

// DefaultBase is the network in which clusters take their subnets, unless the user names another. It is private (RFC 1918) and
// outside the ranges that Docker, libvirt and the usual home routers take.
var DefaultBase = netip.MustParsePrefix("10.200.0.0/16")

// slots is how many clusters can run beside each other: each takes four subnets of /24, the fourth stays free.
const slots = 16

// Network is the place of one cluster: its subnets of Base, and the names of its link and cgroups.
type Network struct {
	// Base is a /16 of IPv4.
	Base netip.Prefix
	// Slot is 0 to 15.
	Slot int
}

// ParseBase reads a network such as 10.200.0.0/16. Errors: it is no /16 of IPv4, or is not private (RFC 1918).
func ParseBase(text string) (netip.Prefix, error) {
	base, err := netip.ParsePrefix(text)
	if err != nil {
		return base, fmt.Errorf("network %q: %w", text, err)
	}
	if !base.Addr().Is4() || base.Bits() != 16 || base.Masked() != base || !base.Addr().IsPrivate() {
		return base, fmt.Errorf("network %q: want a private IPv4 network of /16, such as %s", text, DefaultBase)
	}
	return base, nil
}

// Name is the name of the link on the host and of the cgroup: free names mean a free slot.
func (n Network) Name() string { return fmt.Sprintf("chaperone%d", n.Slot) }

// Host is the host's address on the link, Node the node's.
func (n Network) Host() netip.Addr { return n.address(0, 1) }

// Node is the address of the node and of everything on it.
func (n Network) Node() netip.Addr { return n.address(0, 2) }

// Link is the subnet of the link itself.
func (n Network) Link() netip.Prefix { return netip.PrefixFrom(n.address(0, 0), 24) }

// Pods is the subnet of pods.
func (n Network) Pods() netip.Prefix { return netip.PrefixFrom(n.address(1, 0), 24) }

// Services is the subnet of Services.
func (n Network) Services() netip.Prefix { return netip.PrefixFrom(n.address(2, 0), 24) }

func (n Network) address(subnet, host byte) netip.Addr {
	base := n.Base.Addr().As4()
	return netip.AddrFrom4([4]byte{base[0], base[1], byte(4*n.Slot) + subnet, host})
}

// candidates returns the slots that nothing on the host has taken, in order, or an error that names what has.
func candidates(base netip.Prefix) ([]Network, error) {
	taken, err := takenNetworks()
	if err != nil {
		return nil, err
	}
	var free []Network
	reasons := map[string]bool{}
	for slot := range slots {
		n := Network{Base: base, Slot: slot}
		if reason := n.takenBy(taken); reason != "" {
			reasons[reason] = true
			continue
		}
		free = append(free, n)
	}
	if len(free) > 0 {
		return free, nil
	}
	var list []string
	for reason := range reasons {
		list = append(list, reason)
	}
	return nil, fmt.Errorf("every subnet of %s is in use (%s): name another private network with --network 10.X.0.0/16, or LOCALCLUSTER_NETWORK",
		base, strings.Join(list, ", "))
}

// takenBy says what keeps a slot from being used, empty if nothing does.
func (n Network) takenBy(taken map[string]netip.Prefix) string {
	if _, err := net.InterfaceByName(n.Name()); err == nil {
		return "the link " + n.Name() + " of another cluster"
	}
	if pids := processesOf(n.Name()); len(pids) > 0 {
		return fmt.Sprintf("the cgroup %s of an earlier run, with processes %v: end them", n.Name(), pids)
	}
	for by, prefix := range taken {
		for _, own := range []netip.Prefix{n.Link(), n.Pods(), n.Services()} {
			if prefix.Overlaps(own) {
				return by
			}
		}
	}
	return ""
}

// takenNetworks returns the networks that the host reaches already, by what leads there. The default route is none of them.
func takenNetworks() (map[string]netip.Prefix, error) {
	file, err := os.Open("/proc/net/route")
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	taken := map[string]netip.Prefix{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 || fields[0] == "Iface" {
			continue
		}
		prefix, err := routePrefix(fields[1], fields[7])
		if err != nil {
			return nil, fmt.Errorf("read routes: %q: %w", lines.Text(), err)
		}
		if prefix.Bits() > 0 {
			taken[fmt.Sprintf("the route %s through %s", prefix, fields[0])] = prefix
		}
	}
	return taken, lines.Err()
}

// routePrefix reads destination and mask as the kernel writes them: hexadecimal, in the byte order of the machine.
func routePrefix(destination, mask string) (netip.Prefix, error) {
	address, err := routeWord(destination)
	if err != nil {
		return netip.Prefix{}, err
	}
	bits, err := routeWord(mask)
	if err != nil {
		return netip.Prefix{}, err
	}
	ones, _ := net.IPMask(bits[:]).Size()
	return netip.PrefixFrom(netip.AddrFrom4(address), ones), nil
}

func routeWord(text string) (word [4]byte, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		return word, err
	}
	if len(raw) != 4 {
		return word, errors.New("not four bytes")
	}
	binary.NativeEndian.PutUint32(word[:], binary.BigEndian.Uint32(raw))
	return word, nil
}
