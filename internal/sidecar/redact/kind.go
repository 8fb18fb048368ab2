package redact

import "fmt"

// Kind is a kind of personal data, which a detector finds. The zero value is Email.
type Kind uint8

// The kinds, in the order of Counts.
const (
	Email Kind = iota
	Phone
	PaymentCard
	IBAN
	kindCount
)

// names holds, by Kind, the name of the detector in declarations, in the sidecar configuration and in replacements.
var names = [kindCount]string{"email", "phone", "payment-card", "iban"}

// replacements holds, by Kind, the text that replaces personal data of that kind.
var replacements = [kindCount]string{"[redacted:email]", "[redacted:phone]", "[redacted:payment-card]", "[redacted:iban]"}

// String returns the name of the kind, for example `payment-card`.
func (k Kind) String() string { return names[k] }

// Mark returns the text that replaces personal data of the kind, for example `[redacted:payment-card]`.
func (k Kind) Mark() string { return replacements[k] }

// Kinds returns every kind of personal data, in the order of the elements of Counts.
func Kinds() []Kind { return []Kind{Email, Phone, PaymentCard, IBAN} }

// Counts is how many times personal data was replaced, by Kind.
type Counts [kindCount]int

// Add adds the counts of other to c.
func (c *Counts) Add(other Counts) {
	for i := range c {
		c[i] += other[i]
	}
}

// Total returns how many replacements c counts, of all kinds together.
func (c Counts) Total() int {
	total := 0
	for _, n := range c {
		total += n
	}
	return total
}

// Set is a selection of detectors. It is immutable and safe for concurrent use. The zero value finds nothing.
type Set struct {
	// enabled tells, by Kind, whether the detector is selected.
	enabled [kindCount]bool
	// triggers is the union of the classes of characters at which a selected detector starts: an @ for e-mail addresses, a digit for others.
	triggers class
	// contacts are the public contacts of the organisation: the detectors find them, but the set does not replace them.
	contacts contacts
}

// NewSet returns the set of the named detectors, for example `email`. The set keeps the contacts of the organisation in every text: e-mail
// addresses and telephone numbers. URLs among the contacts have no effect. It returns an error for an unknown name.
func NewSet(detectors []string, contacts ...string) (*Set, error) {
	s := &Set{contacts: newContacts(contacts)}
	for _, name := range detectors {
		kind, err := findKind(name)
		if err != nil {
			return nil, err
		}
		s.enabled[kind] = true
	}
	if s.enabled[Email] {
		s.triggers |= isAt
	}
	if s.enabled[Phone] || s.enabled[PaymentCard] || s.enabled[IBAN] {
		s.triggers |= isDigit
	}
	return s, nil
}

// Empty reports whether the set has no detectors, so that it finds nothing.
func (s *Set) Empty() bool { return s.triggers == 0 }

// findKind returns the kind of the detector with the name, or an error when there is none.
func findKind(name string) (Kind, error) {
	for i, known := range names {
		if name == known {
			return Kind(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not a detector", name)
}
