package certificate

import "time"

// Default lifetimes.
const (
	// DefaultAuthorityValidity is how long an authority is valid: one year, so that rotation is a routine.
	DefaultAuthorityValidity = 365 * 24 * time.Hour
	// DefaultAuthorityRenewBefore is how long before its end an authority is replaced. It is longer than
	// DefaultServingValidity, so that an authority never shortens the validity of a serving certificate.
	DefaultAuthorityRenewBefore = 120 * 24 * time.Hour
	// DefaultServingValidity is how long a serving certificate is valid.
	DefaultServingValidity = 90 * 24 * time.Hour
	// DefaultServingRenewBefore is how long before its end a serving certificate is replaced: a third of its validity, which
	// leaves a month to notice that renewal fails.
	DefaultServingRenewBefore = 30 * 24 * time.Hour
	// DefaultPropagation is how long a new authority is published before it signs. API servers watch webhook configurations and
	// usually see a change within a second; a minute covers one that reconnects.
	DefaultPropagation = time.Minute
	// Backdate is how far in the past the validity of every certificate begins, so that an API server whose clock is up to an
	// hour behind accepts it.
	Backdate = time.Hour
)

// Lifetimes are the periods of issue and renewal. All are positive; RenewBefore is below Validity.
type Lifetimes struct {
	AuthorityValidity    time.Duration
	AuthorityRenewBefore time.Duration
	ServingValidity      time.Duration
	ServingRenewBefore   time.Duration
	Propagation          time.Duration
}

// DefaultLifetimes returns the periods that production uses.
func DefaultLifetimes() Lifetimes {
	return Lifetimes{
		AuthorityValidity:    DefaultAuthorityValidity,
		AuthorityRenewBefore: DefaultAuthorityRenewBefore,
		ServingValidity:      DefaultServingValidity,
		ServingRenewBefore:   DefaultServingRenewBefore,
		Propagation:          DefaultPropagation,
	}
}
