package shape

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
)

// maxDecodings is how often a path is decoded in search of another spelling. Proxies and servers in a row decode it once or twice.
const maxDecodings = 3

// dataExtensions are the extensions that a server may take for the form of an answer, as Rails does, and that no file of a page has.
var dataExtensions = []string{".json", ".xml", ".txt", ".csv"}

// foldSpellings returns the paths, in lower case, that a server could read out of a path as it was sent: it may ignore upper and lower case,
// decode escapes, take a backslash for a slash, clean the path, and drop parameters, the space and the dots around a segment, the last slash,
// and an extension that asks for a form of the answer. It allocates nothing for a path that has one spelling.
func foldSpellings(method, sent string) []string {
	if !hasSpellings(sent) {
		return nil
	}
	var found []string
	for range maxDecodings {
		folded := foldPath(sent)
		found = append(found, folded, strings.TrimSuffix(folded, "/"))
		if extension := path.Ext(folded); extension != "" && (!isRead(method) || slices.Contains(dataExtensions, extension)) {
			found = append(found, foldPath(strings.TrimSuffix(folded, extension)))
		}
		decoded := decodePath(sent)
		if decoded == sent {
			break
		}
		sent = decoded
	}
	return found
}

// isRead reports whether a method asks for a thing, such as a file of a page.
func isRead(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// hasSpellings reports whether foldSpellings could change the path.
func hasSpellings(sent string) bool {
	for i := range len(sent) {
		c := sent[i]
		if c <= ' ' || c > '~' || c >= 'A' && c <= 'Z' || strings.IndexByte(`%\;.`, c) >= 0 || c == '/' && i > 0 && sent[i-1] == '/' {
			return true
		}
	}
	return strings.HasSuffix(sent, "/")
}

// foldPath returns a path without what servers drop, in lower case. The last slash stays.
func foldPath(sent string) string {
	segments := strings.Split(strings.ReplaceAll(sent, `\`, "/"), "/")
	for i, text := range segments {
		text, _, _ = strings.Cut(text, ";")
		text = strings.TrimFunc(text, isBlank)
		if text != "." && text != ".." {
			text = strings.TrimRightFunc(text, func(c rune) bool { return c == '.' || isBlank(c) })
		}
		segments[i] = text
	}
	folded := strings.ToLower(path.Clean("/" + strings.Join(segments, "/")))
	if segments[len(segments)-1] == "" && folded != "/" {
		folded += "/"
	}
	return folded
}

func isBlank(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }

// decodePath decodes the escapes of a path once. What is no escape stays.
func decodePath(sent string) string {
	var b strings.Builder
	for i := 0; i < len(sent); i++ {
		if sent[i] == '%' && i+3 <= len(sent) {
			if decoded, err := url.PathUnescape(sent[i : i+3]); err == nil {
				b.WriteString(decoded)
				i += 2
				continue
			}
		}
		b.WriteByte(sent[i])
	}
	return b.String()
}
