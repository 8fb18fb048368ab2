package intent

import (
	"slices"
	"strings"
)

// Kind is what a person asks for.
type Kind uint8

// The kinds, of which a message with several has the last one.
const (
	// None is everything else.
	None Kind = iota
	// Complaint, Portability, Correction, Objection, Access and Erasure are requests about personal data and about the service.
	Complaint
	Portability
	Correction
	Objection
	Access
	Erasure
	// Human is the wish to speak with a human.
	Human
	// Danger means that a life or the health of a person is in danger.
	Danger
)

// names are the names of the kinds in the files of languages and in records.
var names = [...]string{
	None: "", Complaint: "complaint", Portability: "portability", Correction: "correction", Objection: "objection", Access: "access",
	Erasure: "erasure", Human: "human", Danger: "danger",
}

// String returns the name of the kind, "" for None.
func (k Kind) String() string { return names[k] }

// IsRight reports whether the kind is a request about personal data or a complaint.
func (k Kind) IsRight() bool { return k > None && k < Human }

// Found is what a message asks for, and the language in which it does so; both are empty if it asks for nothing.
type Found struct {
	Kind     Kind
	Language string
}

// maxBefore is how many words before a wish can deny it.
const maxBefore = 5

// speech is what is known of one language.
type speech struct {
	tag string
	// not deny a wish. reported say that the words after them are those of somebody, and story that the sentence is made up or about language.
	// polite may stand around a message of one word.
	not, reported, story, polite *choiceSet
	// harmless are phrases that ask for nothing, although they have the words of it (“human resources”).
	harmless [][]element
}

// rule is one sentence by which a person asks for something.
type rule struct {
	speech   *speech
	kind     Kind
	elements []element
	// isAlone means that the rule must be the whole message, and denies that it has a negation of its own (“no longer want to live”).
	isAlone, denies bool
}

// Reader recognizes what people ask for in several languages. It is immutable and safe for concurrent use.
type Reader struct {
	// byWord has the rules by the first word, and byPrefix those whose first word may have an end.
	byWord   map[string][]*rule
	byPrefix []prefixed
}

// prefixed is a rule that begins with the begin of a word.
type prefixed struct {
	prefix string
	rule   *rule
}

// add adds a rule.
func (r *Reader) add(added *rule) {
	seen := map[string]bool{}
	for _, c := range listStarts(added.elements) {
		first, isPrefix := c.words[0], c.isPrefix && len(c.words) == 1
		key := first
		if isPrefix {
			key += "*"
		}
		switch {
		case seen[key]:
		case isPrefix:
			r.byPrefix = append(r.byPrefix, prefixed{first, added})
		default:
			r.byWord[first] = append(r.byWord[first], added)
		}
		seen[key] = true
	}
}

// Read returns what a message asks for. It reads the first maxMessage bytes.
func (r *Reader) Read(message []byte) Found {
	if r == nil || len(message) == 0 {
		return Found{}
	}
	text := strings.ToValidUTF8(string(message[:min(len(message), maxMessage)]), "")
	words := split(fold(dropQuotations(text)))
	best := Found{}
	for at, w := range words {
		for _, rule := range r.byWord[w.text] {
			best = rule.read(words, at, best)
		}
		for _, p := range r.byPrefix {
			if strings.HasPrefix(w.text, p.prefix) {
				best = p.rule.read(words, at, best)
			}
		}
	}
	return best
}

// read returns what the rule finds at the index if that is more than best, and best otherwise.
func (r *rule) read(words []word, at int, best Found) Found {
	if r.kind <= best.Kind {
		return best
	}
	end := match(r.elements, words, at, at)
	s := r.speech
	switch {
	case end == 0, r.isAlone && !s.isAlone(words, at, end), r.isDenied(words, at, end), s.isHarmless(words, at, end):
		return best
	case s.isBefore(s.story, words, at), r.kind == Danger && s.isAfter(s.story, words, end), r.kind != Danger && s.isBefore(s.reported, words, at):
		return best
	}
	return Found{r.kind, s.tag}
}

// isAlone reports whether the message has nothing but polite words around those from at to end.
func (s *speech) isAlone(words []word, at, end int) bool {
	return s.isPolite(words[:at]) && s.isPolite(words[end:])
}

func (s *speech) isPolite(words []word) bool {
	for at := 0; at < len(words); {
		size := s.polite.find(words, at)
		if size == 0 {
			return false
		}
		at += size
	}
	return true
}

// isDenied reports whether a negation stands right before the words from at to end, in their clause, or among them if the rule has none.
func (r *rule) isDenied(words []word, at, end int) bool {
	from := at
	for from > 0 && at-from < maxBefore && words[from].before == pauseNone {
		from--
	}
	until := end
	if r.denies {
		until = at
	}
	for i := from; i < until; i++ {
		if r.speech.not.find(words, i) > 0 {
			return true
		}
	}
	return false
}

// isBefore reports whether the sentence has one of the choices before the index, and isAfter whether it has one from there on.
func (s *speech) isBefore(choices *choiceSet, words []word, at int) bool {
	for i := at; i > 0 && (i == len(words) || words[i].before != pauseSentence); i-- {
		if choices.find(words, i-1) > 0 {
			return true
		}
	}
	return false
}

func (s *speech) isAfter(choices *choiceSet, words []word, end int) bool {
	for i := end; i < len(words) && words[i].before != pauseSentence; i++ {
		if choices.find(words, i) > 0 {
			return true
		}
	}
	return false
}

// isHarmless reports whether a phrase that asks for nothing has one of the words from at to end.
func (s *speech) isHarmless(words []word, at, end int) bool {
	return slices.ContainsFunc(s.harmless, func(phrase []element) bool {
		for from := max(0, at-maxBefore); from < end; from++ {
			if until := match(phrase, words, from, from); until > at {
				return true
			}
		}
		return false
	})
}
