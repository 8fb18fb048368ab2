package sidecar_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// answering is what a bot responds to its webhook, and what the messaging service gets.
type answering struct{ mediaType, body, want string }

// write writes the response. Without a media type it has no Content-Type.
func (a answering) write(w http.ResponseWriter) {
	w.Header()["Content-Type"] = nil
	if a.mediaType != "" {
		w.Header().Set("Content-Type", a.mediaType)
	}
	_, _ = io.WriteString(w, a.body)
}

// checkAnswers has a bot respond with each of the answers in turn, each to a message in a conversation of its own. It expects that the message
// of the bot that follows has the statement before it if the answer has not shown it.
func checkAnswers(t *testing.T, h *harness, response *answering, cases map[string]answering, hear func(conversation string) answer, reply func(conversation string)) {
	t.Helper()
	for name, tc := range cases {
		*response = tc
		before := len(h.listReceived())
		got := hear(name)
		if got.body != tc.want || got.status != http.StatusOK {
			t.Errorf("%s: %d %s\nwant %s", name, got.status, got.body, tc.want)
		}
		reply(name)
		isDisclosed := strings.Contains(tc.want, "You are chatting with an AI system.")
		if calls := len(h.listReceived()) - before - 1; calls != 2 && !isDisclosed || calls != 1 && isDisclosed {
			t.Errorf("%s: the service got %d calls after the answer %s", name, calls, got.body)
		}
	}
}

// TestAnswersToWebhooksOfTwilio: Twilio sends TwiML and plain texts to the person, so they have the statement.
func TestAnswersToWebhooksOfTwilio(t *testing.T) {
	const statement = `<Message>You are chatting with an AI system.</Message>`
	var response answering
	h := newChannelWith(t, "twilio-messaging", "/sms", `{"sid":"SM1","status":"queued"}`, func(w http.ResponseWriter, _ *http.Request) {
		response.write(w)
	})
	hear := func(conversation string) answer {
		message := url.Values{"Body": {"Hello"}, "From": {toNumber(conversation)}, "To": {"+18005551212"}}
		return h.sendForm("/sms", message.Encode(), "X-Twilio-Signature", signTwilio("/sms", message))
	}
	reply := func(conversation string) {
		h.callForm("/2010-04-01/Accounts/AC1/Messages.json", url.Values{"To": {toNumber(conversation)}, "Body": {"Hello"}}.Encode())
	}
	checkAnswers(t, h, &response, map[string]answering{
		"TwiML": {"text/xml", `<?xml version="1.0" encoding="UTF-8"?><Response><Message from="+18005551212">Write to joe@shop.example &amp; Co</Message></Response>`,
			`<?xml version="1.0" encoding="UTF-8"?><Response>` + statement + `<Message from="+18005551212">Write to [redacted:email] &amp; Co</Message></Response>`},
		"TwiML of servers that name HTML": {"text/html; charset=utf-8", "<Response>\n <Message><Body>Hi</Body><Media>https://shop.example/a.png</Media></Message><Message>Bye</Message>\n</Response>",
			"<Response>\n " + statement + "<Message><Body>Hi</Body><Media>https://shop.example/a.png</Media></Message><Message>Bye</Message>\n</Response>"},
		"media alone": {"application/xml", `<Response><Message><Media>https://shop.example/a.png</Media></Message></Response>`,
			`<Response>` + statement + `<Message><Media>https://shop.example/a.png</Media></Message></Response>`},
		"data cut by a comment": {"text/xml", `<Response><Message>joe<!-- -->@shop<![CDATA[.example]]></Message></Response>`,
			`<Response>` + statement + `<Message>[redacted:email]</Message></Response>`},
		"data cut by an element": {"text/xml", `<Response><Message><Body>joe@</Body><Body>shop.example</Body></Message></Response>`,
			`<Response>` + statement + `<Message><Body>[redacted:email]</Body><Body></Body></Message></Response>`},
		"data in entities and attributes": {"text/xml", `<Response><Message action="/status?of=joe&#64;shop.example">joe&#64;shop.example</Message></Response>`,
			`<Response>` + statement + `<Message action="/status?of=[redacted:email]">[redacted:email]</Message></Response>`},
		"a picture behind an address": {"text/xml", "<Response><Message>\n<Body>Write to joe@shop.example</Body>\n<Media>https://shop.example/a.png</Media></Message></Response>",
			"<Response>" + statement + "<Message>\n<Body>Write to [redacted:email]</Body>\n<Media>https://shop.example/a.png</Media></Message></Response>"},
		"data cut by a picture": {"text/xml", `<Response><Message><Body>joe@</Body><Media>https://shop.example/joe@shop.example</Media><Body>shop.example</Body></Message></Response>`,
			`<Response>` + statement + `<Message><Body>[redacted:email]</Body><Media>https://shop.example/[redacted:email]</Media><Body></Body></Message></Response>`},
		"byte order mark": {"text/xml", "\ufeff<?xml version=\"1.0\"?><Response><Message>Hi</Message></Response>",
			"\ufeff<?xml version=\"1.0\"?><Response>" + statement + "<Message>Hi</Message></Response>"},
		"an encoding with nothing but ASCII": {"text/xml", "<?xml version='1.0' encoding='ISO-8859-1' ?><Response><Message>Hi</Message></Response>",
			`<?xml version="1.0" encoding="UTF-8"?><Response>` + statement + "<Message>Hi</Message></Response>"},
		"the language of a message": {"text/xml", `<Response><Message xml:lang="en" action="/joe@shop.example">Hi</Message></Response>`,
			`<Response>` + statement + `<Message xml:lang="en" action="/[redacted:email]">Hi</Message></Response>`},
		"nothing":      {"text/xml", `<Response/>`, `<Response/>`},
		"a plain text": {"text/plain", `Write to joe@shop.example`, "You are chatting with an AI system.\n\nWrite to [redacted:email]"},
		"a blank text": {"text/plain", "\n", "\n"},
	}, hear, reply)
}

// toNumber returns another telephone number for each name.
func toNumber(name string) string {
	sum := 0
	for _, c := range name {
		sum = sum*31%90000 + int(c)
	}
	return "+1415867" + string([]byte{byte('0' + sum/10000%10), byte('0' + sum/1000%10), byte('0' + sum/100%10), byte('0' + sum/10%10)})
}

// TestMarkupThatIsRefused: what the sidecar does not read of TwiML could reach a person without the statement.
func TestMarkupThatIsRefused(t *testing.T) {
	var body string
	h := newChannelWith(t, "twilio-messaging", "/sms", "{}", func(w http.ResponseWriter, r *http.Request) {
		answerWith(http.StatusOK, "text/xml", body)(w, r)
	})
	message := url.Values{"Body": {"Hello"}, "From": {"+14158675309"}, "To": {"+18005551212"}}
	for name, text := range map[string]string{
		"another verb":             `<Response><Redirect>https://other.example/sms</Redirect></Response>`,
		"a message to others":      `<Response><Message to="+14158675310">Hi</Message></Response>`,
		"a namespace":              `<Response xmlns="urn:x"><Message>Hi</Message></Response>`,
		"a prefix":                 `<Response><x:Message>Hi</x:Message></Response>`,
		"a text without a message": `<Response>Hi</Response>`,
		"another root":             `<Message>Hi</Message>`,
		"two roots":                `<Response/><Response/>`,
		"no root":                  `<!-- -->`,
		"a document type":          `<!DOCTYPE Response [<!ENTITY a "joe@shop.example">]><Response><Message>&a;</Message></Response>`,
		"an entity":                `<Response><Message>&a;</Message></Response>`,
		"an instruction":           `<Response><?run it?><Message>Hi</Message></Response>`,
		"a page":                   `<html><p>Hi</p></html>`,
		"no end":                   `<Response><Message>Hi</Message>`,
		"a deep element":           `<Response><Message><Body><Body>Hi</Body></Body></Message></Response>`,
		"another charset":          "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Response><Message>Gr\xfc\xdfe</Message></Response>",
		"UTF-8 called otherwise":   `<?xml version="1.0" encoding="ISO-8859-1"?><Response><Message>Grüße</Message></Response>`,
		"an unknown charset":       `<?xml version="1.0" encoding="UTF-7"?><Response><Message>Hi</Message></Response>`,
		"an attribute twice":       `<Response><Message action="/a" action="/b">Hi</Message></Response>`,
		"half a character":         `<Response><Message>&#xD83D;</Message></Response>`,
		"half a character beside":  `<Response><Message action="&#55357;">Hi</Message></Response>`,
		"a mark in the middle":     "<Response>\ufeff<Message>Hi</Message></Response>",
	} {
		body = text
		got := h.sendForm("/sms", message.Encode(), "X-Twilio-Signature", signTwilio("/sms", message))
		if got.status != http.StatusBadGateway || got.header.Get("Chaperone-Refusal") != "sidecar.answer_malformed" || !strings.Contains(got.body, "status 204") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

// TestConsentToCommandsOfSlack: in a channel, the yes of one person does not let the commands of others pass.
func TestConsentToCommandsOfSlack(t *testing.T) {
	h := newChannelWith(t, "slack", "/slack/events", `{}`, answerWith(http.StatusOK, "application/json", `{"text":"Hi"}`), askForConsent)
	for i, step := range []struct{ person, text, sent string }{
		{"UA", "The secret of A", ""}, {"UB", "yes", ""}, {"UB", "yes", "text=yes"}, {"UA", "yes", "The+secret+of+A"},
	} {
		command := url.Values{"command": {"/help"}, "channel_id": {"C1"}, "user_id": {step.person}, "text": {step.text}}.Encode()
		got := h.sendForm("/slack/events", command, signSlack(h, command)...)
		if sent := strings.Join(h.listSent(), " "); !strings.Contains(sent, step.sent) || step.sent == "" && sent != "" {
			t.Errorf("%d: the bot receives %s, and the service %s", i, sent, got.body)
		}
	}
}

// TestAnswersToWebhooksOfSlack: Slack shows what a bot responds to a slash command, as text or blocks, so it has the statement. It shows
// nothing of what a bot responds to an event.
func TestAnswersToWebhooksOfSlack(t *testing.T) {
	const jsonType = "application/json"
	var response answering
	h := newChannelWith(t, "slack", "/slack/events", `{"ok":true,"channel":"C1","ts":"1503435956.000247"}`, func(w http.ResponseWriter, _ *http.Request) {
		response.write(w)
	})
	reply := func(conversation string) {
		h.callService("/api/chat.postMessage", `{"channel":"`+conversation+`","text":"Hello"}`)
	}
	const (
		block     = `{"type":"section","text":{"type":"plain_text","text":"Hi"}}`
		statement = `{"type":"section","text":{"type":"plain_text","text":"You are chatting with an AI system."}}`
	)
	checkAnswers(t, h, &response, map[string]answering{
		"text":        {"text/plain", "Write to joe@shop.example", "You are chatting with an AI system.\n\nWrite to [redacted:email]"},
		"no type":     {"", "Hi", "You are chatting with an AI system.\n\nHi"},
		"page":        {"text/html; charset=utf-8", "Hi", "You are chatting with an AI system.\n\nHi"},
		"json":        {jsonType, `{"text":"Hi"}`, `{"text":"You are chatting with an AI system.\n\nHi"}`},
		"blocks":      {jsonType, `{"blocks":[` + block + `]}`, `{"blocks":[` + statement + `,` + block + `]}`},
		"both":        {jsonType, `{"text":"Hi","blocks":[` + block + `]}`, `{"text":"You are chatting with an AI system.\n\nHi","blocks":[` + statement + `,` + block + `]}`},
		"attachments": {jsonType, `{"attachments":[{"text":"Hi"}]}`, `{"attachments":[{"text":"You are chatting with an AI system.","fallback":"You are chatting with an AI system."},{"text":"Hi"}]}`},
		"attachments before the text": {jsonType, `{"attachments":[{"text":"Two","fields":[{"title":"]},","short":true}]}] , "response_type":"ephemeral","text":"One"}`,
			`{"attachments":[{"text":"Two","fields":[{"title":"]},","short":true}]}],"response_type":"ephemeral","text":"You are chatting with an AI system.\n\nOne"}`},
		"attachments before blocks": {jsonType, `{"attachments":[{"text":"Two"}],"blocks":[` + block + `]}`, `{"attachments":[{"text":"Two"}],"blocks":[` + statement + `,` + block + `]}`},
		"attachments before an empty text": {jsonType, `{"attachments":[{"text":"Hi"}],"text":" ","blocks":[ ]}`,
			`{"attachments":[{"text":"You are chatting with an AI system.","fallback":"You are chatting with an AI system."},{"text":"Hi"}],"text":" ","blocks":[]}`},
		"nothing":     {jsonType, `{"response_type":"in_channel"}`, `{"response_type":"in_channel"}`},
		"no blocks":   {jsonType, `{"text":"Hi","blocks":[ ]}`, `{"text":"You are chatting with an AI system.\n\nHi","blocks":[]}`},
		"empty lists": {jsonType, `{"blocks":[],"attachments":[]}`, `{"blocks":[],"attachments":[]}`},
		"data in blocks": {jsonType,
			`{"text":"Hi","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"Write to joe@shop.example."}},{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Call +49 30 901820"},"value":"call"}]}]}`,
			`{"text":"You are chatting with an AI system.\n\nHi","blocks":[` + statement + `,{"type":"section","text":{"type":"mrkdwn","text":"Write to [redacted:email]."}},{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Call [redacted:phone]"},"value":"call"}]}]}`},
	}, func(conversation string) answer {
		command := url.Values{"command": {"/help"}, "channel_id": {conversation}, "text": {"Hello"}}.Encode()
		return h.sendForm("/slack/events", command, signSlack(h, command)...)
	}, reply)
	full := `{"blocks":[` + block + strings.Repeat(`,`+block, 49) + `]}`
	response = answering{mediaType: jsonType, body: full}
	for _, step := range []string{"due", "shown before"} {
		command := url.Values{"command": {"/help"}, "channel_id": {"full"}, "text": {"Hello"}}.Encode()
		got := h.sendForm("/slack/events", command, signSlack(h, command)...)
		if isDue := step == "due"; isDue != (got.header.Get("Chaperone-Refusal") == "sidecar.answer_malformed") || !isDue && got.body != full {
			t.Errorf("a list without room, the statement %s: %d %s", step, got.status, got.body)
		}
		reply("full")
	}
	checkAnswers(t, h, &response, map[string]answering{
		"event answered in JSON": {jsonType, `{"text":"Hi"}`, `{"text":"Hi"}`},
		"event answered OK":      {"text/html", `OK`, `OK`},
	}, func(conversation string) answer {
		event := `{"type":"event_callback","event":{"type":"message","channel":"` + conversation + `","text":"Hello","ts":"1355517523.000005"}}`
		return h.send(http.MethodPost, "http://"+h.address(listen)+"/slack/events", event, signSlack(h, event)...)
	}, reply)
}
