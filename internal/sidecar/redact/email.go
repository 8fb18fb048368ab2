package redact

// maxLabel is the longest label of a domain name (RFC 1035, 2.3.4).
const maxLabel = 63

// email decides about the @ at place t.
func (v *view) email(t int) match {
	start := v.localPart(t)
	if start == t {
		return match{}
	}
	end := t + 1
	for v.is(end, isDomain) && v.at(end)-v.at(t) <= openBytes {
		end++
	}
	if v.open(t, end) {
		return match{verdict: more, start: start}
	}
	domain := domainLength(v.norm[t+1 : end])
	if domain == 0 {
		return match{}
	}
	return match{verdict: yes, kind: Email, start: start, end: t + 1 + domain}
}

// localPart walks back from the @ and drops the signs that no local part begins with.
func (v *view) localPart(t int) int {
	i := t
	for i > v.settled && v.is(i-1, isLocal) && v.at(t)-v.at(i-1) <= lookBytes {
		i--
	}
	for i < t && (v.norm[i] == '.' || v.norm[i] == '\'' || v.norm[i] == '-' || v.norm[i] == '&' || v.norm[i] == '~') {
		i++
	}
	return i
}

// open reports whether a candidate that began at start and has been followed to i may still go on there.
func (v *view) open(start, i int) bool {
	return i == len(v.norm) && !v.final && v.at(i)-v.at(start) <= openBytes
}

// domainLength returns the length of the longest domain name that the text begins with: at least two labels, the last of
// which begins with two letters. 0 means that there is none.
func domainLength(text []byte) int {
	longest, label := 0, 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] != '.' {
			continue
		}
		if i == label || i-label > maxLabel {
			break
		}
		if label > 0 && topLevel(text[label:i]) {
			longest = i
		}
		label = i + 1
	}
	for longest > 0 && text[longest-1] == '-' {
		longest--
	}
	return longest
}

func topLevel(label []byte) bool {
	return len(label) > 1 && classes[label[0]]&isLetter != 0 && classes[label[1]]&isLetter != 0
}
