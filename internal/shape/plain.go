package shape

import (
	"net/url"
	"strings"
)

// isPlainRest reports whether every server reads the same segments out of the rest of a path. The last one may be empty.
func isPlainRest(rest string) bool {
	for rest != "" {
		var text string
		text, rest, _ = strings.Cut(rest, "/")
		if text == "" || !isPlainSegment(text) {
			return false
		}
	}
	return true
}

// isPlainSegment reports whether every server reads the same segment out of a text: it is not `.` or `..`, has no parameters, and its
// percent escapes do not stand for a slash, a backslash, a dot, a percent sign or a control character.
func isPlainSegment(text string) bool {
	if text == "." || text == ".." {
		return false
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c <= ' ' || c > '~' || strings.IndexByte("\\;#?", c) >= 0 {
			return false
		}
		if c != '%' {
			continue
		}
		if !isPlainEscape(text[i:min(i+3, len(text))]) {
			return false
		}
		i += 2
	}
	return true
}

// semicolons replaces each semicolon of a segment, in all its spellings, by a character without a meaning of its own.
var semicolons = strings.NewReplacer(";", ",", "%3B", ",", "%3b", ",")

// isPlainSecret reports whether every server reads the same segment out of an identifier that may have semicolons, as those of Teams, or
// at least one that leads to no other path: some servers drop a semicolon and what follows it.
func isPlainSecret(text string) bool {
	plain := semicolons.Replace(text)
	before, _, _ := strings.Cut(plain, ",")
	return isPlainSegment(plain) && strings.Trim(before, ".") != ""
}

// isPlainEscape reports whether a text is a percent escape that stands for a character without a meaning of its own in paths.
func isPlainEscape(escape string) bool {
	decoded, err := url.PathUnescape(escape)
	if err != nil || len(decoded) != 1 {
		return false
	}
	isControl := decoded[0] < ' ' || decoded[0] == 0x7f
	return !isControl && strings.IndexByte(`/\.%;`, decoded[0]) < 0
}
