package redact

import (
	"bytes"
	"net/netip"
	"strings"
)

const (
	// maxLabel is how many characters the longest label of a domain name has (RFC 1035, 2.3.4).
	maxLabel = 63
	// maxLiteral is how many characters the longest IP address in brackets after an @ has: the tag `IPv6:` and an address of 45 characters,
	// the last 15 of which are an IPv4 address (RFC 5321, 4.1.3).
	maxLiteral = 50
)

// matchEmail decides whether the @ at index t of the folded text belongs to an e-mail address. readAfter and isOpen look at most 256 bytes
// (openBytes) beyond t.
func (v *view) matchEmail(t int) match {
	start := v.findLocalPart(t)
	if start == t {
		return match{}
	}
	if v.readAfter(t+1, t) == '[' {
		return v.matchLiteral(start, t+1)
	}
	// Read no more than openBytes (256) after the @: no domain name is longer, and a window does not wait for more text.
	end := t + 1
	for v.hasClass(end, isDomain) && v.offset(end)-v.offset(t) <= openBytes {
		end++
	}
	// If the text that has arrived ends here, more characters of the domain can follow.
	if v.isOpen(t, end) {
		return match{verdict: needsMore, start: start}
	}
	// The domain can be shorter than the run of characters that a domain can have: a period at the end belongs to the sentence.
	domain := findDomainLength(v.folded[t+1 : end])
	if domain == 0 {
		return match{}
	}
	return match{verdict: yes, kind: Email, start: start, end: t + 1 + domain}
}

// matchLiteral decides whether the text from start on is an e-mail address with an IP address in brackets as its domain (an address
// literal), such as ada@[192.0.2.1] (RFC 5321, 4.1.3). The opening bracket is at index i. readAfter and isOpen look at most 256 bytes
// (openBytes) beyond the bracket.
func (v *view) matchLiteral(start, i int) match {
	end := i + 1
	for v.hasClass(end, isDomain) || v.readAfter(end, i) == ':' {
		end++
		if end-(i+1) > maxLiteral {
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

// isAddressLiteral reports whether the text between the brackets after an @ is an IPv4 address, or the tag "IPv6:" and an IPv6 address.
func isAddressLiteral(text string) bool {
	tagSize := min(len(text), len("IPv6:"))
	if strings.EqualFold(text[:tagSize], "IPv6:") {
		address, err := netip.ParseAddr(text[tagSize:])
		return err == nil && address.Is6()
	}
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}

// findLocalPart returns the start of the local part of an e-mail address before the @ at index t, or t when there is none. Signs such as a
// hyphen or a single quotation mark do not begin a local part, so they are left out. A typing error can leave several @ before the domain
// (ada@@shop.de); the local part is then the text before the first of them. Text that was replaced before, which ends at v.minStart, is not
// read, and neither is text more than lookBytes (64) before t.
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

// findQuotedPart returns the start of the quoted local part of an e-mail address (RFC 5321 quoted-string) whose closing quote precedes end.
// It returns t, the index of the @, if no character of a local part precedes the closing quote. If the quotes enclose a sign that no
// unquoted local part has, such as a space, it returns the index after the last such sign, because a window may have written the sign and
// the text before it already.
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

// findLocalStart returns the start of the run that ends before the index end and has only characters of the local part of an e-mail
// address. The run begins at most lookBytes (64) before the @ at index t, and not in text that was replaced before (v.minStart).
func (v *view) findLocalStart(end, t int) int {
	for end > v.minStart && v.hasClass(end-1, isLocal) && v.isWithinLook(end-1, t) {
		end--
	}
	return end
}

// findDomainLength returns the length of the longest domain name at the start of the text, or 0 when there is none. The text is folded, so
// one byte stands for each character, also for the full stop 。 (ideographicStop). The caller passes only characters that domain names can
// have. A domain name has at least two labels, and the last label begins with two letters.
func findDomainLength(text []byte) int {
	longest, labelStart := 0, 0
	for i := 0; i <= len(text); i++ {
		isInLabel := i < len(text) && text[i] != '.' && text[i] != ideographicStop
		if isInLabel {
			continue
		}
		// A label ends before i. If the label is empty or too long, the domain name ends with the label before it.
		if i == labelStart || i-labelStart > maxLabel {
			break
		}
		if labelStart > 0 && isTopLevel(text[labelStart:i]) {
			longest = i
		}
		labelStart = i + 1
	}
	// Hyphens at the end belong to the text after the domain name.
	for longest > 0 && text[longest-1] == '-' {
		longest--
	}
	return longest
}

// isTopLevel reports whether a label begins with two letters, as top-level domains do.
func isTopLevel(label []byte) bool {
	return len(label) > 1 && classes[label[0]]&isLetter != 0 && classes[label[1]]&isLetter != 0
}
