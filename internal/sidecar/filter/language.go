package filter

import (
	"net/http"
	"sync"

	"golang.org/x/text/language"
)

// maxAcceptLanguage is the longest Accept-Language header that is parsed; browsers send below 100 bytes.
const maxAcceptLanguage = 256

// languages chooses one of several languages for a request. Its tags are immutable; it is safe for concurrent use.
type languages struct {
	// tags are BCP 47 tags, the default language first.
	tags    []string
	matcher language.Matcher
	// chosen caches the result of match by Accept-Language header: clients send few different ones.
	chosen languageCache
}

// newLanguages returns the languages with the tags, the default language first.
func newLanguages(tags []string) *languages {
	var parsed []language.Tag
	for _, tag := range tags {
		parsed = append(parsed, language.Make(tag))
	}
	return &languages{tags: tags, matcher: language.NewMatcher(parsed)}
}

// maxCachedHeaders is the number of headers that a languageCache holds. A full cache is emptied.
const maxCachedHeaders = 256

// languageCache maps Accept-Language headers to indices of languages.
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

// choose returns the index of the language that fits the Accept-Language header of a request best. It returns 0, the default language,
// if the header is missing or too long, or if no language fits.
func (l *languages) choose(h http.Header) int {
	accept := h.Get("Accept-Language")
	if len(l.tags) == 1 || accept == "" || len(accept) > maxAcceptLanguage {
		return 0
	}
	index, found := l.chosen.get(accept)
	if !found {
		index = l.match(accept)
		l.chosen.put(accept, index)
	}
	return index
}

// chooseFor returns choose for the language, if the request names one, and otherwise for its header.
func (l *languages) chooseFor(tag string, h http.Header) int {
	if tag == "" {
		return l.choose(h)
	}
	return l.choose(http.Header{"Accept-Language": {tag}})
}

// match does the work of choose for a header that is not cached.
func (l *languages) match(accept string) int {
	accepted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return 0
	}
	_, index, confidence := l.matcher.Match(accepted...)
	if confidence == language.No {
		return 0
	}
	return index
}
