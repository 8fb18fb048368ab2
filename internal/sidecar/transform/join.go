package transform

import (
	"bytes"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// joinedTexts finds personal data that is cut between texts of one list (dialect.Segment.List), which clients show as one text. A document is
// written while it is read, so that a text is written before the next one is known. Where a document has such data, the caller reads it
// again: the cuts of the first reading say what the second one replaces.
type joinedTexts struct {
	set *redact.Set
	// list is the list of the texts that are being read.
	list int
	*listMemory
	// count is the number of texts of lists that have been read. The first text in ends has the position count-len(ends) among them.
	count int
	// found are the cuts that were found, and known those of an earlier reading.
	found, known []cut
	// inEvent are the cuts in the lists of an event (dialect.Segment.Listed), which need no second reading.
	inEvent map[int][]cut
}

// listMemory holds the texts of one list.
type listMemory struct {
	// text has the texts one after another, and ends where each of them ends in it.
	text []byte
	ends []int
}

// listMemories holds listMemory for reuse: most messages with parts have one part, which is kept only until the next message.
var listMemories = sync.Pool{New: func() any { return new(listMemory) }}

// maxListMemory is the number of bytes above which a listMemory is not reused.
const maxListMemory = 64 << 10

// cut is a piece of personal data in one text.
type cut struct {
	// position is that of the text in its list, or in joinedTexts.found and joinedTexts.known among the texts of all lists.
	position   int
	start, end int
	kind       redact.Kind
	// isFirst means that the text has the beginning of the personal data. The mark stands there.
	isFirst bool
}

// take takes a text of a list. It returns the cuts in it, which an earlier reading has found.
func (j *joinedTexts) take(s *dialect.Segment) []cut {
	if j.listMemory == nil {
		j.listMemory, _ = listMemories.Get().(*listMemory) // The pool holds nothing else.
	}
	if s.List != j.list {
		j.end()
		j.list = s.List
	}
	j.add(s.Text)
	j.count++
	first := 0
	for first < len(j.known) && j.known[first].position < j.count-1 {
		first++
	}
	last := first
	for last < len(j.known) && j.known[last].position == j.count-1 {
		last++
	}
	cuts := j.known[first:last]
	j.known = j.known[last:]
	return cuts
}

// takeListed takes a text of a list of an event, and returns the cuts in it.
func (j *joinedTexts) takeListed(of dialect.Listed) (cuts []cut) {
	if len(of.Texts) > 0 {
		j.findInEvent(of)
	}
	for _, c := range j.inEvent[of.List] {
		if c.position == of.Position {
			cuts = append(cuts, c)
		}
	}
	return cuts
}

// findInEvent finds the cuts in a list of an event.
func (j *joinedTexts) findInEvent(of dialect.Listed) {
	var memory listMemory
	for _, text := range of.Texts {
		memory.add(text)
	}
	delete(j.inEvent, of.List) // The number is that of a list of an earlier event, too.
	if cuts := memory.findCuts(j.set); len(cuts) > 0 {
		if j.inEvent == nil {
			j.inEvent = map[int][]cut{}
		}
		j.inEvent[of.List] = cuts
	}
}

// end ends a list: it finds the personal data that is cut between its texts.
func (j *joinedTexts) end() {
	for _, c := range j.findCuts(j.set) {
		c.position += j.count - len(j.ends)
		j.found = append(j.found, c)
	}
	j.text, j.ends = j.text[:0], j.ends[:0]
}

// add adds a text to the list.
func (m *listMemory) add(text []byte) {
	m.text = append(m.text, text...)
	m.ends = append(m.ends, len(m.text))
}

// findCuts returns the personal data that is cut between the texts.
func (m *listMemory) findCuts(set *redact.Set) (found []cut) {
	if len(m.ends) < 2 {
		return nil
	}
	return m.cutRanges(set, set.Ranges(m.text))
}

// cutRanges returns those of the ranges that are cut between the texts.
func (m *listMemory) cutRanges(set *redact.Set, ranges []redact.Range) (found []cut) {
	for _, r := range ranges {
		if pieces := m.split(r); len(pieces) > 1 && !r.IsContact && m.growPieces(set, pieces) {
			found = append(found, pieces...)
		}
	}
	return found
}

// growPieces grows each piece of personal data to the whole of what its text has there by itself, so that the rest of it does not stay. It
// reports false if the texts are not one text there: one of them has a contact of the organisation, or an address ends with its text and the
// next text begins with a word of its own. In "Write to help@shop.example" and "Our shop is open" no address ends in "exampleOur".
func (m *listMemory) growPieces(set *redact.Set, pieces []cut) bool {
	for i := range pieces {
		p, text := &pieces[i], m.textAt(pieces[i].position)
		for _, own := range set.Ranges(text) {
			if own.Start >= p.end || p.start >= own.End {
				continue
			}
			isWhole := own.End == len(text) && i+1 < len(pieces)
			if own.IsContact || isWhole && m.beginsWord(p, &pieces[i+1]) {
				return false
			}
			if !isCovered(set, text[:p.start], own.Start, p.start) {
				p.start = own.Start
			}
			if !isCovered(set, text[p.end:], 0, own.End-p.end) {
				p.end = own.End
			}
		}
	}
	return true
}

// beginsWord reports whether an address ends with the small letter or digit before a text that begins with a capital letter.
func (m *listMemory) beginsWord(before, after *cut) bool {
	text := m.textAt(before.position)
	last, _ := utf8.DecodeLastRune(text)
	next, _ := utf8.DecodeRune(m.textAt(after.position))
	return before.kind == redact.Email && !unicode.IsUpper(last) && unicode.IsUpper(next)
}

// isCovered reports whether all letters and digits of a text between start and end are in personal data that the text has by itself.
func isCovered(set *redact.Set, text []byte, start, end int) bool {
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	if start >= end || !bytes.ContainsFunc(text[start:end], isWord) {
		return true
	}
	for _, own := range set.Ranges(text) {
		if own.Start > start && bytes.ContainsFunc(text[start:min(own.Start, end)], isWord) {
			return false
		}
		if start = max(start, own.End); start >= end {
			return true
		}
	}
	return !bytes.ContainsFunc(text[start:end], isWord)
}

// split returns the pieces of a range in the texts of the list, with the positions of these texts in the list, from 0 on.
func (m *listMemory) split(r redact.Range) (pieces []cut) {
	// A text that ends where the range starts, such as an empty one, does not have the start.
	first, _ := slices.BinarySearch(m.ends, r.Start+1)
	for i := first; i < len(m.ends) && m.startAt(i) < r.End; i++ {
		start := m.startAt(i)
		pieces = append(pieces, cut{
			position: i, start: max(r.Start, start) - start, end: min(r.End, m.ends[i]) - start, kind: r.Kind, isFirst: i == first,
		})
	}
	return pieces
}

// startAt returns where the text with a position in the list begins.
func (m *listMemory) startAt(position int) int {
	if position == 0 {
		return 0
	}
	return m.ends[position-1]
}

// textAt returns the text with a position in the list.
func (m *listMemory) textAt(position int) []byte {
	return m.text[m.startAt(position):m.ends[position]]
}

// takeFound ends the last list and returns the cuts that were found, in the order of the document. No text may be taken after that.
func (j *joinedTexts) takeFound() []cut {
	if j.listMemory == nil {
		return nil
	}
	j.end()
	if cap(j.text) <= maxListMemory {
		listMemories.Put(j.listMemory)
	}
	j.listMemory = nil
	return j.found
}

// takeCuts returns the pieces of personal data in a text that the texts of a list have together.
func (r *redaction) takeCuts(s *dialect.Segment) []cut {
	switch {
	case s.List != 0:
		return r.joined.take(s)
	case s.Listed.List != 0:
		return r.joined.takeListed(s.Listed)
	}
	return nil
}

// appendCut appends a text to dst with marks in place of its cuts. What is between them is redacted by itself.
func (r *redaction) appendCut(dst, text []byte, cuts []cut) []byte {
	dst, at := r.appendToLastCut(dst, text, cuts, r.counts)
	dst, _ = r.set.Text(dst, text[at:], r.counts)
	return dst
}

// appendToLastCut does the work of appendCut up to the end of the last cut, and returns where that is.
func (r *redaction) appendToLastCut(dst, text []byte, cuts []cut, counts *redact.Counts) (out []byte, at int) {
	for _, c := range cuts {
		if c.start > at {
			dst, _ = r.set.Text(dst, text[at:c.start], counts)
		}
		if c.isFirst {
			dst = append(dst, c.kind.Mark()...)
			counts[c.kind]++
		}
		at = max(at, c.end)
	}
	return dst, at
}

// updateCut does the work of growingText.update for a text with pieces of personal data that the texts of its list have together. They can
// be others with each event, so that the replacement is made again as a whole. The window holds back what follows the last piece.
func (r *redaction) updateCut(g *growingText, s *dialect.Segment, cuts []cut, isEnd bool, statement string) {
	if statement != "" {
		g.statement = statement
	}
	g.window.restart() // Clients get nothing of what it held.
	var counts redact.Counts
	out, at := r.appendToLastCut(appendStatement(g.replaced[:0], g.statement), s.Text, cuts, &counts)
	g.replaced = g.window.Write(out, s.Text[at:], &counts)
	g.original = append(g.original[:0], s.Text...)
	g.isCut, g.canGrow = true, !isEnd
	if isEnd {
		g.replaced = g.window.Close(g.replaced, &counts)
	}
	g.count(counts, r.counts)
}
