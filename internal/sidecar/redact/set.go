package redact

// detector decides about the triggers of its classes whether they belong to personal data of its kind. A kind can have several detectors.
type detector struct {
	kind     Kind
	triggers class
	// match decides about the trigger at index i of the view.
	match func(s *Set, v *view, i int) match
}

// detectors are all detectors, in the order in which they are asked about a trigger: the first verdict yes or needsMore is the result.
var detectors = [...]detector{
	{Email, isAt, func(_ *Set, v *view, i int) match { return v.matchEmail(i) }},
	{IBAN, isDigit, func(_ *Set, v *view, i int) match { return v.matchIBAN(i) }},
	{NationalID, isDigit, func(s *Set, v *view, i int) match { return v.matchNationalID(i, s.identifiers) }},
	{PaymentCard, isDigit, func(_ *Set, v *view, i int) match { return v.matchJoined(i) }},
	{PaymentCard, isDigit, func(_ *Set, v *view, i int) match { return v.matchNumber(i, (*view).matchCard) }},
	{Phone, isDigit, func(_ *Set, v *view, i int) match { return v.matchNumber(i, (*view).matchPhone) }},
}

// Selection says what a Set finds and keeps.
type Selection struct {
	// Kinds are the names of the kinds that it finds, for example `email`.
	Kinds []string
	// Places are the codes of the places where the people are (ISO 3166-1 alpha-2 or ISO 3166-2, in lower case, or `eu`). They select the
	// national forms that a kind has.
	Places []string
	// Languages are the tags of the languages in which people write (BCP 47). They select the words that announce a kind.
	Languages []string
	// Contacts are the public contacts of the organisation, which stay in every text: e-mail addresses and telephone numbers. URLs among
	// them have no effect.
	Contacts []string
}

// Set is a selection of detectors. It is immutable and safe for concurrent use. The zero value finds nothing.
type Set struct {
	// enabled tells, by Kind, whether the kind is selected.
	enabled [kindCount]bool
	// detectors are those of the selected kinds, in the order in which they are asked.
	detectors []detector
	// triggers is the union of the classes of characters at which a selected detector starts: an @ for e-mail addresses, a digit for others.
	triggers class
	// identifiers are the forms of the national identifiers of the selected places; nil if there are none.
	identifiers *idForms
	// plans are the numbering plans of the selected places; nil if there are none.
	plans *phonePlans
	// contacts are the public contacts of the organisation: the detectors find them, but the set does not replace them.
	contacts contacts
}

// NewSet returns the set that finds the named kinds and keeps the contacts. It is New without places and languages.
func NewSet(kinds []string, contacts ...string) (*Set, error) {
	return New(Selection{Kinds: kinds, Contacts: contacts})
}

// New returns the set for a selection. It returns an error for an unknown kind.
func New(selected Selection) (*Set, error) {
	s := &Set{contacts: newContacts(selected.Contacts)}
	for _, name := range selected.Kinds {
		kind, err := findKind(name)
		if err != nil {
			return nil, err
		}
		s.enabled[kind] = true
	}
	if err := s.selectForms(selected.Places); err != nil {
		return nil, err
	}
	for _, d := range detectors {
		if s.enabled[d.kind] {
			s.detectors = append(s.detectors, d)
			s.triggers |= d.triggers
		}
	}
	return s, nil
}

// selectForms reads the national forms of the selected kinds.
func (s *Set) selectForms(places []string) (err error) {
	if s.enabled[NationalID] {
		if s.identifiers, err = newIDForms(places); err != nil {
			return err
		}
	}
	if s.enabled[Phone] {
		s.plans, err = newPhonePlans(places)
	}
	return err
}

// Empty reports whether the set has no detectors, so that it finds nothing.
func (s *Set) Empty() bool { return s.triggers == 0 }

// match returns what the selected detectors decide about the trigger at index i. They are asked one after another, and the first verdict yes
// or needsMore is the result. Without one, the farthest end counts up to which a detector has decided.
func (s *Set) match(v *view, i int) match {
	trigger := classes[v.folded[i]]
	if trigger&isDigit != 0 {
		switch end, verdict := v.matchIdentifier(i); verdict {
		case yes:
			if m := s.matchHexIBAN(v, i, end); m.verdict != no {
				return m
			}
			v.identifierEnd = end
			return match{verdict: no, end: end}
		case needsMore:
			return match{verdict: needsMore, start: v.findNumberStart(i)}
		}
	}
	skipped := 0
	for d := range s.detectors {
		if s.detectors[d].triggers&trigger == 0 {
			continue
		}
		m := s.detectors[d].match(s, v, i)
		if m.verdict != no {
			return m
		}
		skipped = max(skipped, m.end)
	}
	return match{end: skipped}
}

// matchHexIBAN decides whether the identifier that ends before the index end is an IBAN. Those of some countries can have hexadecimal digits
// alone: BE68539007547034.
func (s *Set) matchHexIBAN(v *view, i, end int) match {
	if !s.enabled[IBAN] {
		return match{}
	}
	m := v.matchIBAN(i)
	if m.verdict == yes && m.end != end {
		return match{}
	}
	return m
}
