package contract_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

func TestEgressName(t *testing.T) {
	cases := map[string]struct{ host, scheme, want string }{
		"a host outside the cluster, over HTTPS":   {"api.model.example", "https", "m"},
		"a host outside the cluster, over HTTP":    {"gpu01.corp.example:8000", "http", "m.http"},
		"a Service with its namespace, over HTTP":  {"model.shop:8000", "http", "m.http"},
		"an address, over HTTP":                    {"10.0.0.7:8000", "http", "m.http"},
		"an address of the pod, over HTTP":         {"127.0.0.1:11434", "http", "m"},
		"a Service of the namespace, over HTTP":    {"ollama:11434", "http", "m"},
		"a Service, over HTTPS":                    {"ollama.shop.svc:8443", "https", "m.https"},
		"a Service with its domain, over HTTP":     {"Ollama.shop.SVC.cluster.local", "http", "m"},
		"a Service on the port of HTTPS, so named": {"ollama.shop.svc:443", "https", "m"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := contract.EgressName("m", c.host, c.scheme); got != c.want {
				t.Errorf("name is %q, want %q", got, c.want)
			}
		})
	}
}
