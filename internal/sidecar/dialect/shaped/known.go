package shaped

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// knownUnit is a message or block of a stream that tells them apart by keys.
type knownUnit struct {
	// key and position identify the unit, as in unit.
	key      unitKey
	position int
	// hasPiece means that a piece of a text of the unit has arrived.
	hasPiece bool
	// eventType is the type of the event with the latest piece of a text.
	eventType string
}

// findUnits sets the indexes of the units of the event by their keys.
func (s *stream) findUnits() error {
	if !s.format.event.hasUnitKey {
		return nil
	}
	for i := range len(s.survey.units) {
		u := &s.survey.units[i]
		if len(u.key.text) > 0 {
			u.position = 0
		}
		if u.Continues && len(u.key.text) == 0 {
			return refusal.Because(refusal.AnswerMalformed, "A piece of a text has no identifier that says of which text it is.")
		}
		found, err := s.findKnown(u)
		if err != nil {
			return err
		}
		u.Index = found
		s.endEarlier(*u)
	}
	return nil
}

// endEarlier has the event end the units in place of which the unit has begun. It adds them after the units of the event.
func (s *stream) endEarlier(u unit) {
	if !s.format.event.saysContinued || !u.hasText {
		return
	}
	for i := range u.Index {
		known := &s.known[i]
		if known.hasPiece && known.key.agrees(&u.key) && !slices.Contains(s.closed, i) {
			s.survey.units = append(s.survey.units, unit{Progress: dialect.Progress{Index: i, Ends: true, Final: true}})
		}
	}
}

// beginsAnew reports whether the unit is a new one although there is a known one with its key: the event opens it after that one has ended, or
// does not say that it goes on with that one.
func (s *stream) beginsAnew(u *unit, known int) bool {
	return s.startsOver(u) && s.known[known].hasPiece || u.opens && slices.Contains(s.closed, known)
}

// findKnown returns the index of a unit, which may be a new one. A unit that begins again is not the one that has ended.
func (s *stream) findKnown(u *unit) (int, error) {
	for i := len(s.known) - 1; i >= 0; i-- {
		known := &s.known[i]
		if known.position != u.position || !bytes.Equal(known.key.text, u.key.text) {
			continue
		}
		if s.beginsAnew(u, i) {
			break
		}
		return i, nil
	}
	if s.startsOver(u) {
		return s.addKnown(u)
	}
	if found, err := s.findAgreeing(u); found != noUnit || err != nil {
		return found, err
	}
	return s.addKnown(u)
}

// startsOver reports whether the event has a text that does not go on with an earlier one, in a stream whose events say which ones go on.
func (s *stream) startsOver(u *unit) bool {
	return s.format.event.saysContinued && u.hasText && !u.goesOn
}

// addKnown adds a unit and returns its index.
func (s *stream) addKnown(u *unit) (int, error) {
	if len(s.known) > maxIndex {
		return 0, refusal.Because(refusal.AnswerMalformed, "The answer has more texts than the sidecar can follow.")
	}
	s.known = append(s.known, knownUnit{key: u.key.clone(), position: u.position})
	return len(s.known) - 1, nil
}

// findAgreeing returns the index of the unit that a piece or the end of a text belongs to although one of the two keys says more than the
// other: clients that know one of the keys put the pieces together. It returns noUnit if there is none. If there are several, it is that
// with pieces in events of the same type.
func (s *stream) findAgreeing(u *unit) (int, error) {
	found, count, typed, typedCount := noUnit, 0, noUnit, 0
	if u.opens || !u.Continues && !u.Ends {
		return noUnit, nil
	}
	for i := range s.known {
		known := &s.known[i]
		if !known.hasPiece || !known.key.agrees(&u.key) {
			continue
		}
		found = i
		count++
		if known.eventType == s.survey.eventType {
			typed = i
			typedCount++
		}
	}
	switch {
	case count <= 1:
		return found, nil
	case typedCount == 1:
		return typed, nil
	}
	return noUnit, refusal.Because(refusal.AnswerMalformed, "The identifiers of a piece of a text are those of several texts.")
}
