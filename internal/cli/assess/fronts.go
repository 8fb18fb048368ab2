package assess

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/product"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// addServerCalls adds the calls of recognized model servers and gateways of the input to which a URL of a chatbot leads, whatever its
// variable is called.
func addServerCalls(chatbots []Chatbot) {
	for i := range chatbots {
		c := &chatbots[i]
		for _, u := range c.listTextURLs() {
			host := product.Host(u.URL)
			isKnown := slices.ContainsFunc(c.Models, func(call report.ModelCall) bool { return call.Host == host })
			k := slices.IndexFunc(chatbots, func(s Chatbot) bool {
				return s.isServer() && s.Workload.String() != c.Workload.String() && s.answersAt(host, c.Workload.Namespace)
			})
			if isKnown || k < 0 {
				continue
			}
			server := chatbots[k]
			c.Models = append(c.Models, report.ModelCall{
				Variable: u.Name, Service: server.Match.Product.Title, Shape: server.Shape(), Host: host, Sure: string(product.SureDocumented),
			})
		}
	}
}

// isServer reports whether the workload is a known product that serves models.
func (c Chatbot) isServer() bool {
	return c.Match.Product != nil && (c.Match.Role == product.RoleModelServer || c.Match.Role == product.RoleGateway)
}

// listTextURLs returns the URLs in the texts of all containers.
func (c Chatbot) listTextURLs() []product.TextURL {
	var urls []product.TextURL
	for i := range c.Workload.Pod.Spec.Containers {
		urls = append(urls, product.FindTextURLs(&c.Workload.Pod.Spec.Containers[i])...)
	}
	return urls
}

// removeFronts returns the chatbots without those that are only pages or a proxy before another one: they are guesses, show no call of a
// model, and have a URL that leads to another chatbot of the input.
func removeFronts(chatbots []Chatbot) (kept []Chatbot, fronts []Unassessed) {
	for _, c := range chatbots {
		behind, variable := c.findBehind(chatbots)
		if behind == nil {
			kept = append(kept, c)
			continue
		}
		title := "a chatbot"
		if p := behind.Match.Product; p != nil {
			title = p.Title
		}
		fronts = append(fronts, Unassessed{c.Workload, fmt.Sprintf("is no chatbot of its own: it shows no call of a model, and %s leads to %s (%s), "+
			"whose declaration governs what people write here. `--include %s/%s` drafts one for it all the same",
			variable, behind.Workload, title, cmp.Or(c.Workload.Kind, "KIND"), c.Workload.Name)})
	}
	return kept, fronts
}

// findBehind returns the chatbot before which this one is a front, with the variable that leads there; nil if it is none.
func (c Chatbot) findBehind(chatbots []Chatbot) (behind *Chatbot, variable string) {
	if !c.mayBeFront() {
		return nil, ""
	}
	for _, u := range c.listTextURLs() {
		for i := range chatbots {
			other := &chatbots[i]
			isOther := other.Workload.String() != c.Workload.String() && other.Match.Role == product.RoleChatbot && !other.mayBeFront()
			if isOther && other.answersAt(product.Host(u.URL), c.Workload.Namespace) {
				return other, u.Name
			}
		}
	}
	return nil, ""
}

// mayBeFront reports whether the workload is only guessed to be a chatbot, and shows no call of a model. Variables from a Secret may hide
// one.
func (c Chatbot) mayBeFront() bool {
	isGuess := c.Match.Role == product.RoleChatbot && c.Match.Sign == product.SureRecalled && !c.isIncluded
	for i := range c.Workload.Pod.Spec.Containers {
		isGuess = isGuess && len(c.Workload.Pod.Spec.Containers[i].EnvFrom) == 0
	}
	return isGuess && len(c.Models) == 0
}
