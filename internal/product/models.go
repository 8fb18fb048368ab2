package product

import (
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// listSeparator separates the URLs in a variable that has several.
const listSeparator = ";"

// ModelURL is an environment variable that says, or could say, where a container calls a model.
type ModelURL struct {
	// Name is the name of the variable. Index is its index in the container's list, -1 if it is missing.
	Name  string
	Index int
	// Value is the value that the container states: one URL, or several separated by semicolons. It is "" if the value comes from elsewhere,
	// such as a ConfigMap, or if the variable is missing.
	Value string
	// Service is the model service whose clients read the variable.
	Service Service
	// Credential is "" if the container sets the variable. If the variable is missing, it is the name of the variable with a credential of the
	// service, because of which the client calls Service.Default.URL.
	Credential string
}

// FindModelURLs returns the environment variables of a container that say where it calls models, in their order. Behind them it returns
// each variable that is missing: the container has a credential of the service and none of its URL variables. Nothing counts as missing if
// envFrom is set, because it may contain the variable. Variables without a known name (Default.Variable) do not count either.
func FindModelURLs(c *corev1.Container) []ModelURL {
	var found []ModelURL
	hasURL := map[string]bool{} // The services for which the container sets a URL.
	own := findOwnURLs(c)
	for i := range c.Env {
		service, ok := findService(c.Env[i].Name, own)
		if !ok || service.listensAt(c.Env[i]) || statesNoURL(c.Env[i]) {
			continue
		}
		hasURL[service.Name] = true
		found = append(found, ModelURL{Name: c.Env[i].Name, Index: i, Value: c.Env[i].Value, Service: service})
	}
	if len(c.EnvFrom) > 0 {
		return found
	}
	for _, credential := range FindCredentials(c.Env) {
		service := credential.Service.withOwnDefault(own)
		if !hasURL[service.Name] && service.Default.Variable != "" {
			hasURL[service.Name] = true // A second credential of the service adds nothing.
			found = append(found, ModelURL{Name: service.Default.Variable, Index: -1, Service: service, Credential: credential.Name})
		}
	}
	return found
}

// findOwnURLs returns the variables in which only the product of the container keeps URLs.
func findOwnURLs(c *corev1.Container) []OwnURL {
	for _, find := range []func(*corev1.Container) (Match, bool){findByImage, findByCommand, findByVariables} {
		if match, ok := find(c); ok {
			return match.Product.URLs
		}
	}
	return nil
}

// withOwnDefault returns the service with the default of a product that has a variable of its own for it.
func (s Service) withOwnDefault(own []OwnURL) Service {
	for _, o := range own {
		if o.Service == s.Name && o.Default != "" {
			s.Default = Default{URL: o.Default, Variable: o.Variable}
		}
	}
	return s
}

// statesNoURL reports whether a variable states a value that is no URL: it is empty, is a word by which people say that there is none, or is
// JSON without a URL.
func statesNoURL(variable corev1.EnvVar) bool {
	if variable.ValueFrom != nil {
		return false
	}
	value := strings.ToLower(strings.TrimSpace(variable.Value))
	isJSON := strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[{")
	return slices.Contains([]string{"", "none", "null", "false", "disabled", "off"}, value) || isJSON && !urlInText.MatchString(value)
}

// ServiceVariable is an environment variable that a client of a service reads.
type ServiceVariable struct {
	Name    string
	Service Service
}

// FindCredentials returns the environment variables that hold keys of services, in their order.
func FindCredentials(env []corev1.EnvVar) []ServiceVariable {
	return findVariables(env, func(s Service) []string { return s.Credentials })
}

// FindSettings returns the environment variables that say that a container calls a service, but neither where nor with which key, in their
// order.
func FindSettings(env []corev1.EnvVar) []ServiceVariable {
	return findVariables(env, func(s Service) []string { return s.Settings })
}

// findVariables returns the environment variables that match one of the patterns of a service, in their order.
func findVariables(env []corev1.EnvVar, patterns func(Service) []string) []ServiceVariable {
	var found []ServiceVariable
	for i := range env {
		for _, service := range known().Services {
			if matchesAny(patterns(service), env[i].Name) {
				found = append(found, ServiceVariable{env[i].Name, service})
				break
			}
		}
	}
	return found
}

// findService returns the service whose clients read a URL from the variable. own are the variables that only the product of the container
// reads so.
func findService(variable string, own []OwnURL) (Service, bool) {
	for _, service := range known().Services {
		isOwn := slices.ContainsFunc(own, func(o OwnURL) bool { return o.Variable == variable && o.Service == service.Name })
		if isOwn || matchesAny(service.URLs, variable) || matchesAny(service.Lists, variable) {
			return service, true
		}
	}
	return Service{}, false
}

// listensAt reports whether the variable tells a server of the service at which address to listen. Only a server listens at an unspecified
// address.
func (s Service) listensAt(variable corev1.EnvVar) bool {
	if !matchesAny(s.Listens, variable.Name) || variable.Value == "" {
		return false
	}
	address := variable.Value
	if _, rest, hasScheme := strings.Cut(address, "://"); hasScheme {
		address = rest
	}
	return slices.ContainsFunc([]string{"0.0.0.0", "[::]", ":"}, func(prefix string) bool { return strings.HasPrefix(address, prefix) })
}

// Called returns the URL that a client calls: the value of the variable, or the default of the service if the variable is missing. It
// returns "" if the URL is not known, because the value comes from elsewhere or the service has no default.
func (u ModelURL) Called() string {
	if !u.IsMissing() {
		return u.Value
	}
	return u.Service.Default.URL
}

// IsMissing reports whether the container does not set the variable.
func (u ModelURL) IsMissing() bool { return u.Index < 0 }

// isList reports whether the variable holds several URLs.
func (u ModelURL) isList() bool { return matchesAny(u.Service.Lists, u.Name) }

// SplitValue returns the URLs that the variable states; none if Value is empty.
func (u ModelURL) SplitValue() []string {
	var urls []string
	u.ReplaceURLs(func(url string) string {
		urls = append(urls, url)
		return url
	})
	return urls
}

// ReplaceURLs returns the value of the variable with each of its URLs replaced, one after another.
func (u ModelURL) ReplaceURLs(replace func(url string) string) string {
	switch {
	case u.Value == "":
		return ""
	case u.isList():
		urls := strings.Split(u.Value, listSeparator)
		for i := range urls {
			urls[i] = replace(urls[i])
		}
		return strings.Join(urls, listSeparator)
	case strings.ContainsAny(u.Value, "{[\"'") && urlInText.MatchString(u.Value):
		return urlInText.ReplaceAllStringFunc(u.Value, replace)
	}
	return replace(u.Value)
}

// Host returns the host of a model's URL in lower case, with its port and without user information: `ollama.shop.svc:11434`. It omits the
// default port. It returns "" if the text has no host, or a scheme other than those of HTTP and WebSocket.
func Host(text string) string {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Hostname() == "" {
		return ""
	}
	port := map[string]string{"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}[u.Scheme]
	if port == "" {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(u.Host, port))
}
