package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

func TestConnection(t *testing.T) {
	engine := newEngine(t)
	now := time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		in   policy.ConnectionInput
		want string
	}{
		"a shell in the app":     {policy.ConnectionInput{Kind: "exec", Container: "app"}, "connection.app_closed container"},
		"by break-glass":         {policy.ConnectionInput{Kind: "exec", Container: "app", BreakGlass: true}, ""},
		"a shell in the sidecar": {policy.ConnectionInput{Kind: "exec", Container: inject.ContainerName, BreakGlass: true}, "connection.sidecar_closed container"},
		"a port-forward":         {policy.ConnectionInput{Kind: "portforward"}, "connection.port_forward subresource"},
		"a proxy to the app":     {policy.ConnectionInput{Kind: "proxy", Targets: policy.PodTargets("8080")}, "connection.proxy_port port"},
		"a proxy to the sidecar": {policy.ConnectionInput{Kind: "proxy", Targets: policy.PodTargets("15100")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v := engine.Connection(t.Context(), test.in.For([]policy.Chatbot{inject.Chatbot("support", minimal(t))}, now))
			if got := places(v); got != test.want || v.Refuses() != (test.want != "") || v.AsOf != asOf {
				t.Errorf("outcome %s as of %s: %q, want %q", v.Outcome, v.AsOf, got, test.want)
			}
		})
	}
}

func TestConnectionToNoChatbotIsUndecided(t *testing.T) {
	v := newEngine(t).Connection(t.Context(), policy.ConnectionInput{Kind: "exec", AsOf: asOf})
	if v.Outcome != policy.OutcomeUndecided || !strings.Contains(v.Reason, "evaluate connection") {
		t.Errorf("outcome %s, reason %q", v.Outcome, v.Reason)
	}
}
