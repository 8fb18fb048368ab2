package redact

// Range is the place of personal data in a text: the bytes from Start up to, but not including, End.
type Range struct {
	Kind       Kind
	Start, End int
	// IsContact means that it is a contact of the organisation, which the set does not replace.
	IsContact bool
}

// Ranges returns where the set finds personal data in the text, in the order of the text.
func (s *Set) Ranges(text []byte) []Range {
	if !s.Suspects(text) {
		return nil
	}
	var found []Range
	w := s.Window()
	w.progress.ranges = &found
	// The ranges are all that is wanted: the redacted text and the counts are dropped.
	w.writeAll(nil, text, new(Counts))
	return found
}

// note adds a range to the ranges, if they are wanted.
func (p *progress) note(kind Kind, start, end int, isContact bool) {
	if p.ranges == nil {
		return
	}
	*p.ranges = append(*p.ranges, Range{Kind: kind, Start: p.base + start, End: p.base + end, IsContact: isContact})
}
