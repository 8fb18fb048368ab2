package sidecar_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestClientOfMCP puts the sidecar between the client and the server of the Model Context Protocol, on a port of the server and on the side of
// the client, with answers that are streams and that are none.
func TestClientOfMCP(t *testing.T) {
	for answers, picture := range map[string]string{"streams": "timed out", "JSON": "picture, sound or a binary resource"} {
		url := startNode(t, "mcp-server.mjs", map[string]string{"streams": "false", "JSON": "true"}[answers])
		h := newHarness(t, nil, func(c *sidecarconfig.Config) {
			c.Ports[0].Shape, c.Ports[0].Upstream = "mcp", url
			c.Egress[0].Shape, c.Egress[0].Upstream = "mcp", url
		})
		for side, address := range map[string]string{
			"port": h.address(listen), "model": h.address(contract.SidecarEgressAddress) + "/" + h.config.Egress[0].Name,
		} {
			t.Run(answers+" "+side, func(t *testing.T) {
				var got chainAnswers
				runNode(t, &got, "mcp-client.mjs", "http://"+address+"/mcp", "I am joe@shop.example.")
				want := []string{"connected", "whom picture", "I am [redacted:email]. Write to [redacted:email]", "I am [redacted:email].: Write to [redacted:email]", "Write to [redacted:email]"}
				if diff := cmp.Diff(want, got.Seen); diff != "" {
					t.Errorf("the client gets (-want +got):\n%s", diff)
				}
				if len(got.Errors) != 1 || !strings.Contains(got.Errors[0], picture) {
					t.Errorf("errors are %q", got.Errors)
				}
			})
		}
	}
}
