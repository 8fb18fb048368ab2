package redact

import "fmt"

// Kind is a detector. The zero value is Email.
type Kind uint8

// The kinds, in the order of Counts.
const (
	Email Kind = iota
	Phone
	PaymentCard
	IBAN
	kinds
)

// names are those of `internal/sidecarconfig`, which stand in declarations and in the replacement.
var names = [kinds]string{"email", "phone", "payment-card", "iban"}

// marks stand in the text in the place of what was found.
var marks = [kinds]string{"[redacted:email]", "[redacted:phone]", "[redacted:payment-card]", "[redacted:iban]"}

// String returns the name, for example `payment-card`.
func (k Kind) String() string { return names[k] }

// Kinds returns every kind, in the order of Counts.
func Kinds() []Kind { return []Kind{Email, Phone, PaymentCard, IBAN} }

// Counts says how often each kind was replaced; indexed by Kind.
type Counts [kinds]int

// Add adds other to the counts.
func (c *Counts) Add(other Counts) {
	for i := range c {
		c[i] += other[i]
	}
}

// Total is the sum over all kinds.
func (c Counts) Total() int {
	total := 0
	for _, n := range c {
		total += n
	}
	return total
}

// Set is a choice of detectors. It is immutable and safe for concurrent use; the zero value finds nothing.
type Set struct {
	on [kinds]bool
	// triggers are the classes of characters at which a detector must look.
	triggers class
}

// NewSet returns the set of the named detectors. An unknown name is an error.
func NewSet(wanted []string) (*Set, error) {
	s := &Set{}
	for _, name := range wanted {
		kind, err := kindOf(name)
		if err != nil {
			return nil, err
		}
		s.on[kind] = true
	}
	if s.on[Email] {
		s.triggers |= isAt
	}
	if s.on[Phone] || s.on[PaymentCard] || s.on[IBAN] {
		s.triggers |= isDigit
	}
	return s, nil
}

// Empty reports whether the set finds nothing.
func (s *Set) Empty() bool { return s.triggers == 0 }

func kindOf(name string) (Kind, error) {
	for i, known := range names {
		if name == known {
			return Kind(i), nil
		}
	}
	return 0, fmt.Errorf("%q is no detector", name)
}
