package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

func TestConnection(t *testing.T) {
	engine := newEngine(t)
	now := time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		in   facts.ConnectionInput
		want string
	}{
		"a shell in the app":     {facts.ConnectionInput{Kind: "exec", Container: "app"}, "connection.app_closed container"},
		"by break-glass":         {facts.ConnectionInput{Kind: "exec", Container: "app", BreakGlass: true}, ""},
		"a shell in the sidecar": {facts.ConnectionInput{Kind: "exec", Container: contract.Sidecar, BreakGlass: true}, "connection.sidecar_closed container"},
		"a port-forward":         {facts.ConnectionInput{Kind: "portforward"}, "connection.port_forward subresource"},
		"a proxy to the app":     {facts.ConnectionInput{Kind: "proxy", Targets: facts.ResolvePodTargets("8080")}, "connection.proxy_port port"},
		"a proxy to the sidecar": {facts.ConnectionInput{Kind: "proxy", Targets: facts.ResolvePodTargets("23100")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			chatbots := []facts.Chatbot{inject.NewChatbot("support", enginetest.NewMinimal(t))}
			v := engine.Connection(t.Context(), test.in.WithChatbots(chatbots, now))
			if got := listPlaces(v); got != test.want || v.Refuses() != (test.want != "") || v.AsOf != enginetest.AsOf {
				t.Errorf("outcome %s as of %s: %q, want %q", v.Outcome, v.AsOf, got, test.want)
			}
		})
	}
}

func TestConnectionToNoChatbotIsUndecided(t *testing.T) {
	v := newEngine(t).Connection(t.Context(), facts.ConnectionInput{Kind: "exec", AsOf: enginetest.AsOf})
	if v.Outcome != policy.OutcomeUndecided || !strings.Contains(v.Reason, "evaluate connection") {
		t.Errorf("outcome %s, reason %q", v.Outcome, v.Reason)
	}
}
