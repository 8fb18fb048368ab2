package products

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

// product is a chatbot with its web client, in front of which a sidecar can stand.
type product struct {
	// shape is the shape that its team declares.
	shape string
	// page returns the address of the page for people who reach the chatbot at a URL.
	page func(url string) string
	// messages selects the messages of the page, and field the field into which people write.
	messages, field string
	// host is the name of the host at which the pages reach the product. It is empty if they use that of their own address.
	host string
	// packages is the folder with the packages that the pages load from a CDN, or empty.
	packages string
	// statesApart means that the statement is a message of its own where the chatbot answers, and not where the page loads the past.
	statesApart bool
	// afterYes is what the page shows when the person has agreed.
	afterYes []string
}

// identifier is what differs from visit to visit in the paths of requests.
var identifier = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// startBrowser starts a browser of a person who reaches the product at a URL.
func (p *product) startBrowser(t *testing.T, url string) *browser {
	t.Helper()
	if p.host == "" {
		return startBrowser(t)
	}
	return startBrowser(t, p.packages, p.host+"="+strings.TrimPrefix(url, "http://"))
}

// visit asks twice and loads the page again. It expects the greeting, both after the question and after the page was loaded again, and the
// contact. It returns the requests of the page, each once.
func (p *product) visit(person *browser, url, statement, contact, picture string) []string {
	person.t.Helper()
	past := []string{"Hello", statement + bot.Greeting, "Show contact", contact}
	now := past
	if p.statesApart && statement != "" {
		now = slices.Concat([]string{"Hello", strings.TrimSpace(statement), bot.Greeting}, past[2:])
	}
	person.open(p.page(url))
	person.write(p.field, "Hello")
	person.expect(p.messages, now[:len(now)-2]...)
	person.write(p.field, "Show contact")
	person.expect(p.messages, now...)
	person.picture(p.shape + "." + picture)
	requests := person.listRequests()
	person.reload()
	person.expect(p.messages, past...)
	requests = append(requests, person.listRequests()...)
	for i := range requests {
		requests[i] = identifier.ReplaceAllString(requests[i], "ID")
	}
	// Responses arrive in any order, and browsers remember preflights for a few seconds.
	slices.Sort(requests)
	return slices.Compact(requests)
}

// checkVisits visits the product at app without a sidecar, and then behind one that observes, governs, asks for consent, and is suspended.
func (p *product) checkVisits(t *testing.T, app string) {
	t.Helper()
	before := p.visit(p.startBrowser(t, app), app, "", bot.Contact, "before")
	s := startSidecar(t, p.shape, app)
	person := p.startBrowser(t, s.url)
	observed := p.visit(person, s.url, "", bot.Contact, "observed")
	if diff := cmp.Diff(before, observed); diff != "" {
		t.Errorf("requests differ while the sidecar observes (-without +with the sidecar):\n%s", diff)
	}

	s.declare(govern)
	governed := p.visit(person, s.url, statement+"\n", contact, "governed")
	if diff := cmp.Diff(before, governed); diff != "" {
		t.Errorf("requests differ while the sidecar governs (-without +with the sidecar):\n%s", diff)
	}

	s.declare(govern, requireConsent)
	person.open(p.page(s.url))
	person.write(p.field, "Hello")
	person.expect(p.messages, "Hello", question)
	person.picture(p.shape + ".consent")
	person.write(p.field, "Yes")
	person.expect(p.messages, p.afterYes...)

	s.declare(govern, suspend)
	person.open(p.page(s.url))
	person.write(p.field, "Hello")
	person.expect(p.messages, "Hello", suspended)
	person.picture(p.shape + ".suspended")
}

// startModel returns the base URL of a model with the API of OpenAI, which ends with the test.
func startModel(t *testing.T) string {
	t.Helper()
	answers, next := atomic.Int64{}, bot.Handler(bot.Options{CutBytes: 7})
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(identified{w, fmt.Sprintf("chatcmpl-%d", answers.Add(1))}, r)
	}))
	t.Cleanup(model.Close)
	return model.URL + "/v1"
}

// identified gives the answer of a model an identifier of its own, by which LangGraph tells messages apart.
type identified struct {
	http.ResponseWriter
	id string
}

// Write writes a complete event or answer. It implements http.ResponseWriter.
func (w identified) Write(p []byte) (int, error) {
	_, err := w.ResponseWriter.Write(bytes.ReplaceAll(p, []byte("chatcmpl-sample"), []byte(w.id)))
	return len(p), err
}

// Unwrap lets http.ResponseController flush.
func (w identified) Unwrap() http.ResponseWriter { return w.ResponseWriter }
