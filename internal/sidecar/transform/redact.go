package transform

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

const (
	// maxGrowing is the largest number of texts in redaction.growing. A stream can have several such texts for each choice, of which servers
	// stream up to 128. The window of each keeps at most 2 KiB.
	maxGrowing = 256
	// maxTexts is the largest number of texts in redaction.repeated, and the largest of Cumulative texts in redaction.growing. Each of them is
	// kept whole, up to the size of an event.
	maxTexts = 64
	// maxIdentifier is the length, in bytes, of the longest text that counts as an identifier.
	maxIdentifier = 128
)

// redaction replaces the personal data of one document or stream.
type redaction struct {
	corrector
	set    *redact.Set
	counts *redact.Counts
	// refuseName returns the refusal of a member whose name contains personal data.
	refuseName func() error
	// refuseSigned returns the refusal of a signed text that would have to change.
	refuseSigned func() error
	// growing are the texts of a stream that arrive InPieces or Cumulative.
	growing []*growingText
	// ended are the texts that are complete, and that later events may restate.
	ended []*growingText
	// isLast means that the last event of the stream is being written: all texts end in it.
	isLast bool
	// remembered is how many bytes of maxRemembered are taken by the texts that later events may restate.
	remembered int
	// repeated holds, for each place whose texts arrive Repeated, the text that arrived there first.
	repeated []repeatedText
	// joined finds personal data that is cut between texts of one list.
	joined joinedTexts
	// partCuts are pieces of personal data in parts that are not written yet.
	partCuts []partCut
	// lastRepeated is the position in repeated of the text that findRepeated found last.
	lastRepeated int
	// stated are the places of Repeated texts that begin with the statement in every event. statement is that statement.
	stated    []dialect.Place
	statement string
}

// begin prepares an empty redaction for one document or stream. cuts are those that an earlier reading of the document has found.
func (r *redaction) begin(set *redact.Set, cuts []cut, counts *redact.Counts) {
	r.set, r.counts = set, counts
	r.joined.set, r.joined.known = set, cuts
}

// beginAnswer is begin for an answer.
func (r *redaction) beginAnswer(set *redact.Set, cuts []cut, counts *redact.Counts) {
	r.begin(set, cuts, counts)
	r.refuseName, r.refuseSigned = refuseAnswerName, refuseSignedAnswer
}

// growingText is a text that arrives InPieces or Cumulative.
type growingText struct {
	place   dialect.Place
	arrival dialect.Arrival
	// isSigned means that the text must not change.
	isSigned bool
	window   *textWindow
	// corrected is the number of corrections of the text that are counted.
	corrected int
	// isRestatable means that later events may restate the text.
	isRestatable bool
	// isRevised is dialect.Segment.Revised.
	isRevised bool
	// series is dialect.Segment.Series.
	series int
	// isCut means that the text had pieces of personal data that the texts of its list have together, when it was written last.
	isCut bool
	// canGrow reports whether more of the text may follow.
	canGrow bool
	// late is the part of the text that clients lack although an event restates the text. They get it as an event of its own.
	late []byte
	// The other fields are for texts that are Cumulative or can be restated. original is the text up to now. The field replaced holds what
	// was written in place of it: the statement, if there is one, and the redacted text.
	statement          string
	original, replaced []byte
	// counted are the replacements of a Cumulative text that are counted.
	counted redact.Counts
}

// repeatedText is the text that arrived first at a place where every event should have the same text, such as an identifier.
type repeatedText struct {
	place dialect.Place
	text  string
	// isIdentifier reports whether the text looks like an identifier.
	isIdentifier bool
}

// appendSegment appends the replacement of a segment to dst, or returns changed false to keep the segment. It puts the statement, which it
// does not inspect, before the text. It refuses a signed segment that would have to change.
func (r *redaction) appendSegment(dst []byte, s *dialect.Segment, statement string) (out []byte, changed bool, err error) {
	if !s.Signed {
		return r.appendUnsigned(dst, s, statement)
	}
	before, corrected := *r.counts, r.corrected
	out, changed, err = r.appendUnsigned(dst, s, statement)
	// Text that arrives in pieces always counts as changed, because some of it may be held back. Its replacements are counted.
	isReplaced := *r.counts != before || r.corrected != corrected || changed && s.Arrival != dialect.InPieces
	if err == nil && isReplaced {
		err = r.refuseSigned()
	}
	return out, changed, err
}

// appendUnsigned does the work of appendSegment for a segment that may change.
func (r *redaction) appendUnsigned(dst []byte, s *dialect.Segment, statement string) (out []byte, changed bool, err error) {
	switch {
	case s.Kind == dialect.MemberName:
		if r.set.Finds(s.Text) {
			return dst, false, r.refuseName()
		}
		return dst, false, nil
	case s.Arrival == dialect.InPieces, s.Arrival == dialect.Cumulative:
		out, err = r.appendGrowing(dst, s, statement)
		return out, true, err
	case s.Arrival == dialect.Restated:
		return r.restate(dst, s, statement)
	case s.Arrival == dialect.Repeated: // Each event has the whole text, so each needs the statement that the first one had.
		statement = r.repeatStatement(s.Place, statement)
	}
	dst = appendStatement(dst, statement)
	start := len(dst)
	if cuts := r.takeCuts(s); len(cuts) > 0 {
		return r.correctFrom(r.appendCut(dst, s.Text, cuts), start, s), true, nil
	}
	if out, changed = r.replace(dst, s); changed {
		return r.correctFrom(out, start, s), true, nil
	}
	if out, changed = r.appendTo(dst, s.Text, s); changed || statement == "" {
		return out, changed, nil
	}
	// With a statement the segment changes, even if its own text stays.
	return append(dst, s.Text...), true, nil
}

// repeatStatement returns the statement that a Repeated text begins with, or "". Clients show the text of the latest event, so that each
// event needs the statement that the first one had.
func (r *redaction) repeatStatement(place dialect.Place, statement string) string {
	switch {
	case statement != "":
		r.statement, r.stated = statement, append(r.stated, place)
		return statement
	case slices.Contains(r.stated, place):
		return r.statement
	}
	return ""
}

// replace appends the replacement of a text that is Whole, Repeated or Untraceable to dst. If changed is false, the text stays as it is,
// and the caller must not use the content of out.
func (r *redaction) replace(dst []byte, s *dialect.Segment) (out []byte, changed bool) {
	switch s.Arrival {
	case dialect.Untraceable:
		// A text that could be a piece of personal data becomes empty: nothing is appended to dst. Other texts stay.
		return dst, r.set.Suspects(s.Text)
	case dialect.Repeated:
		return r.replaceRepeated(dst, s)
	}
	switch {
	case isIdentifier(s):
		return dst, false
	case s.Kind == dialect.Phone:
		return r.set.Phone(dst, s.Text, r.counts)
	case isPlainJSON(s):
		return r.set.JSON(dst, s.Text, r.counts)
	}
	return r.set.Text(dst, s.Text, r.counts)
}

// replaceRepeated does the work of replace for Repeated texts. The text that arrives first at a place, and texts equal to it, are redacted
// like Whole texts. A client could put personal data together from different texts of one place. Therefore a text that differs from the
// first one becomes empty, unless both are identifiers or neither could be a piece of personal data.
func (r *redaction) replaceRepeated(dst []byte, s *dialect.Segment) (out []byte, changed bool) {
	first := r.findRepeated(s.Place)
	switch {
	case first == nil:
		return r.replaceFirst(dst, s)
	case first.text == string(s.Text):
		if s.Kind == dialect.Identifier && first.isIdentifier {
			return dst, false
		}
		return r.set.Text(dst, s.Text, r.counts)
	case first.isIdentifier && isIdentifier(s):
		return dst, false
	}
	return dst, r.set.Suspects(s.Text) || r.set.Suspects([]byte(first.text))
}

// replaceFirst does the work of replaceRepeated for the text that arrives first at its place, and remembers it.
func (r *redaction) replaceFirst(dst []byte, s *dialect.Segment) (out []byte, changed bool) {
	isID := isIdentifier(s)
	if len(r.repeated) == maxTexts {
		// There is no room to remember this text, so later texts at the place cannot be compared with it. Therefore it becomes empty if it
		// could be a piece of personal data and is no identifier.
		return dst, !isID && r.set.Suspects(s.Text)
	}
	r.repeated = append(r.repeated, repeatedText{place: s.Place, text: string(s.Text), isIdentifier: isIdentifierText(s.Text)})
	if isID {
		return dst, false
	}
	return r.set.Text(dst, s.Text, r.counts)
}

// findRepeated returns the text that arrived first at a place whose texts arrive Repeated, or nil. Later texts there are compared with it.
// The events of an answer have the same members in the same order, so the search begins after the place that was found last.
func (r *redaction) findRepeated(place dialect.Place) *repeatedText {
	for range r.repeated {
		r.lastRepeated++
		if r.lastRepeated >= len(r.repeated) {
			r.lastRepeated = 0
		}
		if first := &r.repeated[r.lastRepeated]; first.place == place {
			return first
		}
	}
	return nil
}

// appendGrowing appends the replacement of a text that is InPieces or Cumulative, without the end of the text that its window holds back.
func (r *redaction) appendGrowing(dst []byte, s *dialect.Segment, statement string) ([]byte, error) {
	g, err := r.findGrowing(s)
	if err != nil {
		return dst, err
	}
	isEnd := !s.Continued && (s.End || r.isLast)
	if s.Arrival == dialect.Cumulative {
		before := g.size()
		if cuts := r.takeCuts(s); len(cuts) > 0 {
			r.updateCut(g, s, cuts, isEnd, statement)
		} else {
			g.update(s.Text, isEnd, statement, r.counts)
		}
		r.noteCorrected(g)
		return append(dst, g.replaced...), r.noteRevision(g, before)
	}
	if !g.canGrow && len(s.Text) > 0 {
		return dst, refuseGrowth()
	}
	before := len(dst)
	dst, rest := r.skip(appendStatement(dst, statement), s)
	dst = g.window.Write(dst, rest, r.counts)
	if isEnd {
		dst = g.window.Close(dst, r.counts)
	}
	r.noteCorrected(g)
	if !g.isRestatable {
		// canGrow stays true, because some servers add to a text after its end. Only a text that can be restated ends for good: clients
		// may have its restatement already.
		return dst, nil
	}
	if statement != "" {
		g.statement = statement
	}
	g.canGrow = !isEnd
	return dst, r.remember(g, s.Text, dst[before:])
}

// update takes the whole text of a Cumulative text up to now, and sets the replacement of it. If the text only adds to the previous one,
// update appends to the previous replacement. Otherwise it starts again with an empty window.
func (g *growingText) update(text []byte, isEnd bool, statement string, counts *redact.Counts) {
	// A statement comes with the first text that is not empty, or earlier. Nothing is in g.replaced yet, so the statement comes first there.
	if statement != "" {
		g.statement, g.replaced = statement, appendStatement(g.replaced, statement)
	}
	// An event can begin a revised text again with the text that it had.
	isSame := bytes.Equal(text, g.original) && (isEnd || !g.isRevised)
	if !g.canGrow && isSame {
		return
	}
	made := g.counted
	// After its end the window does not know the text before an addition any more.
	if !g.canGrow || g.isCut || !bytes.HasPrefix(text, g.original) {
		// Empty the window. The text that it held back, and what is counted in it, are dropped: clients no longer show that text.
		g.window.restart()
		g.original, g.replaced = g.original[:0], appendStatement(g.replaced[:0], g.statement)
		made = redact.Counts{}
		if !g.isCut { // Another text.
			g.counted = made
		}
	}
	g.replaced = g.window.Write(g.replaced, text[len(g.original):], &made)
	g.original = append(g.original[:0], text...)
	g.canGrow, g.isCut = !isEnd, false
	if isEnd {
		g.replaced = g.window.Close(g.replaced, &made)
	}
	g.count(made, counts)
}

// count adds to counts what a Cumulative text has more than when it was counted last.
func (g *growingText) count(made redact.Counts, counts *redact.Counts) {
	for kind := range made {
		counts[kind] += max(0, made[kind]-g.counted[kind])
		g.counted[kind] = max(g.counted[kind], made[kind])
	}
}

// findGrowing returns the growing text to which a segment belongs, which may be a new one.
func (r *redaction) findGrowing(s *dialect.Segment) (*growingText, error) {
	for _, g := range r.growing {
		if g.place == s.Place {
			// A text that could have been either Cumulative or InPieces turns out to be the latter.
			g.arrival = s.Arrival
			if g.window.correction == nil { // An event without text may not have told that people read the text.
				g.window.correction = r.window(s)
			}
			return g, nil
		}
	}
	if g := r.findRemembered(s.Place); g != nil {
		return r.beginAgain(g, s.Arrival), nil
	}
	if r.isFull(s.Arrival) {
		return nil, refusal.Because(refusal.AnswerMalformed, "The answer has more texts at the same time than the sidecar can follow.")
	}
	g := &growingText{
		place: s.Place, arrival: s.Arrival, isSigned: s.Signed, isRestatable: s.Restatable, isRevised: s.Revised, canGrow: true,
		window: r.openWindow(s), series: s.Series,
	}
	if g.isRestatable {
		r.remembered += rememberedOverhead
	}
	r.growing = append(r.growing, g)
	return g, nil
}

// isFull reports whether the stream cannot have one more growing text that arrives in this way.
func (r *redaction) isFull(arrival dialect.Arrival) bool {
	if len(r.growing) == maxGrowing {
		return true
	}
	cumulative := 0
	for _, g := range r.growing {
		if g.arrival == dialect.Cumulative {
			cumulative++
		}
	}
	return arrival == dialect.Cumulative && cumulative == maxTexts
}

// isHolding reports whether a window holds back text of a message or block.
func (r *redaction) isHolding(unit int) bool {
	for _, g := range r.growing {
		if g.place.Unit == unit && g.window.Held() > 0 {
			return true
		}
	}
	return false
}

// close closes the window and returns the text for one more event: what clients do not have yet, or for Cumulative texts the whole text. It
// returns an empty text if clients have all of it.
func (g *growingText) close(counts *redact.Counts) []byte {
	rest := g.window.Close(nil, counts)
	if g.arrival == dialect.InPieces && !g.isRestatable {
		return rest
	}
	g.canGrow = false
	g.showLate(rest)
	return g.takeLate()
}
