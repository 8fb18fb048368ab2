package sidecar_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestStatementToAnotherChat: an answer to the webhook is a message in the chat that it names. The statement stands there, and counts there.
func TestStatementToAnotherChat(t *testing.T) {
	const statement = "You are chatting with an AI system."
	h := newTelegram(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/webhook" {
			answerWith(http.StatusOK, "application/json", `{"method":"sendMessage","chat_id":999,"text":"A note"}`)(w, r)
			return
		}
		acceptTelegram(w, r)
	}, nil)
	tell := func() answer {
		return h.send("POST", "http://"+h.address(listen)+"/webhook", `{"message":{"chat":{"id":2},"text":"Hi"}}`)
	}
	first, second := tell(), tell()
	if !strings.Contains(first.body, statement) || strings.Contains(second.body, statement) {
		t.Errorf("the other chat sees %s and %s", first.body, second.body)
	}
	h.listSent()
	h.callTelegram("sendMessage", `{"chat_id":2,"text":"Hi"}`)
	h.callTelegram("sendMessage", `{"chat_id":999,"text":"Hi"}`)
	want := []string{`sendMessage {"chat_id":2,"text":"` + statement + `"}`, `sendMessage {"chat_id":2,"text":"Hi"}`, `sendMessage {"chat_id":999,"text":"Hi"}`}
	if diff := cmp.Diff(want, h.listSent()); diff != "" {
		t.Errorf("Telegram received (-want +got):\n%s", diff)
	}
}

// TestConsentOfAnotherChat: a message to another chat, in the answer to the person who has consented, is no consent there.
func TestConsentOfAnotherChat(t *testing.T) {
	h := newTelegram(t, answerWith(http.StatusOK, "application/json", `{"method":"sendMessage","chat_id":"999","text":"A note"}`),
		func(c *sidecarconfig.Config) { c.Consent = &sidecarconfig.Consent{Name: "Shop GmbH"} })
	tell := func(chat, text string) string {
		return h.send("POST", "http://"+h.address(listen)+"/webhook", `{"message":{"from":{"id":1},"chat":{"id":"`+chat+`"},"text":"`+text+`"}}`).body
	}
	tell("2", "Hi")
	tell("2", "yes")
	if got := tell("999", "Hi"); !strings.Contains(got, "agree") || len(h.listSent()) != 1 {
		t.Errorf("the other chat is told %s", got)
	}
}

// TestNamesOfOneChat: a chat that the service also names in another way gets one statement.
func TestNamesOfOneChat(t *testing.T) {
	h := newTelegram(t, acceptTelegram, nil)
	h.callTelegram("sendMessage", `{"chat_id":"@shop","text":"Hi"}`)
	h.callTelegram("sendMessage", `{"chat_id":5,"text":"Hi"}`)
	want := []string{`sendMessage {"chat_id":"@shop","text":"You are chatting with an AI system."}`, `sendMessage {"chat_id":"@shop","text":"Hi"}`, `sendMessage {"chat_id":5,"text":"Hi"}`}
	if diff := cmp.Diff(want, h.listSent()); diff != "" {
		t.Errorf("Telegram received (-want +got):\n%s", diff)
	}
}

// TestStatementBesideQuery: the query of a message can have a part of it, which the statement must not have. What stands in both is refused.
func TestStatementBesideQuery(t *testing.T) {
	h := newTelegram(t, acceptTelegram, nil)
	h.callTelegram("sendMessage?text=Hi&message_thread_id=7&reply_markup=x", `{"chat_id":5}`)
	doubled := h.callTelegram("sendMessage?chat_id=6", `{"chat_id":7,"text":"Hi"}`)
	want := []string{
		`sendMessage?message_thread_id=7 {"chat_id":5,"text":"You are chatting with an AI system."}`,
		`sendMessage?message_thread_id=7&reply_markup=x&text=Hi {"chat_id":5}`,
	}
	if diff := cmp.Diff(want, h.listSent()); diff != "" {
		t.Errorf("Telegram received (-want +got):\n%s", diff)
	}
	if got := doubled.header.Get("Chaperone-Refusal"); got != "sidecar.body_shape" || !strings.Contains(doubled.body, "in its body and in the query") {
		t.Errorf("a chat in both: %d %s", doubled.status, doubled.body)
	}
}

// TestMessagesAtOnce: of several messages at once, only one is preceded by the statement, and none overtakes it.
func TestMessagesAtOnce(t *testing.T) {
	arrived, goOn := make(chan string, 8), make(chan bool)
	h := newTelegram(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- r.URL.Path
		<-goOn
		acceptTelegram(w, r)
	}, nil)
	var group sync.WaitGroup
	for _, photo := range []string{"a", "b", "c", "d"} {
		group.Go(func() { h.callTelegram("sendPhoto", `{"chat_id":5,"photo":"`+photo+`"}`) })
	}
	if first := <-arrived; !strings.HasSuffix(first, "/sendMessage") {
		t.Errorf("the first call is %s", first)
	}
	close(goOn)
	group.Wait()
	close(arrived)
	for call := range arrived {
		if !strings.HasSuffix(call, "/sendPhoto") {
			t.Errorf("a later call is %s", call)
		}
	}
	if sent := h.listSent(); len(sent) != 5 {
		t.Errorf("Telegram received %q", sent)
	}
}

// TestMessagesAtOnceAfterFailure: a statement that was not accepted is sent again before the message that waited for it.
func TestMessagesAtOnceAfterFailure(t *testing.T) {
	arrived, goOn := make(chan bool, 8), make(chan int, 8)
	h := newTelegram(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- true
		answerWith(<-goOn, "application/json", `{"ok":true}`)(w, r)
	}, nil)
	var group sync.WaitGroup
	group.Go(func() { h.callTelegram("sendMessage", `{"chat_id":5,"text":"a"}`) })
	<-arrived
	group.Go(func() { h.callTelegram("sendMessage", `{"chat_id":5,"text":"b"}`) })
	for _, status := range []int{429, 200, 200} {
		goOn <- status
	}
	group.Wait()
	statement := `sendMessage {"chat_id":5,"text":"You are chatting with an AI system."}`
	if diff := cmp.Diff([]string{statement, statement, `sendMessage {"chat_id":5,"text":"b"}`}, h.listSent()); diff != "" {
		t.Errorf("Telegram received (-want +got):\n%s", diff)
	}
}

// TestAnswersToTelegram: an answer to the webhook that shows something has the statement, or comes after it, or is refused.
func TestAnswersToTelegram(t *testing.T) {
	const statement, refused = "You are chatting with an AI system.", "refused"
	for name, tc := range map[string]struct{ answer, first, later string }{
		"message":                 {`{"method":"sendMessage","chat_id":2,"text":"Hi"}`, statement, "Hi"},
		"message, members sorted": {`{"chat_id":2,"text":"Hi","method":"sendMessage"}`, statement, "Hi"},
		"caption of a sound":      {`{"method":"sendAudio","chat_id":2,"audio":"x","caption":"Hi"}`, statement, "Hi"},
		"edited text":             {`{"method":"editMessageText","chat_id":2,"message_id":1,"text":"Hi"}`, statement, "Hi"},
		"photo without a caption": {`{"method":"sendPhoto","chat_id":2,"photo":"x"}`, refused, "sendPhoto"},
		"place":                   {`{"method":"sendLocation","chat_id":2,"latitude":1,"longitude":2}`, refused, "sendLocation"},
		"another spelling":        {`{"method":"SendMessage","chat_id":2,"text":"Hi"}`, refused, refused},
		"inline results":          {`{"method":"answerInlineQuery","inline_query_id":"1","results":[]}`, refused, refused},
		"no chat":                 {`{"method":"editMessageText","inline_message_id":"1","text":"Hi"}`, statement, statement},
		"answer to a button":      {`{"method":"answerCallbackQuery","callback_query_id":"438296030824628194"}`, "438296030824628194", "438296030824628194"},
		"answer to a payment":     {`{"method":"answerPreCheckoutQuery","pre_checkout_query_id":"438296030824628194","ok":true}`, "438296030824628194", "438296030824628194"},
		"answer of the post":      {`{"method":"answerShippingQuery","shipping_query_id":"438296030824628194","ok":true}`, "438296030824628194", "438296030824628194"},
		"typing":                  {`{"method":"sendChatAction","chat_id":2,"action":"typing"}`, "typing", "typing"},
		"nothing":                 {`{}`, "{}", "{}"},
	} {
		h := newTelegram(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/webhook" {
				answerWith(http.StatusOK, "application/json", tc.answer)(w, r)
				return
			}
			acceptTelegram(w, r)
		}, nil)
		tell := func() string {
			got := h.send("POST", "http://"+h.address(listen)+"/webhook", `{"message":{"chat":{"id":2},"text":"Hi"}}`)
			if got.header.Get("Chaperone-Refusal") == "sidecar.answer_unreadable" {
				return refused + got.body
			}
			return got.body
		}
		first := tell()
		h.callTelegram("sendMessage", `{"chat_id":2,"text":"Hi"}`)
		later := tell()
		if !strings.Contains(first, tc.first) || !strings.Contains(later, tc.later) {
			t.Errorf("%s: Telegram gets %s, and after the statement %s", name, first, later)
		}
		if strings.Contains(later, statement) && tc.later != statement {
			t.Errorf("%s: the statement stands again in %s", name, later)
		}
	}
}

// TestInlineMessages: what is shown in chats that the sidecar does not know is refused.
func TestInlineMessages(t *testing.T) {
	h := newTelegram(t, acceptTelegram, nil)
	for _, method := range []string{"answerInlineQuery", "answerWebAppQuery", "savePreparedInlineMessage", "postStory", "AnswerInlineQuery"} {
		for _, kind := range []string{"application/json", "text/plain"} {
			got := h.callTelegram(method, `{"inline_query_id":"1","results":[{"type":"article","input_message_content":{"message_text":"Hi"}}]}`, "Content-Type", kind)
			if got.status < 400 {
				t.Errorf("%s: %d %s", method, got.status, got.body)
			}
		}
	}
	if got := h.callTelegram("answerInlineQuery?results=x", ""); got.header.Get("Chaperone-Refusal") != "sidecar.route_refused" || !strings.Contains(got.body, "inline mode") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if sent := h.listSent(); len(sent) > 0 {
		t.Errorf("Telegram received %q", sent)
	}
}

// TestConsentInGroup: each member of a group consents for himself or herself.
func TestConsentInGroup(t *testing.T) {
	h := newTelegram(t, func(http.ResponseWriter, *http.Request) {}, func(c *sidecarconfig.Config) { c.Consent = &sidecarconfig.Consent{Name: "Shop GmbH"} })
	tell := func(kind, person, content string) answer {
		return h.send("POST", "http://"+h.address(listen)+"/webhook", `{"`+kind+`":{"`+person+`"first_name":"Joe"},`+content+`}}`)
	}
	const first, second, group, own = `from":{"id":51,`, `from":{"id":52,`, `"chat":{"id":-100},`, `"chat":{"id":51},`
	for i, tc := range []struct {
		kind, person, content string
		isAsked               bool
		sent                  string
	}{
		{"message", first, group + `"text":"The secret of 51"`, true, ""},
		{"message", second, group + `"text":"yes"`, true, ""},
		{"message", second, group + `"text":"yes"`, false, `"text":"yes"`},
		{"message", first, group + `"text":"yes"`, false, "The secret of 51"},
		{"message_reaction", `user":{"id":51,`, group + `"new_reaction":[{"emoji":"x"}]`, false, "new_reaction"},
		{"message_reaction", `user":{"id":53,`, group + `"new_reaction":[{"emoji":"x"}]`, true, ""},
		{"inline_query", first, `"query":"shoes"`, false, ""},
		{"message", first, own + `"text":"Hi"`, true, ""},
		{"message", first, own + `"text":"yes"`, false, `"text":"Hi"`},
		{"inline_query", first, `"query":"shoes"`, false, "shoes"},
		{"poll_answer", `user":{"id":51,`, `"option_ids":[0]`, false, "option_ids"},
		{"channel_post", `author_signature":"Joe","`, `"chat":{"id":-200},"text":"Hi"`, false, ""},
		{"message", `sender_chat":{"id":-100},"from":{"id":1087968824,`, group + `"text":"Hi"`, false, ""},
		{"message", `sender_chat":{"id":-100},"from":{"id":1087968824,`, group + `"text":"yes"`, false, ""},
	} {
		got := tell(tc.kind, tc.person, tc.content)
		if isAsked := strings.Contains(got.body, "agree"); isAsked != tc.isAsked {
			t.Errorf("%d: Telegram gets %d %s", i, got.status, got.body)
		}
		if sent := strings.Join(h.listSent(), " "); !strings.Contains(sent, tc.sent) || tc.sent == "" && sent != "" {
			t.Errorf("%d: the bot receives %s", i, sent)
		}
	}
}
