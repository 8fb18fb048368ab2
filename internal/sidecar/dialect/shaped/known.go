package shaped

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// knownUnit is a message or block of a stream that tells them apart by keys.
type knownUnit struct {
	// key and position identify the unit, as in unit.
	key      string
	position int
	// eventType is the type of the event with the latest piece of a text.
	eventType string
}

// findUnits sets the indexes of the units of the event by their keys.
func (s *stream) findUnits() error {
	if !s.format.event.hasUnitKey {
		return nil
	}
	for i := range s.survey.units {
		u := &s.survey.units[i]
		if len(u.key) > 0 {
			u.position = 0
		}
		if u.Continues && len(u.key) == 0 {
			return refusal.Because(refusal.AnswerMalformed, "A piece of a text has no identifier that says of which text it is.")
		}
		found, err := s.findKnown(u)
		if err != nil {
			return err
		}
		u.Index = found
	}
	return nil
}

// findKnown returns the index of a unit, which may be a new one. A unit that begins anew is another one than the one that has ended.
func (s *stream) findKnown(u *unit) (int, error) {
	for i := len(s.known) - 1; i >= 0; i-- {
		known := &s.known[i]
		if known.position != u.position || known.key != string(u.key) {
			continue
		}
		if u.opens && slices.Contains(s.closed, i) {
			break
		}
		return i, nil
	}
	if len(s.known) > maxIndex {
		return 0, refusal.Because(refusal.AnswerMalformed, "The answer has more texts than the sidecar can follow.")
	}
	s.known = append(s.known, knownUnit{key: string(u.key), position: u.position})
	return len(s.known) - 1, nil
}
