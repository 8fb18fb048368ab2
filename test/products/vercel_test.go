package products

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

// TestVercel puts the sidecar in front of an app made with the Vercel AI SDK, whose page uses `useChat`.
func TestVercel(t *testing.T) {
	const vercel, answers, field = "vercel-ui-message-stream", "li", "input"
	person := startBrowser(t)
	model := httptest.NewServer(bot.Handler(bot.Options{CutBytes: 7}))
	t.Cleanup(model.Close)
	app := startNode(t, ".", "vercel/server.mjs", model.URL+"/v1").readLine(t)
	s := startSidecar(t, vercel, app)

	// visit asks twice and loads the page again, and returns the requests of the page.
	visit := func(url, chat, greeting, past, contact string) []string {
		t.Helper()
		person.open(url + "/#" + chat)
		person.write(field, "Hello")
		person.expect(answers, "Hello", greeting)
		person.write(field, "Show contact")
		person.expect(answers, "Hello", greeting, "Show contact", contact)
		person.picture(vercel + "." + chat)
		requests := person.listRequests()
		person.open(url + "/#" + chat)
		person.expect(answers, "Hello", past, "Show contact", contact)
		requests = append(requests, person.listRequests()...)
		for i := range requests {
			requests[i] = strings.ReplaceAll(requests[i], chat, "CHAT")
		}
		return requests
	}
	before := visit(app, "before", bot.Greeting, bot.Greeting, bot.Contact)
	observed := visit(s.url, "observed", bot.Greeting, bot.Greeting, bot.Contact)
	if diff := cmp.Diff(before, observed); diff != "" {
		t.Errorf("requests differ while the sidecar observes (-without +with the sidecar):\n%s", diff)
	}

	s.declare(govern)
	governed := visit(s.url, "governed", statement+"\n"+bot.Greeting, statement+"\n"+bot.Greeting, contact)
	if diff := cmp.Diff(before, governed); diff != "" {
		t.Errorf("requests differ while the sidecar governs (-without +with the sidecar):\n%s", diff)
	}

	s.declare(govern, suspend)
	person.open(s.url + "/#suspended")
	person.write(field, "Hello")
	person.expect(answers, "Hello", suspended)
	person.picture(vercel + ".suspended")
}
