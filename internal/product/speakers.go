package product

import "slices"

// ListSpeakers returns the titles of the products and services that speak a shape, sorted: chatbots, which customers talk to, and servers,
// which chatbots call for a model.
func ListSpeakers(shape string) (chatbots, servers []string) {
	for _, p := range known().Products {
		switch {
		case p.Shape != shape:
		case p.Role == RoleChatbot:
			chatbots = append(chatbots, p.Title)
		default:
			servers = append(servers, p.Title)
		}
	}
	for _, s := range known().Services {
		if s.Shape == shape {
			servers = append(servers, s.Title)
		}
	}
	slices.Sort(chatbots)
	slices.Sort(servers)
	return slices.Compact(chatbots), slices.Compact(servers)
}
