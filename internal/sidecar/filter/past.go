package filter

import (
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

// setHeader puts the statement into the header of a response that the sidecar writes itself, where the configuration asks for it.
func (s *Statements) setHeader(w http.ResponseWriter, r *http.Request) {
	if s != nil && s.inHeader {
		w.Header()[headerDisclosure] = []string{s.headers[s.languages.choose(r.Header)]}
	}
}

// DisclosePast has the answers of earlier turns, or the greeting of the chatbot, begin with the statement, so that people see it after a
// reload too. The header gets the statement where the configuration asks for it. For nil Statements DisclosePast returns Pass.
func DisclosePast(s *Statements) Filter {
	if s == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc, i := exchange.From(r), s.languages.choose(r.Header)
			if s.inHeader {
				w.Header()[headerDisclosure] = []string{s.headers[i]}
			}
			if s.inEveryAnswer || s.inFirstAnswer {
				sc.Statement, sc.StatementInEach = s.texts[i], s.inEveryAnswer
			}
			next.ServeHTTP(w, r)
		})
	}
}
