package redact

import (
	"bytes"
	"sync"
	"unicode"
)

const (
	// lookBytes is how many bytes of text a detector may read before its trigger, the character at which it starts: 64 is the longest local
	// part of an e-mail address (RFC 5321, 4.5.3.1.1). A window holds back at most as many bytes, and an incomplete JSON escape after them,
	// while no detector needs more text.
	lookBytes = 64
	// openBytes is how many bytes a detector may read from the start of a candidate (a text that may be personal data), which bounds the text
	// that a window holds back: a domain name has at most 255 characters (RFC 5321, 4.5.3.1.2).
	openBytes = 256
	// maxPiece is how many bytes of text are folded at once. A folded text takes up to 30 times its size (U+FDFA folds to 18
	// bytes and as many offsets), so that folding one large request as a whole would exhaust the sidecar's memory.
	maxPiece = 32 << 10
)

// verdict is what a detector decides about a candidate: whether it is personal data. The steps of a detector also answer narrower questions
// with it, such as whether a number can end at a character.
type verdict uint8

const (
	no verdict = iota
	yes
	// needsMore means that text that has not arrived can still change the decision, so that the detector must decide again when it has.
	needsMore
)

// match is the decision of a detector about a candidate, a text that may be personal data. The zero value is the verdict no.
type match struct {
	verdict verdict
	// kind has a meaning only with the verdict yes.
	kind Kind
	// start and end are the range in the folded text. With the verdict yes, it is the personal data to replace. With needsMore, only start
	// counts: the window holds back the text from there on. With no, only end counts: the scan continues there, but always after the
	// trigger.
	start, end int
}

// viewPool has views whose memory later scans use again.
var viewPool = sync.Pool{New: func() any { return new(view) }}

// newView returns a view of the text, whose bytes have the classes. The caller gives it back to viewPool, by the method release.
func newView(of scanned, final bool) *view {
	v, _ := viewPool.Get().(*view) // The pool holds nothing else.
	v.final, v.original = final, of.text
	if needsFolding := of.classes&(isWide|isEscape) != 0; needsFolding {
		v.folded, v.offsets = v.foldedMemory[:0], v.offsetMemory[:0]
		v.fold(of.text)
		// Folding can have replaced the memory by larger one.
		v.foldedMemory, v.offsetMemory = v.folded[:0], v.offsets[:0]
		return v
	}
	v.folded = of.text
	return v
}

// release gives the view back to viewPool. It keeps nothing of the text but what is in the memory for folding.
func (v *view) release() {
	*v = view{foldedMemory: v.foldedMemory, offsetMemory: v.offsetMemory,
		cuesBefore: readCues{announced: v.cuesBefore.announced[:0]}, cuesAfter: readCues{announced: v.cuesAfter.announced[:0]}}
	viewPool.Put(v)
}

// progress is how far the scan of a text for personal data has come. All positions are in bytes of the original text, which is not folded.
type progress struct {
	// written is how many bytes of the text the output already covers, with personal data replaced.
	written int
	// minStart is the lowest position at which personal data can still begin: the end of what was replaced last.
	minStart int
	// lookBack is the position from which on later decisions can read the text, at most lookBytes before written. A window drops the text
	// before it.
	lookBack int
	// identifierEnd is the position after the identifier that was found last, or 0. The search for personal data continues there.
	identifierEnd int
	// syntax is that of the text up to written.
	syntax syntax
	// ranges, unless it is nil, collects the ranges of the personal data. base is the position of the text in the whole text.
	ranges *[]Range
	base   int
}

// Text appends the text to dst with all matches replaced: the personal data that the selected detectors find. It reports whether it
// replaced anything, and adds the replacements to the counts. It reads JSON escapes in the text as the characters they stand for, because
// tools exchange JSON inside texts.
func (s *Set) Text(dst, text []byte, counts *Counts) ([]byte, bool) {
	return s.text(dst, text, syntax{}, counts)
}

// JSON is Text for a text that the caller knows to be a JSON document, of which the beginning alone could be that of prose, such as a list of
// numbers.
func (s *Set) JSON(dst, text []byte, counts *Counts) ([]byte, bool) {
	return s.text(dst, text, newDocumentSyntax(), counts)
}

// text is Text for a text with the syntax at its start.
func (s *Set) text(dst, text []byte, start syntax, counts *Counts) ([]byte, bool) {
	found := collectClasses(text)
	if !s.suspects(found) {
		return append(dst, text...), false
	}
	before := counts.Total() // The counts can already include replacements in earlier texts.
	if len(text) > maxPiece {
		w := s.Window()
		w.progress.syntax = start
		dst = w.writeAll(dst, text, counts)
	} else {
		dst, _ = s.scan(dst, scanned{text, found}, progress{syntax: start}, true, counts)
	}
	return dst, counts.Total() != before
}

// Phone appends a text to dst that is a telephone number in any form, as its place says: the mark, if the detector of telephone numbers is
// selected and the text has a digit. All else is as with Text.
func (s *Set) Phone(dst, text []byte, counts *Counts) ([]byte, bool) {
	if !s.enabled[Phone] || !bytes.ContainsFunc(text, unicode.IsDigit) || s.contacts.includes(Phone, text, text) {
		return s.Text(dst, text, counts)
	}
	counts[Phone]++
	return append(dst, Phone.Mark()...), true
}

// Finds reports whether the method Text would replace anything in the text.
func (s *Set) Finds(text []byte) bool {
	if !s.Suspects(text) {
		return false
	}
	_, found := s.Text(nil, text, new(Counts))
	return found
}

// Suspects reports whether a text contains a trigger (an @ or a digit, if a selected detector starts there), or a character that must be
// folded to see whether it is a trigger. This cheap test avoids scanning most texts: in a text without such characters the detectors find
// nothing, and neither do they in a concatenation of several such texts.
func (s *Set) Suspects(text []byte) bool {
	return s.suspects(collectClasses(text))
}

// suspects does the work of Suspects for a text whose bytes have the classes.
func (s *Set) suspects(found class) bool {
	return s.triggers != 0 && found&(s.triggers|isWide|isEscape) != 0
}

// collectClasses returns the union of the classes of all bytes of a text: what the characters of the text can be part of.
func collectClasses(text []byte) class {
	var all class
	for ; len(text) >= blockSize; text = text[blockSize:] {
		all |= collectOfBlock((*[blockSize]byte)(text))
	}
	for _, c := range text {
		all |= classes[c]
	}
	return all
}

// blockSize is how many bytes are looked at together. That takes half the time of looking at one after another.
const blockSize = 8

// collectOfBlock is collectClasses for a block.
func collectOfBlock(b *[blockSize]byte) class {
	return classes[b[0]] | classes[b[1]] | classes[b[2]] | classes[b[3]] | classes[b[4]] | classes[b[5]] | classes[b[6]] | classes[b[7]]
}

// scanned is a text with the classes of its bytes.
type scanned struct {
	text    []byte
	classes class
}

// scan redacts the text from p.written on. It appends to dst the part of the result that more text cannot change, and returns the progress
// after that. When final is true, no more text follows and scan appends everything.
func (s *Set) scan(dst []byte, of scanned, p progress, final bool, counts *Counts) ([]byte, progress) {
	text := of.text
	v := newView(of, final)
	defer v.release()
	v.holdsCapitals, v.plans = s.identifiers != nil, s.plans
	v.minStart, v.identifierEnd = v.findIndex(p.minStart), v.findIndex(p.identifierEnd)

	// Go from trigger to trigger and replace personal data, up to a trigger about which more text must decide, or up to the end.
	hold := len(v.folded) // the index in v.folded of the first character that must wait for more text
	trigger := v.findTrigger(max(v.findIndex(p.written), v.identifierEnd), s.triggers)
	for trigger < len(v.folded) {
		m := s.match(v, trigger)
		if m.verdict == needsMore {
			hold = m.start // Hold back the text from there on, and decide again when more text has arrived.
			break
		}
		next := max(trigger+1, m.end) // A detector that finds nothing can set m.end to skip the text about which it has decided.
		if m.verdict == yes {
			next = v.alignEnd(m.end) // A character that was folded to several bytes is replaced as a whole.
			// The last replaced character can have more bytes in the text than in v.folded, so take its size from the text.
			last := v.offset(next - 1)
			start, end := v.offset(m.start), last+charSize(text[last:])
			isContact := s.contacts.includes(m.kind, text[start:v.findAccentsEnd(next, trigger, end)], v.folded[m.start:m.end])
			if isContact {
				dst = p.keep(dst, text, end)
			} else {
				counts[m.kind]++
				dst = p.replace(dst, text, start, end, v.offset(trigger)-lookBytes, m.kind)
			}
			p.note(m.kind, start, end, isContact)
			v.minStart, p.minStart = next, end // No later match may begin in what is replaced, or in a contact.
		}
		trigger = v.findTrigger(next, s.triggers)
	}
	p.identifierEnd = v.offset(v.identifierEnd)

	// Append the rest. If more text can follow, hold back the text from hold on, and the characters before the trigger that can belong to
	// personal data found at this or a later trigger, but no text that is replaced already (before v.minStart).
	if !final {
		hold = max(min(hold, v.findTail(trigger)), v.minStart)
	}
	dst = p.keep(dst, text, max(v.offset(hold), p.written))
	// The next scan reads at most lookBytes before p.written, so the window may drop the text before p.lookBack. The position lookBytes
	// before p.written can be within a character: findIndex moves it to the start of the next one.
	p.lookBack = v.offset(v.findIndex(max(0, p.written-lookBytes)))
	return dst, p
}

// findAccentsEnd returns the offset in the original text where a match ends. Folding drops accents, so the index end of the match in the
// folded text cannot tell whether accents follow its last letter: if it ends in a letter, its accents belong to it. trigger is the trigger
// of the match, and written is the offset after its last letter without accents. The result is at most 256 bytes (openBytes) after the
// trigger, because a window does not wait for more text.
func (v *view) findAccentsEnd(end, trigger, written int) int {
	if !v.hasClass(end-1, isLetter) {
		return written
	}
	return max(written, min(v.offset(end), v.offset(trigger)+openBytes))
}

// findTrigger returns the index of the first trigger from index i on. A trigger is a character at which a detector starts: an @ or the
// first digit of a group, if triggers has its class. It returns the length of the folded text when no trigger follows.
func (v *view) findTrigger(i int, triggers class) int {
	for i < len(v.folded) {
		if len(v.folded)-i >= blockSize && collectOfBlock((*[blockSize]byte)(v.folded[i:]))&triggers == 0 {
			i += blockSize
			continue
		}
		for end := min(i+blockSize, len(v.folded)); i < end; i++ {
			c := classes[v.folded[i]] & triggers
			if c == isAt || c == isDigit && !v.continuesGroup(i) {
				return i
			}
		}
	}
	return i
}

// continuesGroup reports whether the digit at index i of the folded text continues a group of digits. Invisible characters between two
// digits of the original text, which folding drops, do not end the group. More than 64 bytes (lookBytes) of them do, because a window can
// have dropped the digit before them.
func (v *view) continuesGroup(i int) bool {
	return v.hasClass(i-1, isDigit) && v.offset(i)-v.offset(i-1) <= lookBytes
}

// alignEnd moves end, an index in the folded text, behind all bytes to which one character of the original text folds. Personal data that a
// detector finds can end between these bytes, but the text can only be replaced up to the end of a whole character.
func (v *view) alignEnd(end int) int {
	for end < len(v.folded) && v.offset(end) == v.offset(end-1) {
		end++
	}
	return end
}

// findTail returns the start of the characters before the index end that can belong to personal data found at a trigger at end or later, as
// the local part of an e-mail address belongs to the @ after it. A window must hold them back. They have at most lookBytes.
func (v *view) findTail(end int) int {
	start := end
	for start > 0 && v.isTailCharacter(start-1) && v.isWithinLook(start-1, end) {
		start--
	}
	return start
}

// isTailCharacter reports whether the character at index i can belong to personal data whose trigger comes after it: to the local part of
// an e-mail address, plain or quoted, before its @, or to a telephone number before its first digit.
func (v *view) isTailCharacter(i int) bool {
	return v.hasClass(i, isLocal) || v.folded[i] == '(' || v.folded[i] == '"' || v.holdsCapitals && v.endsCapitals(i)
}

// maxCapitals is the most letters before a space that can be the beginning of a national identifier: AB 12 34 56 C.
const maxCapitals = 3

// endsCapitals reports whether the character at index i is a space after a word of at most maxCapitals capital letters.
func (v *view) endsCapitals(i int) bool {
	if v.folded[i] != ' ' {
		return false
	}
	first := i
	for first > 0 && isUpper(v.folded[first-1]) && i-first <= maxCapitals {
		first--
	}
	size := i - first
	return size > 0 && size <= maxCapitals && !v.hasClass(first-1, isLetter|isDigit)
}

// matchJoined decides whether a card number begins at index i whose groups are joined by commas or underscores (4111_1111_1111_1111). For
// matchNumber, such a sign ends a number.
func (v *view) matchJoined(i int) match {
	if !v.isCommaOrUnderscore(i + cardGroupSize) {
		return match{}
	}
	return v.matchJoinedCard(i)
}

// matchNumber returns what a detector of numbers decides about the number at index i.
func (v *view) matchNumber(i int, decide func(*view, *number) match) match {
	if end := v.skipShort(i); end > i {
		return match{end: end} // The number is too short for cards and telephone numbers; the scan continues at end.
	}
	n := v.readNumber(i)
	if n.waiting {
		return match{verdict: needsMore, start: v.findNumberStart(i)}
	}
	return decide(v, n)
}

// readNumber returns the groups of digits from index i on. They are read once for all detectors. The result is valid until the next call.
func (v *view) readNumber(i int) *number {
	if !v.hasNumber || v.number.first != i {
		v.number, v.hasNumber = number{}, true
		v.number.readGroups(v, i)
	}
	return &v.number
}
