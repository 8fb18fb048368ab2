package redact

import (
	"sync"
	"unicode/utf8"
)

const (
	// lookBytes is how many bytes of text before its trigger a decision reads: 64 is the longest local part of an e-mail address
	// (RFC 5321, 4.5.3.1.1). A window holds back at most as many bytes while no detector needs more text.
	lookBytes = 64
	// openBytes is how many bytes a candidate can have, which bounds the text that a window holds back: a domain name has at most 255
	// characters (RFC 5321, 4.5.3.1.2).
	openBytes = 256
	// maxPiece is how many bytes of text are folded at once. A folded text takes up to 30 times its size (U+FDFA folds to 18
	// bytes and as many offsets), so that folding one large request as a whole would exhaust the sidecar's memory.
	maxPiece = 32 << 10
)

// verdict is what a detector decides about a candidate.
type verdict uint8

const (
	no verdict = iota
	yes
	// needsMore means that the detector needs more text to decide.
	needsMore
)

// match is the decision about a candidate. The zero value is the verdict no.
type match struct {
	verdict verdict
	// kind is set with the verdict yes.
	kind Kind
	// start and end are the range of the candidate in the folded text. With the verdict yes, both are set. With needsMore, start is set. With
	// no, end can be set: the scan continues there.
	start, end int
}

// buffers holds the buffers of a folded text, for reuse.
type buffers struct {
	folded  []byte
	offsets []int32
}

var bufferPool = sync.Pool{New: func() any { return new(buffers) }}

// progress is how far the scan of a text has come, in bytes of the text.
type progress struct {
	// written is how many bytes of the text are in the output already, redacted.
	written int
	// minStart is the lowest position at which a match can start: the end of the last match.
	minStart int
	// lookBack is the position from which on later decisions can read the text, at most lookBytes before written.
	lookBack int
}

// Text appends the text to dst with every match replaced. It reports whether it replaced anything, and adds to the counts. It
// reads JSON escapes in the text as the characters they stand for, because tools exchange JSON inside texts.
func (s *Set) Text(dst, text []byte, counts *Counts) ([]byte, bool) {
	if !s.Suspects(text) {
		return append(dst, text...), false
	}
	before := counts.Total() // The counts can already include matches in earlier texts.
	if len(text) > maxPiece {
		dst = s.scanPieces(dst, text, counts)
	} else {
		dst, _ = s.scan(dst, text, progress{}, true, counts)
	}
	return dst, counts.Total() != before
}

// scanPieces scans a text in pieces of at most maxPiece bytes, which it cuts between characters.
func (s *Set) scanPieces(dst, text []byte, counts *Counts) []byte {
	w := s.Window()
	for len(text) > maxPiece {
		end := maxPiece
		for end > maxPiece-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		dst = w.Write(dst, text[:end], counts)
		text = text[end:]
	}
	return w.Close(w.Write(dst, text, counts), counts)
}

// Finds reports whether Text would replace anything.
func (s *Set) Finds(text []byte) bool {
	if !s.Suspects(text) {
		return false
	}
	_, found := s.Text(nil, text, new(Counts))
	return found
}

// Suspects reports whether a text contains a trigger, or a character that must be folded to see whether it is a trigger. This cheap test
// avoids scanning most texts: a text without such characters contains no match, and neither does a concatenation of several such texts.
func (s *Set) Suspects(text []byte) bool {
	return s.triggers != 0 && collectClasses(text)&(s.triggers|isWide|isEscape) != 0
}

// collectClasses returns the union of the classes of all bytes of a text.
func collectClasses(text []byte) class {
	var all class
	for _, c := range text {
		all |= classes[c]
	}
	return all
}

// scan redacts the text from p.written on. It appends to dst the part whose redaction more text cannot change, and returns the progress.
// When final is true, no more text follows and scan appends everything.
func (s *Set) scan(dst, text []byte, p progress, final bool, counts *Counts) ([]byte, progress) {
	v := view{folded: text, final: final}
	if collectClasses(text)&(isWide|isEscape) != 0 {
		b, _ := bufferPool.Get().(*buffers) // The pool holds nothing else.
		defer func() {
			// Put back the buffers of the view, because folding can have replaced those from the pool by larger ones.
			b.folded, b.offsets = v.folded[:0], v.offsets[:0]
			bufferPool.Put(b)
		}()
		v.folded, v.offsets = b.folded[:0], b.offsets[:0]
		v.fold(text)
	}
	v.minStart = v.findIndex(p.minStart)

	// Go from trigger to trigger and replace the matches, up to a trigger that needs more text or the end.
	hold := len(v.folded) // the index of the first character to hold back
	trigger := v.findTrigger(v.findIndex(p.written), s.triggers)
	for trigger < len(v.folded) {
		m := s.match(&v, trigger)
		if m.verdict == needsMore {
			hold = m.start // Decide again from there when more text has arrived.
			break
		}
		next := max(trigger+1, m.end) // A detector that finds nothing can set m.end to skip text.
		if m.verdict == yes {
			dst = append(dst, text[p.written:v.offset(m.start)]...)
			dst = append(dst, replacements[m.kind]...)
			counts[m.kind]++
			next = v.alignEnd(m.end)
			// The last character of the match can be longer in the text than in its folded form.
			last := v.offset(next - 1)
			p.written = last + charSize(text[last:])
			v.minStart, p.minStart = next, p.written
		}
		trigger = v.findTrigger(next, s.triggers)
	}

	// Append the rest. If more text can follow, hold back the candidate that needs more text, and the characters that the match of a later
	// trigger can include.
	if !final {
		hold = max(min(hold, v.findTail(trigger)), v.minStart)
	}
	if end := v.offset(hold); end > p.written {
		dst = append(dst, text[p.written:end]...)
		p.written = end
	}
	// findIndex moves the position to the start of a character.
	p.lookBack = v.offset(v.findIndex(max(0, p.written-lookBytes)))
	return dst, p
}

// findTrigger returns the index of the first trigger from i on whose class is among triggers: an @, or the first digit of a group. It
// returns the length of the folded text when there is none.
func (v *view) findTrigger(i int, triggers class) int {
	for ; i < len(v.folded); i++ {
		c := classes[v.folded[i]] & triggers
		if c == isAt || c == isDigit && !v.isJoined(i) {
			return i
		}
	}
	return i
}

// isJoined reports whether the digit at i continues a group of digits. Invisible characters between two digits, which folding drops, do not
// end the group. More than lookBytes of them do, because a window can have dropped the digit before them.
func (v *view) isJoined(i int) bool {
	return v.is(i-1, isDigit) && v.offset(i)-v.offset(i-1) <= lookBytes
}

// alignEnd moves end, an index in the folded text, behind all bytes to which one character of the original text folds. A match can end
// between these bytes, but a replacement must not.
func (v *view) alignEnd(end int) int {
	for end < len(v.folded) && v.offset(end) == v.offset(end-1) {
		end++
	}
	return end
}

// findTail returns the start of the characters before end that a trigger at end or later could include in its match.
func (v *view) findTail(end int) int {
	start := end
	for start > 0 && v.isTailCharacter(start-1) && v.isWithinLook(start-1, end) {
		start--
	}
	return start
}

// isTailCharacter reports whether the character at i can belong to a match whose trigger follows: to a local part, plain or quoted, or to
// the beginning of a telephone number.
func (v *view) isTailCharacter(i int) bool {
	return v.is(i, isLocal) || v.folded[i] == '(' || v.folded[i] == '"'
}

// match returns what the detectors decide about the trigger at i. The first detector that decides yes or needsMore determines the result.
func (s *Set) match(v *view, i int) match {
	if v.folded[i] == '@' {
		return v.matchEmail(i)
	}
	if s.enabled[IBAN] {
		if m := v.matchIBAN(i); m.verdict != no {
			return m
		}
	}
	// A comma or underscore ends a number, but it can join the groups of a card number, so that form has a detector of its own.
	if s.enabled[PaymentCard] && v.isJoint(i+joinedSize) {
		if m := v.matchJoinedCard(i); m.verdict != no {
			return m
		}
	}
	if s.enabled[PaymentCard] || s.enabled[Phone] {
		return s.matchNumber(v, i)
	}
	return match{}
}

// matchNumber returns what the detectors of payment cards and telephones decide about the number at i.
func (s *Set) matchNumber(v *view, i int) match {
	if end := v.skipShort(i); end > i {
		return match{verdict: no, end: end} // The scan continues at end.
	}
	var n number
	n.readGroups(v, i)
	if n.waiting {
		return match{verdict: needsMore, start: v.findNumberStart(i)}
	}
	if s.enabled[PaymentCard] {
		if m := v.matchCard(&n); m.verdict != no {
			return m
		}
	}
	if s.enabled[Phone] {
		return v.matchPhone(&n)
	}
	return match{}
}
