package filter_test

import (
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
)

// A refusal of a path says where messages go, and on a port who has to declare what if the chatbot serves the path.
func TestRefusalOfAPathSaysWhatToDo(t *testing.T) {
	const declare = " If the chatbot serves this path too, the team that runs it must declare a shape that has a route for GET /orders, " +
		"in spec.ports[].shape or spec.ports[].inline of the ChatbotDeployment."
	for name, test := range map[string]struct {
		route exchange.Route
		paths []string
		want  string
	}{
		"one path":            {exchange.Route{Direction: exchange.Ingress}, []string{"/"}, "Send messages to /." + declare},
		"paths with segments": {exchange.Route{Direction: exchange.Ingress}, []string{"/a/{flow}", "/b"}, "Send messages to /a/{flow} or /b, with a value of your own for what is in braces." + declare},
		"many paths":          {exchange.Route{Direction: exchange.Ingress}, []string{"/a", "/b", "/c", "/d"}, "Send messages to /a, /b or /c." + declare},
		"no path":             {exchange.Route{Direction: exchange.Ingress}, nil, "Send the request to a path that the page of the shape names." + declare},
		"a model":             {exchange.Route{Direction: exchange.Egress, Prefix: "/model"}, []string{"/v1/chat/completions"}, "Send messages to /model/v1/chat/completions."},
	} {
		t.Run(name, func(t *testing.T) {
			routes := &filter.Routes{
				ListMethods: func(string) []string { return nil }, Paths: test.paths, Fold: func(path string) string { return path },
			}
			fault := filter.FindUnmatchedFault(&test.route, routes, httptest.NewRequest("GET", "/orders", nil))
			if diff := cmp.Diff(test.want, fault.Remedy); fault.ID != "sidecar.path_unknown" || diff != "" {
				t.Errorf("%s (-want +got):\n%s", fault.ID, diff)
			}
		})
	}
}
