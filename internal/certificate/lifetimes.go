package certificate

import "time"

// Default lifetimes.
const (
	// DefaultAuthorityValidity is how long an authority is valid: a year, so that its rotation is practised, not feared.
	DefaultAuthorityValidity = 365 * 24 * time.Hour
	// DefaultAuthorityRenewBefore is how long before its end an authority is replaced. It is longer than
	// DefaultServingValidity, so that a serving certificate is never cut short by its authority.
	DefaultAuthorityRenewBefore = 120 * 24 * time.Hour
	// DefaultServingValidity is how long a serving certificate is valid.
	DefaultServingValidity = 90 * 24 * time.Hour
	// DefaultServingRenewBefore is how long before its end a serving certificate is replaced: a third of its validity, which
	// leaves a month to notice that renewal does not work.
	DefaultServingRenewBefore = 30 * 24 * time.Hour
	// DefaultPropagation is how long a new authority is published before it signs: API servers learn of a changed webhook
	// configuration by a watch, within a second as a rule; a minute covers one that reconnects.
	DefaultPropagation = time.Minute
	// Backdate is how far in the past the validity of every certificate begins: an API server whose clock is behind by up to
	// an hour still accepts it.
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
