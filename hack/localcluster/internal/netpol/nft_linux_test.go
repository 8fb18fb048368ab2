package netpol

import (
	"cmp"
	"context"
	"crypto/sha512"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// inside marks the run of this program in a network namespace of its own.
const inside = "NETPOL_TEST_INSIDE"

// inNamespace runs the calling test again as a process in a new network
// namespace, and reports whether this is that run. The machine's own network is
// never touched.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inside) != "" {
		return true
	}
	if os.Getuid() != 0 {
		t.Skip("needs root, for a network namespace")
	}
	if _, err := exec.LookPath(nft()); err != nil {
		t.Skipf("needs nft, in PATH or named by NFT: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skipf("needs a network namespace: %v", err)
	}
	if err != nil {
		t.Errorf("in the namespace: %v\n%s", err, out)
	}
	return false
}

func nft() string { return cmp.Or(os.Getenv("NFT"), "nft") }

func apply(t *testing.T, c Cluster) {
	t.Helper()
	ruleset := Ruleset(DefaultTable, c)
	if err := (Options{NFT: nft()}).apply(t.Context(), ruleset); err != nil {
		t.Fatalf("%v\n%s", err, ruleset)
	}
}

func TestNftTakesArbitraryRulesets(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for i := range 25 {
		c := world(t)
		var data []byte
		for part := range 40 {
			sum := sha512.Sum512(fmt.Append(nil, i, part))
			data = append(data, sum[:]...)
		}
		c.Policies = arbitrary(data)
		apply(t, c)
	}
}

// The pods of the traffic test; outside is a machine beyond the node.
const (
	chatbotPod = "10.244.0.10"
	clientPod  = "10.244.0.11"
	otherPod   = "10.244.0.9"
	outside    = "10.200.0.1"
	service    = "10.96.0.10"
	appPort    = 8080
	sidecar    = 15001
)

// wire is a network namespace with an address, connected to the node's (the one
// of this process), which routes.
type wire struct {
	address string
	handle  netns.NsHandle
}

// connect makes a namespace with one veth to the node, as CNI ptp does.
func connect(t *testing.T, index int, ip string) *wire {
	t.Helper()
	w := &wire{address: ip}
	in(t, netns.None(), func() error {
		var err error
		w.handle, err = netns.New()
		return err
	})
	t.Cleanup(func() { _ = w.handle.Close() })
	name := fmt.Sprintf("pod%d", index)
	attributes := netlink.NewLinkAttrs()
	attributes.Name = name
	must(t, netlink.LinkAdd(&netlink.Veth{LinkAttrs: attributes, PeerName: "eth0", PeerNamespace: netlink.NsFd(w.handle)}))
	// A gateway for each: the node's end has it as its only address.
	gateway := fmt.Sprintf("169.254.%d.1", index)
	node, err := netlink.LinkByName(name)
	must(t, err)
	must(t, netlink.AddrAdd(node, &netlink.Addr{IPNet: network(gateway, 32)}))
	must(t, netlink.LinkSetUp(node))
	must(t, netlink.RouteAdd(&netlink.Route{LinkIndex: node.Attrs().Index, Dst: network(ip, 32), Scope: netlink.SCOPE_LINK}))
	h, err := netlink.NewHandleAt(w.handle)
	must(t, err)
	defer h.Close()
	eth, err := h.LinkByName("eth0")
	must(t, err)
	must(t, h.AddrAdd(eth, &netlink.Addr{IPNet: network(ip, 32)}))
	must(t, h.LinkSetUp(eth))
	must(t, h.RouteAdd(&netlink.Route{LinkIndex: eth.Attrs().Index, Dst: network(gateway, 32), Scope: netlink.SCOPE_LINK}))
	must(t, h.RouteAdd(&netlink.Route{LinkIndex: eth.Attrs().Index, Gw: net.ParseIP(gateway)}))
	return w
}

func network(ip string, bits int) *net.IPNet {
	return &net.IPNet{IP: net.ParseIP(ip).To4(), Mask: net.CIDRMask(bits, 32)}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// in runs f on a thread that is in the namespace and ends afterwards. A socket
// stays in the namespace that it was made in.
func in(t *testing.T, handle netns.NsHandle, f func() error) {
	t.Helper()
	ended := make(chan error)
	// Ends with f. The thread is never unlocked, so Go ends it too.
	go func() {
		runtime.LockOSThread()
		var err error
		if handle.IsOpen() {
			err = netns.Set(handle)
		}
		if err == nil {
			err = f()
		}
		ended <- err
	}()
	must(t, <-ended)
}

// echo accepts connections at TCP port and answers each UDP packet there.
func (w *wire) echo(t *testing.T, port int) {
	t.Helper()
	in(t, w.handle, func() error {
		tcp, err := net.ListenTCP("tcp4", &net.TCPAddr{Port: port})
		if err != nil {
			return err
		}
		udp, err := net.ListenUDP("udp4", &net.UDPAddr{Port: port})
		if err != nil {
			return err
		}
		t.Cleanup(func() { _ = errors.Join(tcp.Close(), udp.Close()) })
		// Both end when the test closes their sockets.
		go answerTCP(tcp)
		go answerUDP(udp)
		return nil
	})
}

func answerTCP(listener *net.TCPListener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = connection.Write([]byte("x"))
		_ = connection.Close()
	}
}

func answerUDP(socket *net.UDPConn) {
	packet := make([]byte, 1)
	for {
		_, from, err := socket.ReadFromUDP(packet)
		if err != nil {
			return
		}
		_, _ = socket.WriteTo(packet, from)
	}
}

// reaches reports whether one byte comes back within the time.
func (w *wire) reaches(t *testing.T, protocol, ip string, port int, within time.Duration) bool {
	t.Helper()
	reached := false
	in(t, w.handle, func() error {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		connection, err := (&net.Dialer{}).DialContext(ctx, protocol, fmt.Sprintf("%s:%d", ip, port))
		if err != nil {
			return nil
		}
		defer func() { _ = connection.Close() }()
		deadline, _ := ctx.Deadline()
		if err := connection.SetDeadline(deadline); err != nil {
			return err
		}
		_, _ = connection.Write([]byte("x"))
		n, _ := connection.Read(make([]byte, 1))
		reached = n == 1
		return nil
	})
	return reached
}

// nat is what kube-proxy does for a Service with targetPort 15001.
const nat = `table ip service {
	chain prerouting {
		type nat hook prerouting priority dstnat
		ip daddr ` + service + ` tcp dport 80 dnat to ` + chatbotPod + `:15001
	}
	chain postrouting {
		type nat hook postrouting priority srcnat
		ip saddr ` + chatbotPod + ` ip daddr ` + chatbotPod + ` masquerade
	}
}
`

func TestTraffic(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	node, err := netns.Get()
	must(t, err)
	lo, err := netlink.LinkByName("lo")
	must(t, err)
	must(t, netlink.LinkSetUp(lo))
	must(t, os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644))
	must(t, (Options{NFT: nft()}).apply(t.Context(), nat))
	wires := map[string]*wire{"node": {handle: node}}
	for i, ip := range []string{chatbotPod, clientPod, otherPod, outside} {
		wires[ip] = connect(t, i, ip)
		wires[ip].echo(t, appPort)
		wires[ip].echo(t, sidecar)
	}
	const chatbot = `podSelector: {matchLabels: {app: chatbot}}`
	for name, test := range map[string]struct {
		policies []string
		// open and shut are flows: from, protocol, to, port.
		open, shut []string
	}{
		"no policy: all is open": {
			open: []string{
				"10.244.0.11 tcp 10.244.0.10 8080", "10.244.0.9 udp 10.244.0.10 8080", "10.200.0.1 tcp 10.244.0.10 15001",
				"10.244.0.11 tcp 10.96.0.10 80", "10.244.0.10 tcp 10.96.0.10 80", "10.244.0.10 tcp 10.200.0.1 8080",
			},
		},
		"deny all: only the node comes in, and the pod reaches itself through its Service": {
			policies: []string{`{podSelector: {}, policyTypes: [Ingress, Egress]}`},
			open:     []string{"node tcp 10.244.0.10 8080", "10.244.0.10 tcp 10.96.0.10 80", "10.244.0.9 tcp 10.200.0.1 8080"},
			shut: []string{
				"10.244.0.11 tcp 10.244.0.10 8080", "10.244.0.9 tcp 10.244.0.10 8080", "10.200.0.1 tcp 10.244.0.10 8080",
				"10.244.0.10 tcp 10.200.0.1 8080", "10.244.0.10 udp 10.244.0.9 8080", "10.244.0.11 tcp 10.96.0.10 80",
			},
		},
		"clients may call the sidecar, also through the Service": {
			policies: []string{`{` + chatbot + `, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: http}]}]}`},
			open: []string{
				"10.244.0.11 tcp 10.244.0.10 15001", "10.244.0.11 tcp 10.96.0.10 80", "node tcp 10.244.0.10 8080",
				"10.244.0.10 tcp 10.244.0.9 8080",
			},
			shut: []string{
				"10.244.0.11 tcp 10.244.0.10 8080", "10.244.0.11 udp 10.244.0.10 15001", "10.244.0.9 tcp 10.244.0.10 15001",
				"10.244.0.9 tcp 10.96.0.10 80", "10.200.0.1 tcp 10.96.0.10 80",
			},
		},
		"a machine outside is let in by its block, except a part": {
			policies: []string{`{` + chatbot + `, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.244.0.0/28]}}]}]}`},
			open:     []string{"10.200.0.1 tcp 10.244.0.10 8080", "10.200.0.1 tcp 10.96.0.10 80"},
			shut:     []string{"10.244.0.11 tcp 10.244.0.10 8080", "10.244.0.9 udp 10.244.0.10 8080"},
		},
		"a range of UDP": {
			policies: []string{`{` + chatbot + `, ingress: [{ports: [{port: 8000, endPort: 8080, protocol: UDP}]}]}`},
			open:     []string{"10.244.0.9 udp 10.244.0.10 8080"},
			shut:     []string{"10.244.0.9 tcp 10.244.0.10 8080", "10.244.0.9 udp 10.244.0.10 15001"},
		},
		"both sides must agree: the sender may, the receiver's ingress refuses": {
			policies: []string{
				`{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{` + chatbot + `}]}]}`,
				`{` + chatbot + `, ingress: [{ports: [{port: 15001}]}]}`,
			},
			open: []string{"10.244.0.11 tcp 10.244.0.10 15001", "10.244.0.9 tcp 10.244.0.10 15001"},
			shut: []string{"10.244.0.11 tcp 10.244.0.10 8080", "10.244.0.11 tcp 10.244.0.9 15001"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			apply(t, world(t, test.policies...))
			check := func(flows []string, open bool, within time.Duration) {
				for _, flow := range flows {
					var port int
					f := strings.Fields(flow)
					_, err := fmt.Sscan(f[3], &port)
					must(t, err)
					if got := wires[f[0]].reaches(t, f[1], f[2], port, within); got != open {
						t.Errorf("%s: open is %t, want %t", flow, got, open)
					}
				}
			}
			check(test.open, true, 10*time.Second)
			// Nothing answers what is dropped, so this is how long each takes.
			check(test.shut, false, 200*time.Millisecond)
		})
	}
}

// TestEnforcedTableIsReplaced makes sure that a ruleset leaves nothing behind.
func TestEnforcedTableIsReplaced(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	list := func(c Cluster) string {
		apply(t, c)
		out, err := exec.CommandContext(t.Context(), nft(), "list", "ruleset").CombinedOutput()
		must(t, err)
		return string(out)
	}
	before := list(Cluster{})
	isolated := world(t, `{podSelector: {}, policyTypes: [Ingress, Egress]}`)
	if got := list(isolated); !strings.Contains(got, "chain ingress-10-244-0-10") {
		t.Errorf("the chains are missing:\n%s", got)
	}
	if got := list(Cluster{}); got != before {
		t.Errorf("left behind:\n%s", got)
	}
}
