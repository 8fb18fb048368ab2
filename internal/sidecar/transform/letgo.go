package transform

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// Waiting identifies what waits for the next part of a message and can be let go; 0 if nothing does.
func (s *Stream) Waiting() int {
	if s.series == nil || !s.series.canLetGo() {
		return 0
	}
	return s.waits
}

// LetGo appends what waits for the next part of a message. The search for personal data goes on: what goes on in the next part is replaced
// there, so that clients get the beginning of it at most. A beginning that tells the rest waits on (redact.Probe.IsTelling). The error is that
// of Write.
//
// Of a part that has not ended, nothing goes. As in every text, what can be personal data waits there for the next piece.
func (s *Stream) LetGo(dst []byte) ([]byte, error) {
	s.out = dst
	err := s.letGo()
	return s.takeOutput(len(dst)), err
}

// canLetGo reports whether there are events that end a part, or stand between two of them, and what clients would get with them does not tell
// the rest of what may become personal data.
func (o *openSeries) canLetGo() bool {
	if o.between == 0 && (!o.hasEnded || len(o.limits) == 0) {
		return false
	}
	ranges := o.probe.RangesUpToNow()
	if o.hasEnded && slices.ContainsFunc(ranges, o.crossesEnd) {
		return true // Nothing of this data goes.
	}
	// Each part is replaced by itself.
	isCut := func(r redact.Range) bool { return len(o.split(r)) > 1 }
	return !o.probe.IsTelling(slices.DeleteFunc(ranges, isCut))
}

// letGo does the work of LetGo.
func (s *Stream) letGo() error {
	o := s.series
	if s.Waiting() == 0 {
		return nil
	}
	s.waits++
	count := o.between
	if o.hasEnded {
		if slices.ContainsFunc(o.probe.RangesUpToNow(), o.crossesEnd) {
			return s.endSeries() // Nothing of this data is written yet.
		}
		count = len(o.limits)
	}
	events := slices.Clone(o.data[:o.limits[count-1]])
	limits := slices.Clone(o.limits[:count])
	o.drop(count)
	return s.writeGone(o, events, limits)
}

// drop forgets the first events, which are being written.
func (o *openSeries) drop(count int) {
	length := o.limits[count-1]
	o.part, o.between, o.gone = nil, 0, max(o.gone, 1)
	if count == len(o.limits) {
		o.gone = len(o.units)
	}
	o.data = append(o.data[:0], o.data[length:]...)
	o.limits = append(o.limits[:0], o.limits[count:]...)
	for i := range o.limits {
		o.limits[i] -= length
	}
}

// writeGone writes events of the series, which goes on after that.
func (s *Stream) writeGone(o *openSeries, events []byte, limits []int) error {
	s.source.ListParts(nil)
	s.series, s.isDecided = nil, true
	start := 0
	for _, limit := range limits {
		if err := s.take(events[start:limit]); err != nil {
			return err
		}
		start = limit
	}
	s.series, s.isDecided = o, false
	s.source.ListParts(&o.pieces)
	return nil
}
