package redact

import (
	"bytes"
	"net/netip"
	"strings"
)

const (
	// maxLabel is the length of the longest label of a domain name (RFC 1035, 2.3.4).
	maxLabel = 63
	// maxLiteral is the length of the longest address literal: the tag `IPv6:` and an address of 39 characters.
	maxLiteral = 44
)

// matchEmail decides whether the @ at index t belongs to an e-mail address.
func (v *view) matchEmail(t int) match {
	start := v.findLocalPart(t)
	if start == t {
		return match{}
	}
	if v.readAfter(t+1, t) == '[' {
		return v.matchLiteral(start, t+1)
	}
	// A domain is shorter than openBytes.
	end := t + 1
	for v.is(end, isDomain) && v.offset(end)-v.offset(t) <= openBytes {
		end++
	}
	if v.isOpen(t, end) {
		return match{verdict: needsMore, start: start}
	}
	// The domain can be shorter than the run of its characters: a period at the end belongs to the sentence.
	domain := findDomainLength(v.folded[t+1 : end])
	if domain == 0 {
		return match{}
	}
	return match{verdict: yes, kind: Email, start: start, end: t + 1 + domain}
}

// matchLiteral decides whether the text from start on is an e-mail address with an address literal as its domain, such as ada@[192.0.2.1]
// (RFC 5321, 4.1.3). The opening bracket is at index i.
func (v *view) matchLiteral(start, i int) match {
	end := i + 1
	for v.is(end, isDomain) || v.readAfter(end, i) == ':' {
		end++
		if end-i > maxLiteral {
			return match{}
		}
	}
	if v.isOpen(i, end) {
		return match{verdict: needsMore, start: start}
	}
	if v.readAfter(end, i) != ']' || !isAddressLiteral(string(v.folded[i+1:end])) {
		return match{}
	}
	return match{verdict: yes, kind: Email, start: start, end: end + 1}
}

// isAddressLiteral reports whether the text between the brackets is an IPv4 address, or "IPv6:" and an IPv6 address.
func isAddressLiteral(text string) bool {
	tagSize := min(len(text), len("IPv6:"))
	if strings.EqualFold(text[:tagSize], "IPv6:") {
		address, err := netip.ParseAddr(text[tagSize:])
		return err == nil && address.Is6()
	}
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}

// findLocalPart returns the start of the local part before the @ at index t, or t when there is none. Signs such as a hyphen
// or a single quotation mark do not begin a local part, so they are left out. A typing error can leave several @ before the domain.
func (v *view) findLocalPart(t int) int {
	end := t // becomes the end of the local part, where the first @ is
	for end > v.minStart && v.folded[end-1] == '@' && v.isWithinLook(end-1, t) {
		end--
	}
	if end > v.minStart && v.folded[end-1] == '"' {
		return v.findQuotedPart(end, t)
	}
	start := v.findLocalStart(end, t)
	for start < end && bytes.IndexByte([]byte(".'-&~"), v.folded[start]) >= 0 {
		start++
	}
	if start == end {
		return t
	}
	return start
}

// findQuotedPart returns the start of the quoted local part (RFC 5321 quoted-string) whose closing quote precedes end, or t when there is
// none. If the quotes enclose a sign that no unquoted local part has, such as a space, it returns the index after the last such sign,
// because a window may have written the sign and the text before it already.
func (v *view) findQuotedPart(end, t int) int {
	quote := end - 1 // the closing one
	start := v.findLocalStart(quote, t)
	if start == quote {
		return t
	}
	if start > v.minStart && v.folded[start-1] == '"' && v.isWithinLook(start-1, t) {
		return start - 1
	}
	return start
}

// findLocalStart returns the start of the run of local-part characters that ends before end, at most lookBytes before the @ at index t.
func (v *view) findLocalStart(end, t int) int {
	for end > v.minStart && v.is(end-1, isLocal) && v.isWithinLook(end-1, t) {
		end--
	}
	return end
}

// findDomainLength returns the length of the longest domain name at the start of the text, or 0 when there is none. The text is folded, and
// has only characters that domain names can have. A domain name has at least two labels, and the last label begins with two letters.
func findDomainLength(text []byte) int {
	longest, labelStart := 0, 0
	for i := 0; i <= len(text); i++ {
		isInLabel := i < len(text) && text[i] != '.' && text[i] != ideographicStop
		if isInLabel {
			continue
		}
		// A label ends at i. The name ends before an empty label or one that is too long.
		if i == labelStart || i-labelStart > maxLabel {
			break
		}
		if labelStart > 0 && isTopLevel(text[labelStart:i]) {
			longest = i
		}
		labelStart = i + 1
	}
	// Hyphens at the end belong to the text after the name.
	for longest > 0 && text[longest-1] == '-' {
		longest--
	}
	return longest
}

// isTopLevel reports whether a label begins with two letters, as top-level domains do.
func isTopLevel(label []byte) bool {
	return len(label) > 1 && classes[label[0]]&isLetter != 0 && classes[label[1]]&isLetter != 0
}
