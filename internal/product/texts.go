package product

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// urlInText matches a URL of HTTP or WebSocket in a longer text, such as JSON, a connection string or a shell command.
var urlInText = regexp.MustCompile("(?i)\\b(?:https?|wss?)://[^\\s\"'<>()\\[\\]{},;|\\\\^`]+")

// TextURL is a URL in a text of a container whose name does not say that it leads to a model: the value of a variable that the data does
// not name, or an argument. Hosts say whether it leads to one.
type TextURL struct {
	// Field is the path of the text in the container, for example `env[SEARCH_URL].value` or `args[2]`.
	Field string
	// Name is the name of the variable, or for an argument the flag before it, the program or the field.
	Name string
	URL  string
}

// FindTextURLs returns the URLs in the texts of a container in their order. It leaves out variables that FindModelURLs finds, and URLs that
// are no calls by the name of their variable or by their path, such as links to a documentation.
func FindTextURLs(c *corev1.Container) []TextURL {
	var found []TextURL
	visitTexts(c, func(field, name string, text *string) {
		for _, u := range urlInText.FindAllString(*text, -1) {
			if !isMention(name, u) {
				found = append(found, TextURL{Field: field, Name: name, URL: u})
			}
		}
	})
	return found
}

// ReplaceTextURLs replaces each URL that FindTextURLs returns, in the texts of the container.
func ReplaceTextURLs(c *corev1.Container, replace func(url string) string) {
	visitTexts(c, func(_, name string, text *string) {
		*text = urlInText.ReplaceAllStringFunc(*text, func(u string) string {
			if isMention(name, u) {
				return u
			}
			return replace(u)
		})
	})
}

// visitTexts calls visit for each text of the container that can have a URL: the values of variables that FindModelURLs does not look at,
// and the words of command and arguments.
func visitTexts(c *corev1.Container, visit func(field, name string, text *string)) {
	own := findOwnURLs(c)
	for i := range c.Env {
		if _, isKnown := findService(c.Env[i].Name, own); !isKnown && strings.Contains(c.Env[i].Value, "://") {
			visit("env["+c.Env[i].Name+"].value", c.Env[i].Name, &c.Env[i].Value)
		}
	}
	visitWords(c.Command, "command", visit)
	visitWords(c.Args, "args", visit)
}

// visitWords calls visit for the words of a list that can have a URL, with the name of the flag to which the word belongs, or else of the
// list.
func visitWords(words []string, list string, visit func(field, name string, text *string)) {
	for i := range words {
		if !strings.Contains(words[i], "://") {
			continue
		}
		name := list
		if flag, _, hasValue := strings.Cut(words[i], "="); hasValue && strings.HasPrefix(flag, "-") {
			name = flag
		} else if i > 0 && strings.HasPrefix(words[i-1], "-") && !strings.Contains(words[i-1], "=") {
			name = words[i-1]
		}
		visit(fmt.Sprintf("%s[%d]", list, i), name, &words[i])
	}
}

// isMention reports whether a URL is no call, by the name of its variable or flag or by a segment of its path.
func isMention(name, text string) bool {
	mentions := known().Mentions
	if matchesAny(mentions.Names, strings.ToUpper(strings.ReplaceAll(name, "-", "_"))) {
		return true
	}
	u, err := url.Parse(text)
	return err != nil || slices.ContainsFunc(strings.Split(strings.ToLower(u.Path), "/"), func(segment string) bool {
		return slices.Contains(mentions.Paths, segment)
	})
}

// MayBeBase reports whether a URL may be the base URL of a model in a program that is not known: by a name that says no more than that it
// is a base URL, or by a path as those of models have.
func MayBeBase(u TextURL) bool {
	bases := known().Bases
	parsed, err := url.Parse(u.URL)
	return err == nil && (matchesAny(bases.Names, strings.ToUpper(u.Name)) ||
		slices.ContainsFunc(bases.Paths, func(end string) bool { return strings.HasSuffix(strings.TrimSuffix(parsed.Path, "/"), end) }))
}

// FindRegionalHost returns the host of a service that has one in each region, by the variable with the region; "" if there is none.
func (s Service) FindRegionalHost(env []corev1.EnvVar) (host, variable string) {
	for _, v := range env {
		if slices.Contains(s.Regional.Variables, v.Name) && isHostPart(v.Value) {
			return strings.ReplaceAll(s.Regional.Host, "*", v.Value), v.Name
		}
	}
	return "", ""
}

// isHostPart reports whether a text can be a part of a host, such as eu-central-1.
func isHostPart(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// FindServiceAt returns the service that serves models at the host of a URL.
func FindServiceAt(text string) (Service, bool) {
	host := Host(text)
	u, err := url.Parse(strings.TrimSpace(text))
	if host == "" || err != nil {
		return Service{}, false
	}
	for _, service := range known().Services {
		for _, pattern := range service.Hosts {
			pattern, below, _ := strings.Cut(pattern, "/")
			isBelow := below == "" || strings.HasPrefix(u.Path+"/", "/"+below+"/")
			if isHost, _ := path.Match(pattern, host); isHost && isBelow { // checkEntry has shown that the pattern is well-formed.
				return service, true
			}
		}
	}
	return Service{}, false
}

// HasHost reports whether the host of a URL is the declared one. It ignores case and the default port of the URL's scheme.
func HasHost(text, declared string) bool {
	scheme, _, _ := strings.Cut(strings.TrimSpace(text), "://")
	host := Host(text)
	return host != "" && host == Host(scheme+"://"+declared)
}
