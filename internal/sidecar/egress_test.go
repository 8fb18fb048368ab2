package sidecar_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// outside is a model service on an address of this machine that is no loopback address, under names that only the test resolves.
type outside struct {
	t      *testing.T
	server *httptest.Server
	// host is the name of the service with its port.
	host string
	// seen are the bodies that it received.
	seen []string
}

// newOutside starts a model service with the name. It skips the test if the machine has no address but loopback ones.
func newOutside(t *testing.T, name string, answer http.HandlerFunc) *outside {
	t.Helper()
	ip := findOutsideAddress(t)
	o := &outside{t: t}
	listener, err := net.Listen("tcp", net.JoinHostPort(ip.String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	o.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&body) // The test compares it.
		o.seen = append(o.seen, string(body))
		answer(w, r)
	}))
	_ = o.server.Listener.Close()
	o.server.Listener = listener
	o.server.Start()
	t.Cleanup(o.server.Close)
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	o.host = net.JoinHostPort(name, port)
	resolve(t, map[string][]net.IP{name: {ip}})
	return o
}

// findOutsideAddress returns an IPv4 address of this machine that is no loopback address.
func findOutsideAddress(t *testing.T) net.IP {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		if n, ok := address.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			return n.IP.To4()
		}
	}
	t.Skip("this machine has loopback addresses only")
	return nil
}

// resolve answers questions for the names with their addresses, with the first address once and then with the next ones, and knows no other name.
func resolve(t *testing.T, names map[string][]net.IP) {
	t.Helper()
	dns, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go serveNames(dns, names) // It ends when the socket is closed.
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", dns.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = dns.Close()
	})
}

func serveNames(dns net.PacketConn, names map[string][]net.IP) {
	in := make([]byte, 512)
	for {
		n, from, err := dns.ReadFrom(in)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(in[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		q := m.Questions[0]
		m.Response, m.Additionals = true, nil
		name := strings.TrimSuffix(q.Name.String(), ".")
		addresses := names[name]
		if len(addresses) == 0 {
			m.RCode = dnsmessage.RCodeNameError
		} else if q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET},
				Body:   &dnsmessage.AResource{A: [4]byte(addresses[0].To4())},
			}}
			if len(addresses) > 1 {
				names[name] = addresses[1:]
			}
		}
		if out, err := m.Pack(); err == nil {
			_, _ = dns.WriteTo(out, from)
		}
	}
}

// call starts a sidecar whose processor is at the base URL, and has the app call its model once.
func call(t *testing.T, upstream, body string, change func(*sidecarconfig.Egress)) (*harness, answer) {
	t.Helper()
	h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) {
		c.Egress[0].Upstream = upstream
		if change != nil {
			change(&c.Egress[0])
		}
	})
	return h, h.send(http.MethodPost, h.egressURL()+chatPath, body)
}

// TestCallsAreSettled: a vendor outside of the cluster is asked to store nothing, and does not learn who writes. Every other byte stays.
func TestCallsAreSettled(t *testing.T) {
	const in = `{"model":"m","user":"ada","metadata":{"name":"Ada"},"safety_identifier":"ada","messages":[{"role":"user","content":"Hello"}]}`
	for name, tc := range map[string]struct{ host, want string }{
		"OpenAI":      {"api.openai.com", `{"model":"m","user":"P","safety_identifier":"P","messages":[{"role":"user","content":"Hello"}],"store":false}`},
		"OpenRouter":  {"openrouter.ai", `{"model":"m","user":"P","metadata":{"name":"Ada"},"safety_identifier":"P","messages":[{"role":"user","content":"Hello"}],"provider":{"data_collection":"deny"}}`},
		"another one": {"api.model.example", `{"model":"m","user":"P","metadata":{"name":"Ada"},"safety_identifier":"P","messages":[{"role":"user","content":"Hello"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			model := newOutside(t, tc.host, answerText("Hi"))
			_, got := call(t, "http://"+model.host, in, func(e *sidecarconfig.Egress) { e.PrivateNetwork = true })
			if got.status != http.StatusOK {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			if seen := regexp.MustCompile(`[0-9a-f]{32}`).ReplaceAllString(model.seen[0], "P"); seen != tc.want {
				t.Errorf("the model saw\n%s, want\n%s", seen, tc.want)
			}
		})
	}
}

// TestGeminiStoresNothing: it stores by default in new projects. Vertex AI has no such member.
func TestGeminiStoresNothing(t *testing.T) {
	const in = `{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}`
	for host, want := range map[string]string{
		"generativelanguage.googleapis.com": strings.TrimSuffix(in, "}") + `,"store":false}`, "europe-west4-aiplatform.googleapis.com": in,
	} {
		model := newOutside(t, host, answerWith(http.StatusOK, "application/json", `{"candidates":[]}`))
		h := newHarness(t, answerText(""), func(c *sidecarconfig.Config) {
			c.Egress[0].Shape, c.Egress[0].Upstream, c.Egress[0].PrivateNetwork = "gemini", "http://"+model.host, true
		})
		got := h.send(http.MethodPost, h.egressURL()+"/v1beta/models/g:generateContent", in)
		if len(model.seen) != 1 || model.seen[0] != want {
			t.Errorf("got %d, and %s saw %s, want %s", got.status, host, model.seen, want)
		}
	}
}

// TestServicesOfTheClusterLearnWhoWrites: the organization runs them itself, as gateways with limits for each user.
func TestServicesOfTheClusterLearnWhoWrites(t *testing.T) {
	h := newHarness(t, answerText("Hi"), nil)
	const in = `{"model":"m","user":"ada","messages":[{"role":"user","content":"Hello"}]}`
	if got := h.send(http.MethodPost, h.egressURL()+chatPath, in); got.status != http.StatusOK || h.listReceived()[0].Body != in {
		t.Errorf("got %d, and the model saw %s", got.status, h.listReceived()[0].Body)
	}
}

// TestCallsThatStoreAreRefused with the reason, and go on if the declaration allows it.
func TestCallsThatStoreAreRefused(t *testing.T) {
	for name, tc := range map[string]struct{ shape, path, body, what string }{
		"store of a chat":      {"openai-chat", chatPath, `{"model":"m","store":true,"messages":[{"role":"user","content":"Hi"}]}`, "store the conversation"},
		"store with an escape": {"openai-chat", chatPath, `{"model":"m","\u0073tore":true,"messages":[{"role":"user","content":"Hi"}]}`, "store the conversation"},
		"store of a response":  {"openai-responses", "/v1/responses", `{"model":"m","input":"Hi","store":true}`, "store the conversation"},
		"an earlier response":  {"openai-responses", "/v1/responses", `{"model":"m","input":"Hi","previous_response_id":"resp_1"}`, "has stored"},
		"a conversation":       {"openai-responses", "/v1/responses", `{"model":"m","input":"Hi","conversation":{"id":"conv_1"}}`, "has stored"},
		"an item":              {"openai-responses", "/v1/responses", `{"model":"m","input":[{"role":"user","content":"Hi"},{"type":"item_reference","id":"rs_1"}]}`, "item_reference"},
		"the background":       {"openai-responses", "/v1/responses", `{"model":"m","input":"Hi","background":true}`, "in the background"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, stores := range []bool{false, true} {
				h := newHarness(t, answerWith(http.StatusOK, "application/json", `{"error":{"message":"no"},"choices":[],"output":[]}`), func(c *sidecarconfig.Config) {
					c.Egress[0].Shape, c.Egress[0].StoresConversations = tc.shape, stores
				})
				got := h.send(http.MethodPost, h.egressURL()+tc.path, tc.body)
				if stores {
					if seen := h.listReceived(); len(seen) != 1 || len(seen[0].Body) != len(strings.Replace(tc.body, `\u0073`, "s", 1)) {
						t.Errorf("an agreement allows it: got %d %s, and the model saw %v", got.status, got.body, seen)
					}
					continue
				}
				if !strings.Contains(got.body, tc.what) || !strings.Contains(got.body, "storesConversations") {
					t.Errorf("got %s", got.body)
				}
				h.checkRefusal(got, http.StatusForbidden, "sidecar.call_forbidden", 0)
			}
		})
	}
}

// TestResponsesAreNotStored: the Responses API stores unless it is told not to.
func TestResponsesAreNotStored(t *testing.T) {
	h, url := newModel(t, "openai-responses", nil, answerWith(http.StatusOK, "application/json", `{"id":"r1","output":[]}`))
	h.send(http.MethodPost, url+"/v1/responses", `{"model":"m","input":"Hi"}`)
	if seen := h.listReceived(); len(seen) != 1 || seen[0].Body != `{"model":"m","input":"Hi","store":false}` {
		t.Errorf("the model saw %v", seen)
	}
}

// TestOtherModelsAreNoticed in the record and the metrics, whether calls name them in the body or in the path.
func TestOtherModelsAreNoticed(t *testing.T) {
	const gemini = `{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}`
	chatOf := func(model string) string {
		return `{"model":"` + model + `","messages":[{"role":"user","content":"Hi"}]}`
	}
	for name, tc := range map[string]struct{ shape, path, body, declared, want string }{
		"the declared one":    {"openai-chat", chatPath, chatOf("llm-x-3"), "llm-x", "declared"},
		"another one":         {"openai-chat", chatPath, chatOf("llm-y"), "llm-x", "other"},
		"none is declared":    {"openai-chat", chatPath, chatOf("llm-y"), "", ""},
		"none is named":       {"openai-chat", chatPath, `{"messages":[{"role":"user","content":"Hi"}]}`, "llm-x", ""},
		"the one of the path": {"gemini", "/v1beta/models/gemini-2.5-flash:generateContent", gemini, "Gemini 2.5 Flash", "declared"},
		"another of the path": {"gemini", "/v1beta/models/gemini-2.5-pro:generateContent", gemini, "Gemini 2.5 Flash", "other"},
		"an embedding's":      {"openai-embeddings", "/v1/embeddings", `{"model":"e","input":"Hi"}`, "llm-x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) {
				c.Egress[0].Shape, c.Model = tc.shape, sidecarconfig.Model{Name: tc.declared}
			})
			h.send(http.MethodPost, h.egressURL()+tc.path, tc.body)
			metrics := h.get("/metrics").body
			if got := h.takeRecord().Model; got != tc.want {
				t.Errorf("the record says %q, want %q", got, tc.want)
			}
			if counts := strings.Contains(metrics, `chaperone_model_calls_total{model="`+tc.want+`"} 1`); counts != (tc.want != "") {
				t.Errorf("the metrics count it: %t", counts)
			}
		})
	}
}

// TestNamesThatLeadElsewhere: whoever rules over the DNS of a processor leads calls neither to the pod nor to the node nor into the private network.
func TestNamesThatLeadElsewhere(t *testing.T) {
	for name, tc := range map[string]struct {
		scheme    string
		addresses []string
		what      string
	}{
		"the pod":                       {"http", []string{"127.0.0.1"}, "the pod itself"},
		"the pod, with TLS":             {"https", []string{"127.0.0.1"}, "the pod itself"},
		"any address of the pod":        {"http", []string{"0.0.0.0"}, "the pod itself"},
		"the metadata service":          {"http", []string{"169.254.169.254"}, "of the node or of the cloud"},
		"the metadata service with TLS": {"https", []string{"169.254.169.254"}, "of the node or of the cloud"},
		"a private address":             {"http", []string{"10.1.2.3"}, "a private address"},
		"a Service of a cloud":          {"http", []string{"100.100.1.1"}, "a private address"},
	} {
		t.Run(name, func(t *testing.T) {
			var addresses []net.IP
			for _, address := range tc.addresses {
				addresses = append(addresses, net.ParseIP(address))
			}
			resolve(t, map[string][]net.IP{"api.model.example": addresses})
			h, got := call(t, tc.scheme+"://api.model.example:8443", hello, nil)
			if !strings.Contains(got.body, tc.what) {
				t.Errorf("got %s, want %q", got.body, tc.what)
			}
			h.checkRefusal(got, http.StatusBadGateway, "sidecar.address_forbidden", 0)
		})
	}
}

// TestNameThatIsBoundAgain answers the first call, and then leads to the pod.
func TestNameThatIsBoundAgain(t *testing.T) {
	model := newOutside(t, "api.model.example", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		answerText("Hi")(w, r)
	})
	resolve(t, map[string][]net.IP{"api.model.example": {findOutsideAddress(t), net.ParseIP("127.0.0.1")}})
	h, first := call(t, "http://"+model.host, hello, func(e *sidecarconfig.Egress) { e.PrivateNetwork = true })
	second := h.send(http.MethodPost, h.egressURL()+chatPath, hello)
	if first.status != http.StatusOK || second.status != http.StatusBadGateway || !strings.Contains(second.body, "sidecar.address_forbidden") {
		t.Errorf("got %d %s, then %d %s", first.status, first.body, second.status, second.body)
	}
}
