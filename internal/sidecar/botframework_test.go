package sidecar_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// newBotFramework starts a sidecar between the service and a bot. The bot answers its webhook with answer.
func newBotFramework(t *testing.T, answer string, change func(*sidecarconfig.Config)) *harness {
	return newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/api/messages":
			answerWith(http.StatusCreated, "application/json", `{"id":"7"}`)(w, r)
		case answer != "":
			answerWith(http.StatusOK, "application/json", answer)(w, r)
		}
	}, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Egress[0].Shape = "bot-framework", "bot-framework"
		if change != nil {
			change(c)
		}
	})
}

// callConnector has the bot call the service.
func (h *harness) callConnector(method, path, body string) answer {
	h.t.Helper()
	return h.send(method, "http://"+h.address(contract.SidecarEgressAddress)+"/"+h.config.Egress[0].Name+path, body)
}

// tellBot sends an activity of a person to the bot.
func (h *harness) tellBot(members string) answer {
	h.t.Helper()
	return h.send("POST", "http://"+h.address(listen)+"/api/messages", `{"type":"message","locale":"de-DE","conversation":{"id":"c1"}`+members+`}`)
}

// TestBotOfBotFramework: activities of people are redacted, and before the first activity of the bot in a conversation, the statement is
// one of its own, in the language of the person. An edited activity, and one that is no message, gets none.
func TestBotOfBotFramework(t *testing.T) {
	h := newBotFramework(t, "", nil)
	if got := h.tellBot(`,"text":"I am joe@shop.example"`); got.status != 200 || got.body != "" {
		t.Errorf("the service gets %d %s", got.status, got.body)
	}
	const activities = "/emea/v3/conversations/c1/activities"
	h.callConnector("POST", activities, `{"type":"typing","conversation":{"id":"c1"}}`)
	said := h.callConnector("POST", activities+"/1", `{"type":"message","from":{"id":"bot"},"conversation":{"id":"c1"},"text":"Write to ada@shop.example","replyToId":"1"}`)
	h.callConnector("PUT", activities+"/7", `{"type":"message","conversation":{"id":"c1"},"text":"Bye"}`)
	begun := h.callConnector("POST", "/emea/v3/conversations", `{"members":[{"id":"u1"}],"activity":{"type":"message","text":"Hi"}}`)
	if said.status != 201 || said.body != `{"id":"7"}` || begun.header.Get("Chaperone-Refusal") != "sidecar.body_shape" {
		t.Errorf("the bot gets %d %s, and for a conversation with a message %d %s", said.status, said.body, begun.status, begun.body)
	}
	var got []string
	for _, r := range h.listReceived() {
		got = append(got, strings.TrimPrefix(r.URI, "/base")+" "+r.Body)
	}
	want := []string{
		`/api/messages {"type":"message","locale":"de-DE","conversation":{"id":"c1"},"text":"I am [redacted:email]"}`,
		activities + ` {"type":"typing","conversation":{"id":"c1"}}`,
		activities + `/1 {"conversation":{"id":"c1"},"from":{"id":"bot"},"replyToId":"1","text":"Sie chatten mit einem KI-System.","type":"message"}`,
		activities + `/1 {"type":"message","from":{"id":"bot"},"conversation":{"id":"c1"},"text":"Write to [redacted:email]","replyToId":"1"}`,
		activities + `/7 {"type":"message","conversation":{"id":"c1"},"text":"Bye"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the bot and the service received (-want +got):\n%s", diff)
	}
}

// teamsThread is a thread in a channel of Teams.
const teamsThread = "19:ac1b2c3d@thread.tacv2;messageid=1481567603816"

// TestConversationsOfTeams: the identifiers of Teams, which look like addresses, are no personal data, also those of threads in a channel.
func TestConversationsOfTeams(t *testing.T) {
	h := newBotFramework(t, "", nil)
	for _, id := range []string{
		"19:meeting_MjdhNj@thread.v2", "19:ac1b2c3d@thread.tacv2", "19:ac1b2c3d@unq.gbl.spaces", "a:1pL6i0oY3C0K8oAj8", teamsThread,
	} {
		members := `"channelData":{"channel":{"id":"` + id + `"},"settings":{"selectedChannel":{"id":"` + id + `"}}}}`
		activity := `{"type":"message","text":"Hi","conversation":{"id":"` + id + `"},` + members
		escaped := url.PathEscape(id)
		got := []answer{
			h.send("POST", "http://"+h.address(listen)+"/api/messages", activity),
			h.callConnector("POST", "/emea/v3/conversations", `{"isGroup":true,`+members),
			h.callConnector("POST", "/v3/conversations/"+escaped+"/activities", activity),
			h.callConnector("POST", "/v3/conversations/"+strings.ReplaceAll(escaped, "%3B", ";")+"/activities", activity),
			h.callConnector("GET", "/emea/v3/teams/"+escaped+"/conversations", ""),
		}
		for i := range got {
			if got[i].status >= 300 {
				t.Errorf("%s: answer %d is %d %s", id, i, got[i].status, got[i].body)
			}
		}
	}
	for _, r := range h.listReceived() {
		if strings.Contains(r.Body, "redacted") {
			t.Errorf("%s receives %s", r.URI, r.Body)
		}
	}
}

// TestPathsWithParameters: what a server that drops parameters could take for another path is refused, and an ending makes no identifier of
// other data.
func TestPathsWithParameters(t *testing.T) {
	h := newBotFramework(t, "", nil)
	for _, segment := range []string{"..;x", "%2e%2e;x", ";x", "..%3Bx", ".%3bx"} {
		got := h.callConnector("POST", "/v3/conversations/"+segment+"/activities", `{"type":"message","conversation":{"id":"c"}}`)
		if rule := got.header.Get("Chaperone-Refusal"); rule != "sidecar.path_ambiguous" {
			t.Errorf("%s: %d %s", segment, got.status, got.body)
		}
	}
	for _, id := range []string{"joe@thread.tacv2;messageid=joe@shop.example", "joe@shop.example;messageid=1", "joe@thread.tacv2;messageid="} {
		h.tellBot(`,"channelData":{"channel":{"id":"` + id + `"}}`)
	}
	for _, r := range h.listReceived() {
		if !strings.Contains(r.Body, "[redacted:email]") {
			t.Errorf("the bot receives %s", r.Body)
		}
	}
}

// TestConversationThatServiceNames: the bot gets the identifier of Teams in the answer.
func TestConversationThatServiceNames(t *testing.T) {
	h := newHarness(t, answerWith(http.StatusCreated, "application/json", `{"id":"`+teamsThread+`","conversations":[{"id":"`+teamsThread+`"}]}`),
		func(c *sidecarconfig.Config) { c.Egress[0].Shape = "bot-framework" })
	for _, call := range [][2]string{{"POST", "/emea/v3/conversations"}, {"GET", "/emea/v3/teams/19%3Aac1b2c3d%40thread.tacv2/conversations"}} {
		if got := h.callConnector(call[0], call[1], ""); strings.Contains(got.body, "redacted") || got.status != 201 {
			t.Errorf("%s: %d %s", call[1], got.status, got.body)
		}
	}
}

// TestActivitiesThatShowTexts: only a message is preceded by the statement, so that no other activity can show a text.
func TestActivitiesThatShowTexts(t *testing.T) {
	h := newBotFramework(t, "", nil)
	const activities, in = "/v3/conversations/c1/activities", `,"conversation":{"id":"c1"}}`
	for name, tc := range map[string]struct{ method, path, body, want string }{
		"typing":                       {"POST", activities, `{"type":"typing"` + in, ""},
		"typing without a text":        {"POST", activities, `{"type":"typing","text":null,"attachments":[]` + in, ""},
		"end of a conversation":        {"POST", activities, `{"type":"endOfConversation","code":"completedSuccessfully"` + in, ""},
		"deletion":                     {"DELETE", activities + "/1", "", ""},
		"members":                      {"GET", "/v3/conversations/c1/members", "", ""},
		"new conversation":             {"POST", "/v3/conversations", `{"members":[{"id":"u1"}]}`, ""},
		"piece of a stream":            {"POST", activities, `{"type":"typing","text":"Hello","entities":[{"type":"streaminfo","streamType":"streaming"}]` + in, "sidecar.body_shape"},
		"end with a text":              {"POST", activities, `{"type":"endOfConversation","text":"Bye"` + in, "sidecar.body_shape"},
		"event with a card":            {"POST", activities, `{"type":"event","attachments":[{"content":{}}]` + in, "sidecar.body_shape"},
		"no type":                      {"POST", activities, `{"text":"Hi"` + in, "sidecar.route_refused"},
		"type in another case":         {"POST", activities + "/1", `{"type":"Message","text":"Hi"` + in, "sidecar.route_refused"},
		"suggestion":                   {"PUT", activities + "/1", `{"type":"suggestion","text":"Hi"` + in, "sidecar.route_refused"},
		"history":                      {"POST", activities + "/history", `{"activities":[{"type":"message","text":"Hi"}]}`, "sidecar.route_refused"},
		"conversation with a message":  {"POST", "/v3/conversations", `{"activity":{"text":"Hi"}}`, "sidecar.body_shape"},
		"conversation with a template": {"POST", "/v3/conversations", `{"activity":"Hi"}`, "sidecar.body_shape"},
	} {
		if got := h.callConnector(tc.method, tc.path, tc.body); got.header.Get("Chaperone-Refusal") != tc.want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := len(h.listReceived()); got != 6 {
		t.Errorf("the service received %d requests", got)
	}
}

// TestConsentInTeams: in a channel, the yes of one person does not let the messages of others pass.
func TestConsentInTeams(t *testing.T) {
	h := newBotFramework(t, `{"activities":[{"type":"message","text":"Hi"}]}`, func(c *sidecarconfig.Config) {
		c.Consent = &sidecarconfig.Consent{Name: "Shop GmbH"}
	})
	for i, step := range []struct{ person, text, sent string }{
		{"29:A", "The secret of A", ""}, {"29:B", "yes", ""}, {"29:B", "yes", `"text":"yes"`}, {"29:A", "ja", "The secret of A"}, {"", "Hi", ""},
	} {
		from := ""
		if step.person != "" {
			from = `,"from":{"id":"` + step.person + `"}`
		}
		got := h.tellBot(from + `,"text":"` + step.text + `","deliveryMode":"expectReplies"`)
		if sent := strings.Join(h.listSent(), " "); !strings.Contains(sent, step.sent) || step.sent == "" && sent != "" {
			t.Errorf("%d: the bot receives %s, and the service %s", i, sent, got.body)
		}
	}
}

// TestConversationsInResponses: identifiers of Teams stay in the response of the bot.
func TestConversationsInResponses(t *testing.T) {
	const activity = `{"type":"message","conversation":{"id":"19:abc@thread.tacv2;messageid=123"},"text":"Hi"}`
	h := newBotFramework(t, `{"activities":[`+activity+`]}`, nil)
	if got := h.tellBot(`,"text":"Hi","deliveryMode":"expectReplies"`); !strings.Contains(got.body, activity) {
		t.Errorf("the service gets %s", got.body)
	}
}

// TestRefusalsInBotFramework: a refusal is said where the response shows it to the person, and is an error otherwise.
func TestRefusalsInBotFramework(t *testing.T) {
	const statement = `{"type":"message","text":"Sie chatten mit einem KI-System."}`
	h := newBotFramework(t, `{"activities":[{"type":"message","text":"Hi"},{"type":"message","attachments":[{"content":{"title":"Two"}}]}]}`, nil)
	if got := h.tellBot(`,"text":"Hi","deliveryMode":"expectReplies"`); got.body != `{"activities":[`+statement+`,{"type":"message","text":"Hi"},{"type":"message","attachments":[{"content":{"title":"Two"}}]}]}` {
		t.Errorf("the person sees %s", got.body)
	}
	if got := h.tellBot(`,"text":"Hi","deliveryMode":"expectReplies"`); strings.Contains(got.body, "KI-System") {
		t.Errorf("the person sees the statement again in %s", got.body)
	}
	for _, nothing := range []string{`[]`, `[{"type":"typing"},{"type":"event","name":"x","value":[1,"]"]}]`} {
		silent := newBotFramework(t, `{"activities":`+nothing+`}`, nil)
		if got := silent.tellBot(`,"text":"Hi","deliveryMode":"expectReplies"`); got.body != `{"activities":`+nothing+`}` {
			t.Errorf("the person sees %s of %s", got.body, nothing)
		}
	}
	typing := newBotFramework(t, `{"activities":[{"type":"typing"},{"type":"message","text":"Hi"}]}`, nil)
	if got := typing.tellBot(`,"text":"Hi","deliveryMode":"expectReplies"`); got.body != `{"activities":[`+statement+`,{"type":"typing"},{"type":"message","text":"Hi"}]}` {
		t.Errorf("the person sees %s", got.body)
	}
	suspended := newBotFramework(t, "", func(c *sidecarconfig.Config) { c.Suspended = true })
	if got := suspended.tellBot(`,"text":"Hi","deliveryMode":"expectReplies"`); got.status != 200 || !strings.HasPrefix(got.body, `{"activities":[{"type":"message","text":"`) {
		t.Errorf("a suspended bot says %d %s", got.status, got.body)
	}
	if got := suspended.tellBot(`,"text":"Hi"`); got.status != 503 || !strings.HasPrefix(got.body, `{"error":{"code":"sidecar.suspended"`) {
		t.Errorf("a suspended bot answers %d %s", got.status, got.body)
	}
}
