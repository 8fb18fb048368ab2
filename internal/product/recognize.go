package product

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Match is a product that a container was recognized as, or a guess by other signs.
type Match struct {
	// Product is the recognized product; nil for a guess.
	Product *Product
	// Role is the role of the product, or the guessed one.
	Role Role
	// Sure is how sure the match is: at most A by the image, at most B by the command or by variables that only the product reads, C for a
	// guess. It is never surer than what is known of the product.
	Sure Sureness
	// Sign is how sure the sign is by itself, whatever is known of the product.
	Sign Sureness
	// Signs say by what the container was recognized, for example `image flowiseai/flowise`. There is at least one.
	Signs []string
	// IsWorker is true if the product runs as a worker, with which people do not chat.
	IsWorker bool
}

// Recognize returns what a container is. names are further names, such as that of its workload, which count only for a guess. The result is
// false if nothing suggests a chatbot or a model server, or if the container is a neighbor of one.
func Recognize(container *corev1.Container, names ...string) (Match, bool) {
	if _, isNeighbor := FindNeighbor(container, names...); isNeighbor {
		return Match{}, false
	}
	match, ok := recognize(container, names)
	match.IsWorker = match.Product != nil && match.Product.runsAsWorker(container)
	return match, ok
}

// FindNeighbor returns the neighbor that a container runs: by the repository of its image, by a word of its command, or by its name or one of
// names unless its image is that of a product.
func FindNeighbor(container *corev1.Container, names ...string) (Neighbor, bool) {
	repository, words := trimImage(container.Image), listWords(container)
	names = append(slices.Clone(names), container.Name)
	if _, isProduct := findByImage(container); isProduct {
		names = nil
	}
	for _, neighbor := range known().Neighbors {
		hasWord := slices.ContainsFunc(words, func(word string) bool { return matchesAny(neighbor.Commands, word) })
		hasName := slices.ContainsFunc(names, func(name string) bool { return matchesAny(neighbor.Names, name) })
		if matchesImage(neighbor.Images, repository) || hasWord || hasName {
			return neighbor, true
		}
	}
	return Neighbor{}, false
}

// matchesImage reports whether one of the patterns matches the last elements of the repository.
func matchesImage(patterns []string, repository string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		return matchesAny([]string{pattern}, lastElements(repository, 1+strings.Count(pattern, "/")))
	})
}

// runsAsWorker reports whether the container runs the product as a worker.
func (p *Product) runsAsWorker(container *corev1.Container) bool {
	signs := append(listWords(container), lastElements(trimImage(container.Image), 1))
	for i := range container.Env {
		signs = append(signs, container.Env[i].Name+"="+container.Env[i].Value)
	}
	return slices.ContainsFunc(signs, func(sign string) bool { return matchesAny(p.Workers, sign) })
}

// recognize returns what a container is that is no neighbor.
func recognize(container *corev1.Container, names []string) (Match, bool) {
	for _, find := range []func(*corev1.Container) (Match, bool){findByImage, findByCommand, findByVariables, findByPortNames, findByCall} {
		if match, ok := find(container); ok {
			return match, true
		}
	}
	return findByNames(container, names)
}

// findByImage recognizes a product by the repository of the image.
func findByImage(container *corev1.Container) (Match, bool) {
	repository := trimImage(container.Image)
	products := known().Products
	for i := range products {
		if matchesImage(products[i].Images, repository) {
			return newMatch(&products[i], sureOfImage(products[i].Images, repository), "image "+repository), true
		}
	}
	return Match{}, false
}

// sureOfImage returns how sure the repository of an image tells the product: less if a pattern matches only the last element of a longer path,
// because anyone can give an image such a name.
func sureOfImage(patterns []string, repository string) Sureness {
	isMatch := func(pattern string) bool { return matchesImage([]string{pattern}, repository) }
	isOwned := func(pattern string) bool { return strings.Contains(pattern, "/") && isMatch(pattern) }
	if strings.Contains(repository, "/") && !slices.ContainsFunc(patterns, isOwned) {
		return SureDocumented
	}
	return SureSource
}

// findByCommand recognizes a product by a word of the command or of the arguments, or by the last path element of a word.
func findByCommand(container *corev1.Container) (Match, bool) {
	words := listWords(container)
	products := known().Products
	for i := range products {
		for _, word := range words {
			if matchesAny(products[i].Commands, word) {
				return newMatch(&products[i], SureDocumented, "command "+word), true
			}
		}
	}
	return Match{}, false
}

// listWords returns the words of the command and of the arguments, of paths the last element.
func listWords(container *corev1.Container) []string {
	var words []string
	for _, text := range slices.Concat(container.Command, container.Args) {
		for word := range strings.FieldsSeq(text) {
			words = append(words, lastElements(word, 1))
		}
	}
	return words
}

// findByVariables recognizes a product by an environment variable that only the product reads.
func findByVariables(container *corev1.Container) (Match, bool) {
	products := known().Products
	for i := range products {
		for j := range container.Env {
			if name := container.Env[j].Name; matchesAny(products[i].Variables, name) {
				return newMatch(&products[i], SureDocumented, "variable "+name), true
			}
		}
	}
	return Match{}, false
}

// findByPortNames guesses a product by the name of the first port: a chatbot with pages can have a second port for programs.
func findByPortNames(container *corev1.Container) (Match, bool) {
	products := known().Products
	for i := range products {
		if len(container.Ports) > 0 && matchesAny(products[i].PortNames, container.Ports[0].Name) {
			return newMatch(&products[i], SureRecalled, "port name "+container.Ports[0].Name), true
		}
	}
	return Match{}, false
}

// findByCall guesses that a container that calls a model, or that is a bot of a messaging service, is a chatbot. If only one product listens
// on a port of the container, the guess names the product.
func findByCall(container *corev1.Container) (Match, bool) {
	var signs []string
	for _, u := range FindModelURLs(container) {
		if !u.IsMissing() {
			signs = append(signs, "variable "+u.Name)
		}
	}
	for _, u := range FindTextURLs(container) {
		if service, ok := FindServiceAt(u.URL); ok {
			signs = append(signs, fmt.Sprintf("URL of %s in %s", service.Title, u.Field))
		}
	}
	for _, v := range slices.Concat(FindCredentials(container.Env), FindSettings(container.Env)) {
		signs = append(signs, "variable "+v.Name)
	}
	if len(signs) == 0 {
		return Match{}, false
	}
	match := Match{Role: RoleChatbot, Sure: SureRecalled, Sign: SureRecalled, Signs: signs}
	if product, port := findOnlyListener(container); product != nil {
		match.Product, match.Signs = product, append(match.Signs, fmt.Sprintf("port %d", port))
	}
	return match, true
}

// findOnlyListener returns the chatbot that is the only one to listen on a port of the container, with the port; nil if there is none. It
// skips the ports that many programs use (catalog.CommonPorts), which do not tell products apart.
func findOnlyListener(container *corev1.Container) (*Product, int32) {
	products := known().Products
	for _, port := range container.Ports {
		if slices.Contains(known().CommonPorts, port.ContainerPort) {
			continue
		}
		var listeners []*Product
		for i := range products {
			if products[i].Role == RoleChatbot && slices.Contains(products[i].Ports, port.ContainerPort) {
				listeners = append(listeners, &products[i])
			}
		}
		if len(listeners) == 1 {
			return listeners[0], port.ContainerPort
		}
	}
	return nil, 0
}

// findByNames guesses a product by its name in the names of the workload, the container and the image, or else a role by whole words in
// them. The container must have a port, since nothing talks to a container without one, and must not be a proxy or one of the others that
// run next to chatbots, such as a database: their names say for which chatbot they run.
func findByNames(container *corev1.Container, names []string) (Match, bool) {
	image := lastElements(trimImage(container.Image), 1)
	if len(container.Ports) == 0 || matchesAny(known().Others, image) || matchesAny(known().Proxies, image) {
		return Match{}, false
	}
	candidates := append(slices.Clone(names), container.Name, image)
	products := known().Products
	for i := range products {
		for _, name := range candidates {
			isOther := !hasProduct(products[i].Name, image) && isNamedAfter(name, image)
			if hasProduct(products[i].Name, name) && !isOther {
				return newMatch(&products[i], SureRecalled, "name "+name), true
			}
		}
	}
	return findByWords(candidates)
}

// FindProxied returns the chatbot before which a container is a proxy, by the image of the container and the name of the chatbot in names.
// It returns nil if the container is no proxy, or if the names have no chatbot.
func FindProxied(container *corev1.Container, names ...string) *Product {
	if !matchesAny(known().Proxies, lastElements(trimImage(container.Image), 1)) {
		return nil
	}
	products := known().Products
	for i := range products {
		isNamed := func(name string) bool { return hasProduct(products[i].Name, name) }
		if products[i].Role == RoleChatbot && slices.ContainsFunc(append(names, container.Name), isNamed) {
			return &products[i]
		}
	}
	return nil
}

// hasProduct reports whether a name has the name of a product as whole words.
func hasProduct(product, name string) bool {
	return strings.Contains("-"+strings.Join(splitWords(name), "-")+"-", "-"+product+"-")
}

// isNamedAfter reports whether a name has all words of the image: a container `librechat-meilisearch` with the image meilisearch is
// Meilisearch for LibreChat, not LibreChat.
func isNamedAfter(name, image string) bool {
	words := splitWords(name)
	return !slices.ContainsFunc(splitWords(image), func(word string) bool { return !slices.Contains(words, word) })
}

// findByWords guesses a role by words in the names.
func findByWords(names []string) (Match, bool) {
	words := known().Words
	for _, guess := range []struct {
		role  Role
		words []string
	}{{RoleChatbot, words.Chatbot}, {RoleModelServer, words.ModelServer}} {
		for _, name := range names {
			for _, word := range splitWords(name) {
				if slices.Contains(guess.words, word) {
					return Match{Role: guess.role, Sure: SureRecalled, Sign: SureRecalled, Signs: []string{"name " + name}}, true
				}
			}
		}
	}
	return Match{}, false
}

// newMatch returns a match with a product. It is not surer than what is known of the product: of two degrees, the larger letter is less
// sure.
func newMatch(product *Product, sure Sureness, sign string) Match {
	return Match{Product: product, Role: product.Role, Sure: max(sure, product.Sure), Sign: sure, Signs: []string{sign}}
}

// trimImage returns the image without tag and digest.
func trimImage(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if colon := strings.LastIndex(image, ":"); colon > strings.LastIndex(image, "/") { // A colon before a slash is that of a registry's port.
		image = image[:colon]
	}
	return image
}

// lastElements returns the last n elements of a path, or the whole path if it has fewer.
func lastElements(text string, n int) string {
	elements := strings.Split(text, "/")
	return strings.Join(elements[max(0, len(elements)-n):], "/")
}

// splitWords returns the words of a name in lower case: its runs of letters and digits.
func splitWords(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("-_./ ", r) })
}
