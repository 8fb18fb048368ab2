package filter

import (
	"errors"
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// SettleCall sets, drops and refuses what a call of a model asks for, as Route.Calls says, and compares the model with the declared one. It must
// come after RewriteBody.
func SettleCall(rt *exchange.Route) Filter {
	if rt.Calls == nil && rt.FindModel == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			if rt.FindModel != nil {
				sc.Model = rt.FindModel(r.URL.Path, sc.Body)
			}
			body, err := rt.Calls.Apply(sc.Body)
			if err != nil {
				why := (*refusal.Refusal)(nil)
				errors.As(err, &why)
				Refuse(w, r, why)
				return
			}
			sc.Body = body
			setBody(r, sc)
			next.ServeHTTP(w, r)
		})
	}
}
