package filter

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped/shapedtest"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

func TestSuspendNamesTheWayToAHuman(t *testing.T) {
	const ask = "Ask the team that runs the chatbot how to reach a human."
	cases := map[string]struct {
		handoff *sidecarconfig.Handoff
		want    string
	}{
		"no handoff":               {nil, ask},
		"handoff without a target": {&sidecarconfig.Handoff{Mode: "on-request"}, ask},
		"contact":                  {&sidecarconfig.Handoff{Contact: "the desk"}, "Contact a human: the desk."},
		"URL before contact": {
			&sidecarconfig.Handoff{URL: "https://desk.example", Contact: "the desk"}, "Contact a human: https://desk.example.",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			sc := &exchange.Scope{Route: &exchange.Route{Format: shapedtest.OpenAIChat(t)}}
			r := httptest.NewRequest(http.MethodPost, "/chat", nil)
			out := httptest.NewRecorder()
			Suspend(true, tc.handoff)(http.NotFoundHandler()).ServeHTTP(out, r.WithContext(exchange.With(r.Context(), sc)))
			var body struct{ Error struct{ Remedy string } }
			if err := json.Unmarshal(out.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			if body.Error.Remedy != tc.want {
				t.Errorf("remedy is %q, want %q", body.Error.Remedy, tc.want)
			}
		})
	}
}
