package redact

import (
	"sync"
	"unicode/utf8"
)

const (
	// lookBytes is how many bytes of text before its trigger a decision reads: 64 is the longest local part of an e-mail address
	// (RFC 5321, 4.5.3.1.1). It is also the most that a window holds back while no match is open.
	lookBytes = 64
	// openBytes is how many bytes a candidate can span: a domain name has at most 255 characters (RFC 5321, 4.5.3.1.2).
	openBytes = 256
	// maxPiece is how many bytes of text are folded at once. A folded text takes up to 30 times its size (U+FDFA folds to 18
	// bytes and as many offsets), so that folding one large request as a whole would exhaust the sidecar's memory.
	maxPiece = 32 << 10
)

// verdict is what a detector decides about one candidate.
type verdict uint8

const (
	no verdict = iota
	yes
	// needsMore means that the detector needs more text to decide.
	needsMore
)

// match is a candidate: its range in the folded text and its kind. When the verdict is no and end is set, the scan continues at end.
type match struct {
	verdict    verdict
	kind       Kind
	start, end int
}

// scratch holds the buffers of one folded text, for reuse.
type scratch struct {
	folded  []byte
	offsets []int32
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// span is the state of a scan, in bytes of the text.
type span struct {
	// written is the start of the text that is not in the output yet.
	written int
	// minStart is the lowest position at which a match can start.
	minStart int
	// lookBack is the start of the text that later decisions can read.
	lookBack int
}

// Text appends the text to dst with every find replaced. It reports whether it replaced anything, and adds to the counts. It
// reads JSON escapes in the text as the characters they stand for, because tools exchange JSON inside texts.
func (s *Set) Text(dst, text []byte, counts *Counts) ([]byte, bool) {
	if !s.Suspects(text) {
		return append(dst, text...), false
	}
	before := counts.Total()
	if len(text) > maxPiece {
		dst = s.scanPieces(dst, text, counts)
	} else {
		dst, _ = s.scan(dst, text, span{}, true, counts)
	}
	return dst, counts.Total() != before
}

// scanPieces scans a text in pieces of at most maxPiece bytes.
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

// Suspects reports whether a text contains a trigger, or a character that must be folded to tell. It is a cheap test that avoids
// scanning most texts. Texts without such characters contain no find, and neither does any concatenation of them.
func (s *Set) Suspects(text []byte) bool {
	if s.triggers == 0 {
		return false
	}
	var seen class
	for _, c := range text {
		seen |= classes[c]
	}
	return seen&(s.triggers|isWide|isEscape) != 0
}

// scan redacts the text after at.written, appends to dst the part whose redaction more text cannot change, and returns the new state.
// When final is true, no more text follows and scan appends everything.
func (s *Set) scan(dst, text []byte, at span, final bool, counts *Counts) ([]byte, span) {
	v := view{folded: text, final: final}
	if needsFolding(text) {
		sc, _ := scratches.Get().(*scratch)
		defer func() {
			sc.folded, sc.offsets = v.folded[:0], v.offsets[:0]
			scratches.Put(sc)
		}()
		v.folded, v.offsets = sc.folded[:0], sc.offsets[:0]
		v.fold(text)
	}
	v.minStart = v.findIndex(at.minStart)
	open, hold := len(v.folded), len(v.folded)
	for i := v.findTrigger(v.findIndex(at.written), s.triggers); i < len(v.folded); i = v.findTrigger(i, s.triggers) {
		m := s.match(&v, i)
		if m.verdict == needsMore {
			open, hold = i, m.start
			break
		}
		i = max(i+1, m.end)
		if m.verdict == yes {
			dst = append(dst, text[at.written:v.offset(m.start)]...)
			dst = append(dst, marks[m.kind]...)
			counts[m.kind]++
			i = v.alignEnd(m.end)
			v.minStart, at.written = i, v.offset(i-1)+charSize(text[v.offset(i-1):])
			at.minStart = at.written
		}
	}
	if !final {
		hold = max(min(hold, v.findTail(open, s.triggers)), v.minStart)
	}
	end := v.offset(hold)
	if end > at.written {
		dst = append(dst, text[at.written:end]...)
		at.written = end
	}
	at.lookBack = v.offset(v.findIndex(max(0, at.written-lookBytes)))
	return dst, at
}

func needsFolding(text []byte) bool {
	var seen class
	for _, c := range text {
		seen |= classes[c]
	}
	return seen&(isWide|isEscape) != 0
}

// findTrigger returns the index of the first trigger from i on: an @, or the first digit of a group.
func (v *view) findTrigger(i int, triggers class) int {
	for ; i < len(v.folded); i++ {
		c := classes[v.folded[i]] & triggers
		if c == isAt || c == isDigit && !v.isJoined(i) {
			return i
		}
	}
	return i
}

// isJoined reports whether the digit at i continues a group of digits.
func (v *view) isJoined(i int) bool {
	return v.is(i-1, isDigit) && v.offset(i)-v.offset(i-1) <= lookBytes
}

// alignEnd moves an end that falls inside a character that folds to several bytes to the end of that character.
func (v *view) alignEnd(end int) int {
	for end < len(v.folded) && v.offset(end) == v.offset(end-1) {
		end++
	}
	return end
}

// findTail returns the start of the text before end that a trigger at end or later could include in its match.
func (v *view) findTail(end int, triggers class) int {
	i := end
	if triggers == 0 {
		return i
	}
	for i > 0 && (v.is(i-1, isLocal) || v.folded[i-1] == '(' || v.folded[i-1] == '"') && v.offset(end)-v.offset(i-1) <= lookBytes {
		i--
	}
	return i
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
	if s.enabled[PaymentCard] && v.isJoint(i+joinedSize) {
		if m := v.matchJoinedCard(i); m.verdict != no {
			return m
		}
	}
	if !s.enabled[PaymentCard] && !s.enabled[Phone] {
		return match{}
	}
	return s.matchNumber(v, i)
}

// matchNumber returns what the detectors of payment cards and telephones decide about the number at i.
func (s *Set) matchNumber(v *view, i int) match {
	if end := v.skipShort(i); end > i {
		return match{end: end}
	}
	var n number
	if n.readGroups(v, i); n.waiting {
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
