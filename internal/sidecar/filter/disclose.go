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
	// headerDisclosure carries the statement, in the form that formatHeader returns.
	headerDisclosure = "Chaperone-Disclosure"
	// HeaderMarking tells machines that the content is generated. Its value is markingGenerated.
	HeaderMarking    = "Chaperone-Marking"
	markingGenerated = "ai-generated"

	// DisclosurePath is the path of the disclosure document, for clients that show the statement before the first message.
	DisclosurePath = "/.well-known/chaperone/disclosure"
	// APIDisclosure stands for the API in records of exchanges at DisclosurePath.
	APIDisclosure = "disclosure"

	// maxAcceptLanguage is the longest Accept-Language header that is parsed; browsers send below 100 bytes.
	maxAcceptLanguage = 256
)

// Statements are the disclosure of one configuration in its languages, ready to be sent. Their content is immutable; they are safe for
// concurrent use.
type Statements struct {
	// tags, texts and headers have one element for each language, the default language first: its BCP 47 tag, the statement, and the
	// statement in the form of a header.
	tags, texts, headers []string
	matcher              language.Matcher
	// chosen caches the result of match by Accept-Language header: clients send few different ones.
	chosen languageCache

	// inHeader means that every response carries the statement in its header, unless an earlier filter has refused the request.
	inHeader bool
	// inEveryAnswer means that every answer begins with the statement, inFirstAnswer that the first answer of a conversation does.
	inEveryAnswer, inFirstAnswer bool
	// repeatHours is the number of hours after which a conversation gets the statement again, 0 for never.
	repeatHours int
	// marksContent means that every response of the upstream carries HeaderMarking. A refusal does not.
	marksContent bool
}

// maxCachedHeaders is the number of headers that a languageCache holds. A full cache is emptied.
const maxCachedHeaders = 256

// languageCache maps Accept-Language headers to indices of Statements.
type languageCache struct {
	mu      sync.RWMutex
	indices map[string]int
}

func (c *languageCache) get(header string) (index int, found bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	index, found = c.indices[header]
	return index, found
}

// put stores the index for a header. It empties a full cache first.
func (c *languageCache) put(header string, index int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.indices == nil || len(c.indices) >= maxCachedHeaders {
		c.indices = map[string]int{}
	}
	c.indices[header] = index
}

// NewStatements returns the statements of a disclosure, or nil for a configuration without one.
func NewStatements(d *sidecarconfig.Disclose) *Statements {
	if d == nil {
		return nil
	}
	has := func(placement string) bool { return slices.Contains(d.Placements, placement) }
	// The sidecar cannot tell which clients fetch the statement before the first message, so all get it in the header and the first answer.
	beforeFirst := has(sidecarconfig.PlaceBeforeFirstMessage)
	s := &Statements{
		inHeader:      has(sidecarconfig.PlaceHeader) || beforeFirst,
		inEveryAnswer: has(sidecarconfig.PlaceEveryMessage),
		inFirstAnswer: has(sidecarconfig.PlaceFirstMessage) || beforeFirst,
		repeatHours:   d.RepeatHours,
		marksContent:  slices.Contains(d.Marking, sidecarconfig.MarkMachineReadable),
	}
	// The default language has the index 0, which choose returns if no language fits.
	s.add(d.DefaultLanguage, d.Statements[d.DefaultLanguage])
	for tag, text := range d.Statements {
		if tag != d.DefaultLanguage {
			s.add(tag, text)
		}
	}
	var parsed []language.Tag
	for _, tag := range s.tags {
		parsed = append(parsed, language.Make(tag))
	}
	s.matcher = language.NewMatcher(parsed)
	return s
}

// Texts returns the statement in every language, the default language first. It returns nil for nil Statements.
func (s *Statements) Texts() []string {
	if s == nil {
		return nil
	}
	return s.texts
}

// add adds the statement of one language.
func (s *Statements) add(tag, text string) {
	s.tags = append(s.tags, tag)
	s.texts = append(s.texts, text)
	s.headers = append(s.headers, formatHeader(tag, text))
}

// formatHeader returns the statement as the value of a header: unchanged if it is printable ASCII, otherwise as an extended value of
// RFC 8187, UTF-8'<language>'<percent-encoded text>.
func formatHeader(tag, text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return text
	}
	return "UTF-8'" + tag + "'" + strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// choose returns the index of the language that fits the Accept-Language header of a request best. It returns 0, the default language,
// if the header is missing or too long, or if no language fits.
func (s *Statements) choose(h http.Header) int {
	accept := h.Get("Accept-Language")
	if len(s.tags) == 1 || accept == "" || len(accept) > maxAcceptLanguage {
		return 0
	}
	index, found := s.chosen.get(accept)
	if !found {
		index = s.match(accept)
		s.chosen.put(accept, index)
	}
	return index
}

// match does the work of choose for a header that is not cached.
func (s *Statements) match(accept string) int {
	accepted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return 0
	}
	_, index, confidence := s.matcher.Match(accepted...)
	if confidence == language.No {
		return 0
	}
	return index
}

// Disclose adds the statement and the marking to the header of the response where the configuration asks for them. If the answer must
// show the statement, Disclose stores the statement in the scope, and the transport writes it. An answer that a program reads must not begin
// with a statement, so the statement stands in its header instead. People do not see the header, so the statement stays due for the next answer
// in prose. For nil Statements Disclose returns Pass.
func Disclose(s *Statements, c *Conversations) Filter {
	if s == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc, i := exchange.From(r), s.choose(r.Header)
			isDue := s.inEveryAnswer || s.inFirstAnswer && c.isDue(sc, s.repeatHours)
			if s.inHeader || isDue && sc.Request.Structured {
				w.Header()[headerDisclosure] = []string{s.headers[i]}
			}
			if s.marksContent {
				w.Header()[HeaderMarking] = []string{markingGenerated}
			}
			if isDue && !sc.Request.Structured {
				sc.Statement = s.texts[i]
			}
			next.ServeHTTP(w, r)
		})
	}
}
