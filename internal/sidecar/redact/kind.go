package redact

import "fmt"

// Kind is a kind of personal data, which detectors find. The zero value is Email.
type Kind uint8

// The kinds, in the order of Counts.
const (
	Email Kind = iota
	Phone
	PaymentCard
	IBAN
	NationalID
	kindCount
)

// names holds, by Kind, the name of the kind in declarations, in the sidecar configuration and in replacements.
var names = [kindCount]string{Email: "email", Phone: "phone", PaymentCard: "payment-card", IBAN: "iban", NationalID: "national-id"}

// replacements holds, by Kind, the text that replaces personal data of that kind.
var replacements = func() (marks [kindCount]string) {
	for kind, name := range names {
		marks[kind] = "[redacted:" + name + "]"
	}
	return marks
}()

// String returns the name of the kind, for example `payment-card`.
func (k Kind) String() string { return names[k] }

// Mark returns the text that replaces personal data of the kind, for example `[redacted:payment-card]`.
func (k Kind) Mark() string { return replacements[k] }

// Kinds returns every kind of personal data, in the order of the elements of Counts.
func Kinds() []Kind {
	kinds := make([]Kind, kindCount)
	for i := range kinds {
		kinds[i] = Kind(i)
	}
	return kinds
}

// findKind returns the kind with the name, or an error when there is none.
func findKind(name string) (Kind, error) {
	for i, known := range names {
		if name == known {
			return Kind(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not a detector", name)
}

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
