package redact

// maxLabel is the longest label of a domain name (RFC 1035, 2.3.4).
const maxLabel = 63

// matchEmail decides about the @ at index t.
func (v *view) matchEmail(t int) match {
	start := v.findLocalPart(t)
	if start == t {
		return match{}
	}
	end := t + 1
	for v.is(end, isDomain) && v.offset(end)-v.offset(t) <= openBytes {
		end++
	}
	if v.isOpen(t, end) {
		return match{verdict: more, start: start}
	}
	domain := domainLength(v.norm[t+1 : end])
	if domain == 0 {
		return match{}
	}
	return match{verdict: yes, kind: Email, start: start, end: t + 1 + domain}
}

// findLocalPart returns the start of the local part before the @, without signs that a local part does not begin with.
func (v *view) findLocalPart(t int) int {
	i := t
	for i > v.minStart && v.is(i-1, isLocal) && v.offset(t)-v.offset(i-1) <= lookBytes {
		i--
	}
	for i < t && (v.norm[i] == '.' || v.norm[i] == '\'' || v.norm[i] == '-' || v.norm[i] == '&' || v.norm[i] == '~') {
		i++
	}
	return i
}

// isOpen reports whether a candidate that begins at start, read up to i, can continue in text that has not arrived.
func (v *view) isOpen(start, i int) bool {
	return i == len(v.norm) && !v.final && v.offset(i)-v.offset(start) <= openBytes
}

// domainLength returns the length of the longest domain name at the start of the text, or 0. A domain name has at least two labels,
// and its last one begins with two letters.
func domainLength(text []byte) int {
	longest, label := 0, 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] != '.' {
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
