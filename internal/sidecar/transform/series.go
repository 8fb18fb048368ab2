package transform

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

const (
	// maxSeries bounds, in bytes, the events that wait for the next part of a message. An event with a piece of a text takes some 200 bytes, and
	// a window decides before it has read 1 KiB. Some APIs say an ended part again in two events of up to 64 KiB.
	maxSeries = 192 << 10
	// seriesOverhead is what an event counts for besides its bytes. It bounds the number of events.
	seriesOverhead = 64
)

// openSeries is a message of which a part has ended in such a way that personal data can go on in the next part. The part is written as soon
// as it is decided whether it does, so that data that is cut between parts is replaced as in a list of parts (joinedTexts).
type openSeries struct {
	// id is dialect.Segment.Series.
	id int
	// part is the part that has ended; nil if its event says all of it.
	part *growingText
	// written is how much of the part precedes what is held back of it, if its event says all of it.
	written int
	// probe has read the part, and what is known of the parts that follow.
	probe redact.Probe
	// The texts are what is held back of the part, and what is known of each of the parts that follow.
	listMemory
	// units has the unit of each of the texts.
	units []int
	// data has the unchanged events one after another: the one that ends the part, and those after it. limits says where each of them ends.
	data   []byte
	limits []int
	// between is how many of these events come before the first one with a piece of a later part, and hasEnded means that one of them ends the
	// last of the parts.
	between  int
	hasEnded bool
	// gone is how many of the texts have been written because the waiting has taken too long (Stream.LetGo).
	gone int
	// pieces are those of the event that was listed last.
	pieces dialect.PartPieces
}

// seriesMemory holds openSeries for reuse. Nearly all of them hold one or two short events.
var seriesMemory = sync.Pool{New: func() any { return new(openSeries) }}

// release gives the memory back, unless the events took much of it.
func (o *openSeries) release() {
	o.part = nil
	if cap(o.data)+cap(o.text) <= maxListMemory {
		seriesMemory.Put(o)
	}
}

// wait adds a copy of the event to the waiting events.
func (o *openSeries) wait(event []byte) {
	o.data = append(o.data, event...)
	o.limits = append(o.limits, len(o.data))
	if len(o.units) <= max(1, o.gone) {
		o.between = len(o.limits)
	}
}

// openSeries reports whether the event ends a part whose end must wait for the next part, and has the event wait then.
func (s *Stream) openSeries(event dialect.Event, data []byte) (hasOpened bool, err error) {
	if !event.Between || s.isDecided {
		return false, nil
	}
	o, _ := seriesMemory.Get().(*openSeries) // The pool holds nothing else.
	if !s.beginByPiece(o, event) {
		err = s.beginByWhole(o, event, data)
	}
	if err != nil || len(o.units) == 0 {
		o.release()
		return false, err
	}
	o.data, o.limits, o.hasEnded, o.gone = o.data[:0], o.limits[:0], true, 0
	o.wait(data)
	s.series = o
	s.waits++
	s.source.ListParts(&o.pieces)
	return true, nil
}

// begin begins a series with a part that has ended. The window has read the part.
func (o *openSeries) begin(id, unit int, window *redact.Window) {
	o.id, o.units = id, append(o.units[:0], unit)
	o.probe.Begin(window)
	o.text, o.ends = o.text[:0], o.ends[:0]
	o.add(window.HeldText())
}

// beginByPiece begins the series with a part that has come in pieces, and reports whether there is one.
func (s *Stream) beginByPiece(o *openSeries, event dialect.Event) bool {
	for _, g := range s.redaction.growing {
		if g.series != 0 && mayGoOn(g.window.HeldText()) && event.EndsMessage(g.place.Unit) {
			o.part = g
			o.begin(g.series, g.place.Unit, g.window.Window)
			return true
		}
	}
	return false
}

// beginByWhole begins the series with a part that the event says as a whole, and none has said before. It leaves o.units empty if there is none.
func (s *Stream) beginByWhole(o *openSeries, event dialect.Event, data []byte) error {
	o.units = o.units[:0]
	s.source.ListParts(&o.pieces)
	defer s.source.ListParts(nil)
	if _, err := s.source.Scan(data); err != nil {
		return err
	}
	for i := range o.pieces.List {
		piece := &o.pieces.List[i]
		if !piece.IsWhole || !event.EndsMessage(piece.Unit) || s.redaction.hasUnit(piece.Unit) {
			continue
		}
		text, window := o.pieces.TextOf(piece), s.redaction.set.Window()
		// This only asks what is held back: the part is written with its event.
		window.Write(nil, text[s.redaction.findSkipped(piece.Unit, text):], new(redact.Counts))
		if mayGoOn(window.HeldText()) {
			o.written = len(text) - window.Held()
			o.begin(piece.Series, piece.Unit, window)
			return nil
		}
	}
	return nil
}

// mayGoOn reports whether personal data can go on behind what is held back of a part. Where a sentence ends after letters, only the name in an
// address can, and the rest of the address is found by itself. So most parts need not wait.
func mayGoOn(held []byte) bool {
	isOther := func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune(".!?:'’-", r) }
	endsSentence := len(held) > 0 && strings.IndexByte(".!?:", held[len(held)-1]) >= 0
	return len(held) > 0 && (!endsSentence || bytes.ContainsFunc(held, isOther))
}

// takeInSeries takes the event that follows the end of a part. It reports whether the event waits, or is written. Otherwise the series has
// ended, because the event cannot stand between two parts, or because too many events wait.
func (s *Stream) takeInSeries(event dialect.Event, data []byte) (isTaken bool, err error) {
	o := s.series
	if event.Last || !o.admits(event, data) {
		return false, s.endSeries()
	}
	for i := range o.pieces.List {
		piece := &o.pieces.List[i]
		if piece.Start < piece.End && (!piece.IsWhole || s.isFirstOf(piece)) {
			o.read(piece)
		}
	}
	o.hasEnded = o.hasEnded || event.EndsMessage(o.units[len(o.units)-1])
	o.wait(data)
	if o.isDecided(s.redaction.set) {
		return true, s.endSeries()
	}
	return true, nil
}

// isFirstOf reports whether no event has said anything of the part before.
func (s *Stream) isFirstOf(piece *dialect.PartPiece) bool {
	return !slices.Contains(s.series.units, piece.Unit) && !s.redaction.hasUnit(piece.Unit)
}

// admits reports whether the event, whose pieces are listed, can wait: it stands between two parts, or has pieces of parts only, and there is
// room for it.
func (o *openSeries) admits(event dialect.Event, data []byte) bool {
	isOther := func(p dialect.PartPiece) bool { return p.Series != o.id }
	isPiece := func(p dialect.PartPiece) bool { return !p.IsWhole }
	mayWait := (event.Between || slices.ContainsFunc(o.pieces.List, isPiece)) && !slices.ContainsFunc(o.pieces.List, isOther)
	return mayWait && len(o.data)+len(data)+seriesOverhead*len(o.limits) <= maxSeries
}

// read reads a piece of a part.
func (o *openSeries) read(piece *dialect.PartPiece) {
	text := o.pieces.TextOf(piece)
	o.probe.Write(text)
	if last := len(o.units) - 1; last > 0 && o.units[last] == piece.Unit {
		o.text = append(o.text, text...)
		o.ends[last] = len(o.text)
		return
	}
	o.add(text)
	o.units, o.hasEnded = append(o.units, piece.Unit), false
}

// end returns where the part ends, or the last one of those that are written, among all texts.
func (o *openSeries) end() int { return o.ends[max(1, o.gone)-1] }

// isDecided reports whether more text cannot change what becomes of the part.
func (o *openSeries) isDecided(set *redact.Set) bool {
	return o.probe.Held() <= len(o.text)-o.end() && !o.awaitsOwn(set)
}

// crossesEnd reports whether the range begins in the part and goes on in those after it.
func (o *openSeries) crossesEnd(r redact.Range) bool { return r.Start < o.end() && o.end() < r.End }

// awaitsOwn reports whether data that begins in the part ends within what could be data of a later part by itself, all of which goes then
// (growPieces), and the later part has not said all of that, or more text can change what else is there.
func (o *openSeries) awaitsOwn(set *redact.Set) bool {
	found := o.probe.Found()
	at := slices.IndexFunc(found, o.crossesEnd)
	last := len(o.ends) - 1
	if at < 0 || found[at].End <= o.startAt(last) {
		return false
	}
	window, text, end := set.Window(), o.textAt(last), found[at].End-o.startAt(last)
	window.Write(nil, text, new(redact.Counts))
	awaits := func(own redact.Range) bool {
		return own.Start < end && end < own.End && o.startAt(last)+own.End > len(o.text)-o.probe.Held()
	}
	return len(text)-window.Held() < end || slices.ContainsFunc(set.Ranges(text), awaits)
}

// endSeries writes the part with its events, and the events after them. The end of a later part can wait again, in a new series.
func (s *Stream) endSeries() error {
	ended := s.series
	defer ended.release()
	s.source.ListParts(nil)
	s.series, s.isDecided = nil, true
	s.noteCuts(ended)
	start := 0
	for _, limit := range ended.limits {
		if err := s.take(ended.data[start:limit]); err != nil {
			return err
		}
		start, s.isDecided = limit, false
	}
	s.isDecided = false
	return nil
}

// noteCuts cuts the end of the part, and notes the cuts in the parts that are not written yet.
func (s *Stream) noteCuts(ended *openSeries) {
	for _, c := range ended.findEndCuts(s.redaction.set) {
		switch {
		case c.position > 0:
		case ended.part != nil:
			s.cutEnd(ended.part, c)
			continue
		default:
			c.start, c.end = ended.written+c.start, ended.written+c.end
		}
		s.redaction.partCuts = append(s.redaction.partCuts, partCut{ended.units[c.position], c})
	}
}

// findEndCuts returns the pieces of the personal data that begins in the part and goes on in those after it.
func (o *openSeries) findEndCuts(set *redact.Set) []cut {
	if len(o.ends) < 2 {
		return nil
	}
	decided := len(o.text)
	if held := o.probe.Held(); held <= len(o.text)-o.end() {
		decided -= held
	}
	ranges := o.probe.Ranges()
	at := slices.IndexFunc(ranges, o.crossesEnd)
	if at < 0 {
		return nil
	}
	cuts := o.cutRanges(set, ranges[at:at+1])
	if at+1 < len(ranges) {
		decided = min(decided, ranges[at+1].Start)
	}
	if len(cuts) > 0 {
		// Where other data can begin, the piece does not grow: the part itself is read on from there.
		last := &cuts[len(cuts)-1]
		last.end = min(last.end, max(ranges[at].End, decided)-o.startAt(last.position))
	}
	return o.dropGone(cuts)
}

// dropGone returns the cuts in the parts that are not written. If the mark would stand in one that is, it stands in the next one.
func (o *openSeries) dropGone(cuts []cut) []cut {
	if o.gone == 0 {
		return cuts
	}
	cuts = slices.DeleteFunc(cuts, func(c cut) bool { return c.position < o.gone })
	if len(cuts) > 0 {
		cuts[0].isFirst = true
	}
	return cuts
}

// cutEnd ends a text at the personal data that goes on in the next part, and writes what clients lack of it, with the mark.
func (s *Stream) cutEnd(g *growingText, c cut) {
	rest := append(g.window.Cut(nil, c.start, s.redaction.counts), c.kind.Mark()...)
	s.redaction.counts[c.kind]++
	s.redaction.noteCorrected(g)
	if g.isRestatable {
		g.canGrow, g.replaced = false, append(g.replaced, rest...)
	}
	s.out = s.source.AppendText(s.out, g.place, rest)
}

// partCut is a piece of personal data in a part that is not written yet: at its beginning, or for a part that an event says as a whole also at
// its end.
type partCut struct {
	unit int
	cut
}

// takePartCuts returns the cuts of a part, and forgets them.
func (r *redaction) takePartCuts(unit int) (cuts []cut) {
	r.partCuts = slices.DeleteFunc(r.partCuts, func(c partCut) bool {
		if c.unit == unit {
			cuts = append(cuts, c.cut)
		}
		return c.unit == unit
	})
	return cuts
}

// findSkipped returns how many bytes at the beginning of a part, of which the text is known, are a piece of personal data whose mark is in an
// earlier part.
func (r *redaction) findSkipped(unit int, text []byte) int {
	at := slices.IndexFunc(r.partCuts, func(c partCut) bool { return c.unit == unit && c.start == 0 })
	if at < 0 {
		return 0
	}
	return min(r.partCuts[at].end, len(text))
}

// skip returns the text of a piece without what must be skipped of its part, and appends the mark to dst if it stands there.
func (r *redaction) skip(dst []byte, s *dialect.Segment) (out, rest []byte) {
	if len(r.partCuts) == 0 || s.Series == 0 {
		return dst, s.Text
	}
	skipped := r.findSkipped(s.Place.Unit, s.Text)
	for i := range r.partCuts {
		c := &r.partCuts[i]
		if c.unit != s.Place.Unit || skipped == 0 {
			continue
		}
		if c.isFirst {
			dst = append(dst, c.kind.Mark()...)
			r.counts[c.kind]++
		}
		c.end, c.isFirst = c.end-skipped, false
	}
	r.partCuts = slices.DeleteFunc(r.partCuts, func(c partCut) bool { return c.end == 0 })
	return dst, s.Text[skipped:]
}

// hasUnit reports whether the stream has had a text of the unit.
func (r *redaction) hasUnit(unit int) bool {
	isOf := func(g *growingText) bool { return g.place.Unit == unit }
	return slices.ContainsFunc(r.growing, isOf) || slices.ContainsFunc(r.ended, isOf)
}
