package sidecar

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	// headerDisclosure carries the statement: as it is when it is printable ASCII, else as an extended value
	// (RFC 8187: UTF-8'<language>'<percent-encoded text>).
	headerDisclosure = "Chaperone-Disclosure"
	// headerMarking marks generated content for machines; its value is markingGenerated.
	headerMarking    = "Chaperone-Marking"
	markingGenerated = "ai-generated"

	// disclosurePath answers with the statement and the links as JSON, for clients that show them before the first message.
	disclosurePath = "/.well-known/chaperone/disclosure"
	// apiDisclosure names that exchange in records.
	apiDisclosure = "disclosure"

	// maxAcceptLanguage is the longest Accept-Language header that is parsed; browsers send below 100 bytes.
	maxAcceptLanguage = 256
)

// speech is what is told to people, made ready.
type speech struct {
	// texts, headers and tags belong together by index; the default language is first.
	texts, headers, tags []string
	matcher              language.Matcher
	inHeader, always     bool
	// first: the first answer of a conversation carries the statement.
	first bool
	// repeatHours is after how long a conversation is told again, 0 for never.
	repeatHours int
	marked      bool
	// chosen remembers what choose found, by header: clients send few different ones.
	chosen chosen
}

// maxChosen bounds the headers that are remembered; when it is reached all are forgotten.
const maxChosen = 256

type chosen struct {
	mu    sync.RWMutex
	index map[string]int
}

func (c *chosen) get(header string) (int, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i, ok := c.index[header]
	return i, ok
}

func (c *chosen) put(header string, i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.index == nil || len(c.index) >= maxChosen {
		c.index = map[string]int{}
	}
	c.index[header] = i
}

func newSpeech(d *sidecarconfig.Disclose) *speech {
	if d == nil {
		return nil
	}
	has := func(placement string) bool { return slices.Contains(d.Placements, placement) }
	before := has(sidecarconfig.PlaceBeforeFirstMessage)
	s := &speech{
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

// statements returns the statement in every language; none when nothing is disclosed.
func (s *speech) statements() []string {
	if s == nil {
		return nil
	}
	return s.texts
}

func (s *speech) add(tag, text string) {
	s.tags = append(s.tags, tag)
	s.texts = append(s.texts, text)
	s.headers = append(s.headers, headerText(tag, text))
}

// headerText makes a statement safe for a header.
func headerText(tag, text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return text
	}
	return "UTF-8'" + tag + "'" + strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// choose returns the index of the statement for a client, by its Accept-Language.
func (s *speech) choose(h http.Header) int {
	accept := h.Get("Accept-Language")
	if len(s.tags) == 1 || accept == "" || len(accept) > maxAcceptLanguage {
		return 0
	}
	i, ok := s.chosen.get(accept)
	if !ok {
		i = s.match(accept)
		s.chosen.put(accept, i)
	}
	return i
}

func (s *speech) match(accept string) int {
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return 0
	}
	_, i, confidence := s.matcher.Match(wanted...)
	if confidence == language.No {
		return 0
	}
	return i
}

// disclose decides whether the statement is due, and where.
func (g *generation) disclose() filter {
	return func(next http.Handler) http.Handler {
		s := g.speech
		if s == nil {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc, i := scopeOf(r), s.choose(r.Header)
			if s.inHeader {
				w.Header()[headerDisclosure] = []string{s.headers[i]}
			}
			if s.marked {
				w.Header()[headerMarking] = []string{markingGenerated}
			}
			if s.always || s.first && g.shared.told.isDue(sc, s.repeatHours) {
				sc.opening = s.texts[i]
			}
			next.ServeHTTP(w, r)
		})
	}
}

// statementDocument is the answer at disclosurePath.
type statementDocument struct {
	Language  string            `json:"language"`
	Statement string            `json:"statement"`
	Links     map[string]string `json:"links"`
	Suspended bool              `json:"suspended"`
}

// statement serves the disclosure document.
func (g *generation) statement() http.Handler {
	targets := map[string]string{}
	for _, link := range links(g.config) {
		targets[link[0]] = link[1]
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.speech == nil || r.Method != http.MethodGet {
			refuse(w, r, &finding{rule: ruleNoDisclosure, what: "Nothing is disclosed here.", remedy: "Ask with GET, where a disclosure is declared."})
			return
		}
		i := g.speech.choose(r.Header)
		body, err := json.Marshal(statementDocument{
			Language: g.speech.tags[i], Statement: g.speech.texts[i], Links: targets, Suspended: g.config.Suspended,
		})
		if err != nil {
			refuse(w, r, &finding{rule: ruleInternal, what: "The statement cannot be written.", remedy: "Report the exchange id."})
			return
		}
		scopeOf(r).disclosed = true
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		h.Set("Content-Language", g.speech.tags[i])
		h.Set("Vary", "Accept-Language")
		_, _ = w.Write(body)
	})
}
