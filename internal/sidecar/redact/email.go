package redact

import (
	"net/netip"
	"strings"
)

const (
	// maxLabel is the longest label of a domain name (RFC 1035, 2.3.4).
	maxLabel = 63
	// maxLiteral is the longest address literal: IPv6: and 39 characters.
	maxLiteral = 44
)

// matchEmail decides about the @ at index t.
func (v *view) matchEmail(t int) match {
	start := v.findLocalPart(t)
	if start == t {
		return match{}
	}
	if v.readAfter(t+1, t) == '[' {
		return v.matchLiteral(start, t+1)
	}
	end := t + 1
	for v.is(end, isDomain) && v.offset(end)-v.offset(t) <= openBytes {
		end++
	}
	if v.isOpen(t, end) {
		return match{verdict: needsMore, start: start}
	}
	domain := domainLength(v.folded[t+1 : end])
	if domain == 0 {
		return match{}
	}
	return match{verdict: yes, kind: Email, start: start, end: t + 1 + domain}
}

// matchLiteral decides about the address literal (RFC 5321, 4.1.3) whose opening bracket is at index i, after a local part at start.
func (v *view) matchLiteral(start, i int) match {
	end := i + 1
	for v.is(end, isLetter|isDigit|isDomain) || v.readAfter(end, i) == ':' {
		if end++; end-i > maxLiteral {
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

func isAddressLiteral(text string) bool {
	prefix := min(len(text), len("IPv6:"))
	if strings.EqualFold(text[:prefix], "IPv6:") {
		address, err := netip.ParseAddr(text[prefix:])
		return err == nil && address.Is6()
	}
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}

// findLocalPart returns the start of the local part before the @ at index t, without signs that a local part does not begin with, or t
// when there is none. Other @ may stand between the local part and t.
func (v *view) findLocalPart(t int) int {
	end := t
	for end > v.minStart && v.folded[end-1] == '@' && v.isWithinLook(end-1, t) {
		end--
	}
	if end > v.minStart && v.folded[end-1] == '"' {
		return v.findQuotedPart(end, t)
	}
	i := v.findLocalStart(end, t)
	for i < end && (v.folded[i] == '.' || v.folded[i] == '\'' || v.folded[i] == '-' || v.folded[i] == '&' || v.folded[i] == '~') {
		i++
	}
	if i == end {
		return t
	}
	return i
}

// findQuotedPart returns the start of the quoted local part whose closing quote is before end, or t when there is none. A space in the
// quotes ends it, because a window may have written the text before a space.
func (v *view) findQuotedPart(end, t int) int {
	i := v.findLocalStart(end-1, t)
	if i == end-1 {
		return t
	}
	if i > v.minStart && v.folded[i-1] == '"' && v.isWithinLook(i-1, t) {
		return i - 1
	}
	return i
}

// findLocalStart returns the start of the characters of a local part that end before end.
func (v *view) findLocalStart(end, t int) int {
	for end > v.minStart && v.is(end-1, isLocal) && v.isWithinLook(end-1, t) {
		end--
	}
	return end
}

// isWithinLook reports whether the character at i is within lookBytes before the trigger.
func (v *view) isWithinLook(i, trigger int) bool {
	return v.offset(trigger)-v.offset(i) <= lookBytes
}

// isOpen reports whether a candidate that begins at start, read up to i, can continue in text that has not arrived.
func (v *view) isOpen(start, i int) bool {
	return i == len(v.folded) && !v.final && v.offset(i)-v.offset(start) <= openBytes
}

// domainLength returns the length of the longest domain name at the start of the text, or 0. A domain name has at least two labels,
// and its last one begins with two letters.
func domainLength(text []byte) int {
	longest, label := 0, 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] != '.' && text[i] != ideographicStop {
			continue
		}
		if i == label || i-label > maxLabel {
			break
		}
		if label > 0 && isTopLevel(text[label:i]) {
			longest = i
		}
		label = i + 1
	}
	for longest > 0 && text[longest-1] == '-' {
		longest--
	}
	return longest
}

func isTopLevel(label []byte) bool {
	return len(label) > 1 && classes[label[0]]&isLetter != 0 && classes[label[1]]&isLetter != 0
}
