package transform

import (
	"html"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// plainSigns has plain signs in place of the typographic ones that some clients write in their history.
var plainSigns = strings.NewReplacer(
	"“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "″", `"`, "‘", "'", "’", "'", "‚", "'", "′", "'", "‑", "-", "…", "...",
)

var (
	// markdownLink is a link with its text and its target, and htmlLink the same in HTML.
	markdownLink = regexp.MustCompile(`\[([^\[\]]*)\]\(([^()\s]*)\)`)
	htmlLink     = regexp.MustCompile(`(?i)<a (?:[^<>]* )?href="([^"<>]*)"[^<>]*>([^<>]*)</a>`)
	// bareLink is an address that Markdown makes a link of.
	bareLink = regexp.MustCompile(`<((?:https?://|mailto:)?[^<>\s]*[.@][^<>\s]*)>`)
	// lineTag is HTML that only begins or ends a line.
	lineTag = regexp.MustCompile(`(?i)</?(?:br|p|div)\s*/?>`)
	// escaped is a sign that Markdown shows as it is.
	escaped = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")
)

// normalizeQuestion returns the words of a text as people read them: with single blanks and plain signs, and without what Markdown and HTML
// add for that. A link counts as its text if it leads there. Nothing else of the text is left out.
func normalizeQuestion(text []byte) string {
	plain := lineTag.ReplaceAllString(string(text), " ")
	plain = replaceLinks(htmlLink, plain, 2, 1)
	plain = replaceLinks(markdownLink, plain, 1, 2)
	plain = bareLink.ReplaceAllString(plain, "$1")
	plain = escaped.ReplaceAllString(html.UnescapeString(plain), "$1")
	plain = strings.Map(dropInvisible, norm.NFC.String(plain))
	return strings.Join(strings.Fields(plainSigns.Replace(plain)), " ")
}

// replaceLinks returns a text with links as their texts. It keeps a link to another place than its text names. shown and target are the
// groups of the expression.
func replaceLinks(link *regexp.Regexp, text string, shown, target int) string {
	return link.ReplaceAllStringFunc(text, func(found string) string {
		groups := link.FindStringSubmatch(found)
		for _, scheme := range []string{"", "mailto:", "tel:"} {
			if groups[target] == scheme+groups[shown] {
				return groups[shown]
			}
		}
		return found
	})
}
