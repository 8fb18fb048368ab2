package sidecar_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestClientOfBotbuilder: a real bot of botbuilder gets activities redacted, and its answers go to the sidecar, which sends the statement
// first. With expectReplies, both stand in the response.
func TestClientOfBotbuilder(t *testing.T) {
	const service = "https://service.example/emea/"
	calls := newBotFramework(t, "", nil)
	bot := startNode(t, "botframework-server.mjs", service, "http://"+calls.address(contract.SidecarEgressAddress)+"/"+calls.config.Egress[0].Name+"/emea/")
	front := newBotFramework(t, "", func(c *sidecarconfig.Config) { c.Ports[0].Upstream = bot })
	tell := func(mode string) answer {
		return front.tellBot(`,"id":"1","channelId":"webchat","from":{"id":"u1"},"recipient":{"id":"bot"},"text":"I am joe@shop.example","deliveryMode":"` + mode +
			`","serviceUrl":"` + service + `"`)
	}
	if got := tell("normal"); got.status != http.StatusOK {
		t.Fatalf("the service gets %d %s", got.status, got.body)
	}
	var texts []string
	for _, r := range calls.listReceived() {
		_, text, _ := strings.Cut(r.Body, `"text":"`)
		text, _, _ = strings.Cut(text, `"`)
		texts = append(texts, r.URI+" "+text)
	}
	const path = "/base/emea/v3/conversations/c1/activities/1 "
	if diff := cmp.Diff([]string{path + "You are chatting with an AI system.", path + "I am [redacted:email]"}, texts); diff != "" {
		t.Errorf("the service receives (-want +got):\n%s", diff)
	}
	if got := tell("expectReplies"); !strings.Contains(got.body, `"text":"Sie chatten mit einem KI-System."},{"text":"I am [redacted:email]"`) {
		t.Errorf("the response is %d %s", got.status, got.body)
	}
}
