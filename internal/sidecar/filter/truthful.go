package filter

import (
	"net/http"

	"golang.org/x/text/language"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/truth"
)

// Truthful has the answer to a person who asks what the chatbot is begin with the true answer: the statement, or without one in the
// language of the question a sentence in that language. Where the chatbot answers by a messaging service, it notes that the person has
// asked. For a nil set Truthful returns Pass. It must come after Disclose.
func Truthful(s *Statements, set *truth.Set, c *Conversations) Filter {
	if set == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			asked := sc.Request.Asked
			switch {
			case asked == 0:
			case isOfChannel(sc.Route):
				c.noteAsked(identifyPerson(sc), asked)
				if sc.Statement == "" { // The bot can respond to the webhook with a message.
					sc.Statement = s.Answer(set, asked)
				}
			case sc.Statement != "":
				// It tells the person.
			case sc.Request.Structured:
				tag, text, _ := s.answer(set, asked)
				w.Header()[headerDisclosure] = []string{formatHeader(tag, text)}
			default:
				var isStatement bool
				if _, sc.Statement, isStatement = s.answer(set, asked); !isStatement {
					sc.StatementKey = "" // The sentence does not stand for the statement in the conversation.
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// answer returns the true answer to the question what the chatbot is, and its language. It is the statement if there is one in the language
// of the question. asked is exchange.Scope.Request.Asked. s may be nil.
func (s *Statements) answer(set *truth.Set, asked int) (tag, text string, isStatement bool) {
	tag = set.Tag(asked)
	if s != nil {
		if i, found := s.languages.find(tag); found {
			return s.languages.tags[i], s.texts[i], true
		}
	}
	return tag, set.Sentence(asked), false
}

// Answer returns the true answer to the question what the chatbot is. asked is exchange.Scope.Request.Asked. s may be nil.
func (s *Statements) Answer(set *truth.Set, asked int) string {
	_, text, _ := s.answer(set, asked)
	return text
}

// find returns the index of the language with the tag, if there is one.
func (l *languages) find(tag string) (index int, found bool) {
	_, index, confidence := l.matcher.Match(language.Make(tag))
	return index, confidence >= language.High
}
