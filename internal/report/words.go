package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// formatValue returns a JSON value as text of at most limit runes: a string in quotes, a list in brackets, and nil as "not set". A string
// with quotes or backslashes can exceed the limit, because they are escaped after the cut.
func formatValue(value any, limit int) string {
	switch v := value.(type) {
	case nil:
		return "not set"
	case string:
		return fmt.Sprintf("%q", cut(clean(v), limit-len(`""`)))
	}
	var plain any // The value after encoding and decoding as JSON, since value can have any Go type.
	data, err := json.Marshal(value)
	if err != nil || json.Unmarshal(data, &plain) != nil {
		return "a value that cannot be shown"
	}
	if items, isList := plain.([]any); isList {
		return formatList(items, limit)
	}
	if fields, isMap := plain.(map[string]any); isMap {
		return formatMap(fields, limit)
	}
	return cut(clean(string(data)), limit)
}

// formatList returns the items without quotes, in at most limit runes: `[contact, purposes, and 3 more]` if not all of them fit.
func formatList(items []any, limit int) string {
	texts := make([]string, 0, len(items))
	for _, item := range items {
		texts = append(texts, formatUnquoted(item, limit))
	}
	return "[" + joinBounded(texts, limit-len("[]")) + "]"
}

// formatMap returns the members, sorted by key and without quotes, in at most limit runes: `{dpia: 1095}`.
func formatMap(fields map[string]any, limit int) string {
	texts := make([]string, 0, len(fields))
	for key, value := range fields {
		texts = append(texts, clean(key)+": "+formatUnquoted(value, limit))
	}
	slices.Sort(texts)
	return "{" + joinBounded(texts, limit-len("{}")) + "}"
}

// formatUnquoted returns a JSON value as formatValue does, but a string without quotes.
func formatUnquoted(value any, limit int) string {
	if text, isString := value.(string); isString {
		return cut(clean(text), limit)
	}
	return formatValue(value, limit)
}

// joinBounded joins the texts with commas, in at most limit runes: as many as fit, and the number of the others. If none fits, the result
// is the number of the texts, such as `3 values`; a single text is cut.
func joinBounded(texts []string, limit int) string {
	whole := strings.Join(texts, ", ")
	if countRunes(whole) <= limit {
		return whole
	}
	// Try to show all texts but one, then one fewer each time.
	for shown := len(texts) - 1; shown > 0; shown-- {
		text := fmt.Sprintf("%s, and %d more", strings.Join(texts[:shown], ", "), len(texts)-shown)
		if countRunes(text) <= limit {
			return text
		}
	}
	if len(texts) == 1 {
		return cut(texts[0], limit)
	}
	return fmt.Sprintf("%d values", len(texts))
}

// clean returns the text on one line, without control characters, bidirectional and zero-width formatting characters and private-use
// characters, and with invalid UTF-8 replaced. Text of objects and of legal data must not be able to forge or reorder a message.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.C):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
	return strings.TrimSpace(text)
}

// Plain returns the text on one line of at most limit runes, without control and bidirectional formatting characters.
func Plain(text string, limit int) string { return cut(clean(text), limit) }

// cut shortens the text to at most limit runes. If it removes anything, the result ends with an ellipsis.
func cut(text string, limit int) string {
	if countRunes(text) <= limit {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:max(limit-1, 0)])) + "…"
}

func countRunes(text string) int { return utf8.RuneCountInString(text) }
