package filter

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	// headerDisclosure carries the statement: unchanged when it is printable ASCII, else as an extended value
	// (RFC 8187: UTF-8'<language>'<percent-encoded text>).
	headerDisclosure = "Chaperone-Disclosure"
	// HeaderMarking marks generated content for machines; its value is markingGenerated.
	HeaderMarking    = "Chaperone-Marking"
	markingGenerated = "ai-generated"

	// DisclosurePath answers with the statement and the links as JSON, for clients that show them before the first message.
	DisclosurePath = "/.well-known/chaperone/disclosure"
	// APIDisclosure names that exchange in records.
	APIDisclosure = "disclosure"

	// maxAcceptLanguage is the longest Accept-Language header that is parsed; browsers send below 100 bytes.
	maxAcceptLanguage = 256
)

// Statements are the disclosures of one configuration, ready to be sent. They are immutable.
type Statements struct {
	// texts, headers and tags belong together by index; the default language is first.
	texts, headers, tags []string
	matcher              language.Matcher
	inHeader, always     bool
	// first: the first answer of a conversation carries the statement.
	first bool
	// repeatHours is the number of hours after which a conversation gets the statement again, 0 for never.
	repeatHours int
	marked      bool
	// choices remembers what choose found, by header: clients send few different ones.
	choices choices
}

// maxChoices bounds the remembered headers; at the bound all are forgotten.
const maxChoices = 256

type choices struct {
	mu    sync.RWMutex
	index map[string]int
}

func (c *choices) get(header string) (int, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i, ok := c.index[header]
	return i, ok
}

func (c *choices) put(header string, i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.index == nil || len(c.index) >= maxChoices {
		c.index = map[string]int{}
	}
	c.index[header] = i
}

// NewStatements returns nil when nothing is disclosed.
func NewStatements(d *sidecarconfig.Disclose) *Statements {
	if d == nil {
		return nil
	}
	has := func(placement string) bool { return slices.Contains(d.Placements, placement) }
	before := has(sidecarconfig.PlaceBeforeFirstMessage)
	s := &Statements{
		inHeader:    has(sidecarconfig.PlaceHeader) || before,
		always:      has(sidecarconfig.PlaceEveryMessage),
		first:       has(sidecarconfig.PlaceFirstMessage) || before,
		repeatHours: d.RepeatHours,
		marked:      slices.Contains(d.Marking, sidecarconfig.MarkMachineReadable),
	}
	s.add(d.DefaultLanguage, d.Statements[d.DefaultLanguage])
	for tag, text := range d.Statements {
		if tag != d.DefaultLanguage {
			s.add(tag, text)
		}
	}
	var tags []language.Tag
	for _, tag := range s.tags {
		tags = append(tags, language.Make(tag))
	}
	s.matcher = language.NewMatcher(tags)
	return s
}

// Texts returns the statement in every language; none when nothing is disclosed.
func (s *Statements) Texts() []string {
	if s == nil {
		return nil
	}
	return s.texts
}

func (s *Statements) add(tag, text string) {
	s.tags = append(s.tags, tag)
	s.texts = append(s.texts, text)
	s.headers = append(s.headers, formatHeader(tag, text))
}

// formatHeader makes a statement safe for a header.
func formatHeader(tag, text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return text
	}
	return "UTF-8'" + tag + "'" + strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// choose returns the index of the statement for a client, by its Accept-Language.
func (s *Statements) choose(h http.Header) int {
	accept := h.Get("Accept-Language")
	if len(s.tags) == 1 || accept == "" || len(accept) > maxAcceptLanguage {
		return 0
	}
	i, ok := s.choices.get(accept)
	if !ok {
		i = s.match(accept)
		s.choices.put(accept, i)
	}
	return i
}

func (s *Statements) match(accept string) int {
	accepted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return 0
	}
	_, i, confidence := s.matcher.Match(accepted...)
	if confidence == language.No {
		return 0
	}
	return i
}

// Disclose decides whether the statement is due, and where.
func Disclose(s *Statements, c *Conversations) Filter {
	if s == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc, i := exchange.From(r), s.choose(r.Header)
			if s.inHeader {
				w.Header()[headerDisclosure] = []string{s.headers[i]}
			}
			if s.marked {
				w.Header()[HeaderMarking] = []string{markingGenerated}
			}
			if s.always || s.first && c.isDue(sc, s.repeatHours) {
				sc.Statement = s.texts[i]
			}
			next.ServeHTTP(w, r)
		})
	}
}
