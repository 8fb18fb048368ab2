package observe

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

const (
	// folded stands in a pattern for a segment that may identify a person, a conversation or a file.
	folded = "*"
	// maxWord is the length in bytes of the longest segment that a pattern shows: long words are names or random.
	maxWord = 40
	// maxSegments is the number of segments that a pattern shows.
	maxSegments = 8
	// maxSiblings is the number of different segments that patterns show at one place. An API has a few; more are identifiers, such as those
	// of orders.
	maxSiblings = 12
	// maxPlaces bounds the places for which siblings are kept. Later places show no segments.
	maxPlaces = 256
	// otherMethod and otherMedia stand for methods and media types that a client made up.
	otherMethod = "OTHER"
	otherMedia  = "other"
)

// patterns folds paths. Not safe for concurrent use.
type patterns struct {
	// siblings maps a place (direction, port, and the pattern up to there) to the segments that patterns show there.
	siblings map[string][]string
	// shown are the paths that are their own patterns, by port. They hold no identifier, and their number is bounded by maxPlaces.
	shown map[portPath]bool
}

// folds are the patterns of one process. It is safe for concurrent use.
type folds struct {
	mu       sync.Mutex
	patterns patterns
}

// Fold returns the pattern of a path of a port, as the counts have it. It remembers the segments that it shows.
func (o *Observer) Fold(direction, port, path string) string {
	o.folds.mu.Lock()
	defer o.folds.mu.Unlock()
	return o.folds.patterns.fold(portPath{direction, port, path})
}

// portPath is a path of a port or egress entry.
type portPath struct{ direction, port, path string }

// fold returns the pattern of a path: identifiers become `*`, a file keeps its extension.
func (p *patterns) fold(of portPath) string {
	if p.shown[of] {
		return of.path
	}
	pattern := p.foldSegments(of.direction+" "+of.port, of.path)
	if pattern == of.path && len(p.shown) < maxPlaces {
		if p.shown == nil {
			p.shown = map[portPath]bool{}
		}
		p.shown[of] = true
	}
	return pattern
}

// foldSegments returns the pattern of a path, segment by segment. place is the direction and port, with which the places of all segments
// begin.
func (p *patterns) foldSegments(place, path string) string {
	pattern := ""
	for i, segment := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		if i == maxSegments {
			return pattern + "/" + folded
		}
		pattern += "/" + p.foldSegment(place+pattern, segment)
	}
	return pattern
}

// foldSegment returns the segment if it is a word of an API at a place that has few of them, and otherwise `*` with the extension of a
// file.
func (p *patterns) foldSegment(place, segment string) string {
	if segment == "" { // between two slashes, or after a slash at the end
		return ""
	}
	if isWord(segment) && p.admit(place, segment) {
		return segment
	}
	const maxExtension = len(".xhtml")
	if dot := strings.LastIndexByte(segment, '.'); dot >= 0 && len(segment)-dot <= maxExtension && isWord(segment[dot+1:]) {
		return folded + segment[dot:]
	}
	return folded
}

// admit reports whether the place shows the segment, and remembers a new one while there is room.
func (p *patterns) admit(place, segment string) bool {
	shown, isKnown := p.siblings[place]
	switch {
	case slices.Contains(shown, segment):
		return true
	case !isKnown && len(p.siblings) >= maxPlaces, len(shown) >= maxSiblings:
		return false
	}
	if p.siblings == nil {
		p.siblings = map[string][]string{}
	}
	p.siblings[place] = append(shown, segment)
	return true
}

// isWord reports whether a segment looks like a word of an API: letters with dashes, dots and underscores, or a version such as `v1`.
func isWord(segment string) bool {
	if segment == "" || len(segment) > maxWord {
		return false
	}
	if number, hasV := strings.CutPrefix(segment, "v"); hasV && len(number) <= 2 && strings.Trim(number, "0123456789") == "" {
		return true
	}
	return strings.IndexFunc(segment, isNoWordCharacter) < 0
}

// isNoWordCharacter reports whether a character cannot be in a word of an API: it is neither an ASCII letter nor one of `-`, `_` and `.`.
func isNoWordCharacter(r rune) bool {
	isLetter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !isLetter && r != '-' && r != '_' && r != '.'
}

// methods are the methods that counts show.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodConnect,
	http.MethodOptions, http.MethodTrace,
}

// foldMethod returns a method that HTTP defines, and otherMethod for all others.
func foldMethod(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return otherMethod
}

// mediaPrefixes are the first parts of the media types that counts show, before the slash. The subtype after it must be a word.
var mediaPrefixes = []string{"application", "audio", "font", "image", "model", "multipart", "text", "video"}

// foldMedia returns the media type of a Content-Type without its parameters, "" for none, and otherMedia for one that is not known.
func foldMedia(contentType string) string {
	switch contentType {
	case "", "application/json", "text/event-stream": // Most exchanges of chatbots have no others.
		return contentType
	}
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	kind, subtype, _ := strings.Cut(media, "/")
	if !slices.Contains(mediaPrefixes, kind) || !isWord(strings.ReplaceAll(subtype, "+", "-")) {
		return otherMedia
	}
	return media
}
