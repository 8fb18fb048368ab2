package redact

import "sync"

const (
	// lookBytes is how far before its trigger a decision may look, in bytes of text; 64 is the longest local part of an
	// e-mail address (RFC 5321, 4.5.3.1.1). It is also the most that is held back while no match is open.
	lookBytes = 64
	// openBytes is how far a candidate may reach: a domain name has at most 255 characters (RFC 5321, 4.5.3.1.2).
	openBytes = 256
)

// verdict of a detector about one candidate.
type verdict uint8

const (
	no verdict = iota
	yes
	// more text is needed to decide.
	more
)

// match is a candidate: the range in the folded text, and what was found. With the verdict no, an end says that no trigger
// before it needs a look.
type match struct {
	verdict    verdict
	kind       Kind
	start, end int
}

// scratch is the memory of one folding.
type scratch struct {
	norm []byte
	off  []int32
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// span is the state of a scan over a text: places in bytes of the text.
type span struct {
	// done: everything before is already in the output.
	done int
	// settled: nothing before can become part of a match.
	settled int
	// keep: nothing before is looked at any more.
	keep int
}

// Text appends the text with every find replaced to dst. It reports whether something was replaced, and adds to the counts.
// JSON escapes in the text are seen as what they stand for, because tools exchange JSON inside of texts.
func (s *Set) Text(dst, text []byte, counts *Counts) ([]byte, bool) {
	if !s.Suspects(text) {
		return append(dst, text...), false
	}
	before := counts.Total()
	dst, _ = s.scan(dst, text, span{}, true, counts)
	return dst, counts.Total() != before
}

// Finds reports whether a text holds something that would be replaced.
func (s *Set) Finds(text []byte) bool {
	if !s.Suspects(text) {
		return false
	}
	_, found := s.Text(nil, text, new(Counts))
	return found
}

// Suspects reports whether a text has a character at which a detector looks, or one that must be folded to know. It is a
// cheap test that spares most texts the scan. No text without such characters, and no joining of them, holds a find.
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

// scan appends what is decided of the text after at.done, and returns how far that is.
func (s *Set) scan(dst, text []byte, at span, final bool, counts *Counts) ([]byte, span) {
	v := view{norm: text, final: final}
	if needsFolding(text) {
		sc, _ := scratches.Get().(*scratch)
		defer func() {
			sc.norm, sc.off = v.norm[:0], v.off[:0]
			scratches.Put(sc)
		}()
		v.norm, v.off = sc.norm[:0], sc.off[:0]
		v.fold(text)
	}
	v.settled = v.index(at.settled)
	open, hold := len(v.norm), len(v.norm)
	for i := v.trigger(v.index(at.done), s.triggers); i < len(v.norm); i = v.trigger(i, s.triggers) {
		m := s.match(&v, i)
		if m.verdict == more {
			open, hold = i, m.start
			break
		}
		i = max(i+1, m.end)
		if m.verdict == yes {
			dst = append(dst, text[at.done:v.at(m.start)]...)
			dst = append(dst, marks[m.kind]...)
			counts[m.kind]++
			i = v.whole(m.end)
			v.settled, at.done = i, v.at(i-1)+size(text[v.at(i-1):])
			at.settled = at.done
		}
	}
	if !final {
		hold = max(min(hold, v.tail(open, s.triggers)), v.settled)
	}
	end := v.at(hold)
	if end > at.done {
		dst = append(dst, text[at.done:end]...)
		at.done = end
	}
	at.keep = v.at(v.index(max(0, at.done-lookBytes)))
	return dst, at
}

func needsFolding(text []byte) bool {
	var seen class
	for _, c := range text {
		seen |= classes[c]
	}
	return seen&(isWide|isEscape) != 0
}

// trigger returns the first place from i on at which a detector must look: an @, or the first digit of a group.
func (v *view) trigger(i int, triggers class) int {
	for ; i < len(v.norm); i++ {
		c := classes[v.norm[i]] & triggers
		if c == isAt || c == isDigit && !v.joined(i) {
			return i
		}
	}
	return i
}

// joined reports whether the digit at i continues a group of digits.
func (v *view) joined(i int) bool {
	return v.is(i-1, isDigit) && v.at(i)-v.at(i-1) <= lookBytes
}

// whole moves an end that falls inside a character with several folded ones behind that character.
func (v *view) whole(end int) int {
	for end < len(v.norm) && v.at(end) == v.at(end-1) {
		end++
	}
	return end
}

// tail returns where the text before end begins that a trigger at end or later could reach back to.
func (v *view) tail(end int, triggers class) int {
	i := end
	if triggers == 0 {
		return i
	}
	for i > 0 && (v.is(i-1, isLocal) || v.norm[i-1] == '(') && v.at(end)-v.at(i-1) <= lookBytes {
		i--
	}
	return i
}

// match asks the detectors about the trigger at i; the first that says yes or more wins.
func (s *Set) match(v *view, i int) match {
	if v.norm[i] == '@' {
		return v.email(i)
	}
	if s.on[IBAN] {
		if m := v.iban(i); m.verdict != no {
			return m
		}
	}
	if !s.on[PaymentCard] && !s.on[Phone] {
		return match{}
	}
	if end := v.skip(i); end > i {
		return match{end: end}
	}
	var n number
	if n.collect(v, i); n.waiting {
		return match{verdict: more, start: v.numberStart(i)}
	}
	if s.on[PaymentCard] {
		if m := v.card(&n); m.verdict != no {
			return m
		}
	}
	if s.on[Phone] {
		return v.phone(&n)
	}
	return match{}
}
