package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// formatValue renders a JSON value for people, in at most limit runes: strings in quotes, lists in brackets, absent as "not set".
func formatValue(value any, limit int) string {
	switch v := value.(type) {
	case nil:
		return "not set"
	case string:
		return fmt.Sprintf("%q", cut(clean(v), limit-2))
	}
	var plain any
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

// formatList renders the elements without quotes, "[contact, purposes, and 3 more]" when they do not fit.
func formatList(items []any, limit int) string {
	texts := make([]string, 0, len(items))
	for _, item := range items {
		texts = append(texts, formatUnquoted(item, limit))
	}
	return "[" + joinBounded(texts, limit-2) + "]"
}

// formatMap renders keys (sorted) and values without quotes: "{dpia: 1095}".
func formatMap(fields map[string]any, limit int) string {
	texts := make([]string, 0, len(fields))
	for key, value := range fields {
		texts = append(texts, clean(key)+": "+formatUnquoted(value, limit))
	}
	slices.Sort(texts)
	return "{" + joinBounded(texts, limit-2) + "}"
}

func formatUnquoted(value any, limit int) string {
	if text, isString := value.(string); isString {
		return cut(clean(text), limit)
	}
	return formatValue(value, limit)
}

// joinBounded joins the texts with commas in at most limit runes; those that do not fit are counted.
func joinBounded(texts []string, limit int) string {
	whole := strings.Join(texts, ", ")
	if countRunes(whole) <= limit {
		return whole
	}
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

// clean returns the text on one line without control, format (bidirectional, zero-width) and private characters, and with
// invalid UTF-8 replaced: text of objects and legal data must not be able to forge or reorder a message.
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

// cut shortens the text to at most limit runes, with an ellipsis in place of what is missing.
func cut(text string, limit int) string {
	if countRunes(text) <= limit {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:max(limit-1, 0)])) + "…"
}

func countRunes(text string) int { return utf8.RuneCountInString(text) }
