package certificate

import "time"

// The periods that DefaultLifetimes returns, and Backdate.
const (
	// DefaultAuthorityValidity is how long an authority is valid: one year, so that rotation is a routine.
	DefaultAuthorityValidity = 365 * 24 * time.Hour
	// DefaultAuthorityRenewBefore is how long before the end of its validity an authority is replaced. It is longer than
	// DefaultServingValidity, so that no serving certificate is valid for less time because its authority ends.
	DefaultAuthorityRenewBefore = 120 * 24 * time.Hour
	// DefaultServingValidity is how long a serving certificate is valid.
	DefaultServingValidity = 90 * 24 * time.Hour
	// DefaultServingRenewBefore is how long before the end of its validity a serving certificate is replaced. It is a third of the
	// validity and leaves a month to notice that renewal fails.
	DefaultServingRenewBefore = 30 * 24 * time.Hour
	// DefaultPropagation is the shortest time from the publication of a new authority until it replaces a valid certificate. API servers
	// watch webhook configurations and usually see a change within a second. A minute is enough for an API server that reconnects its
	// watch.
	DefaultPropagation = time.Minute
	// Backdate is how far in the past the validity of every certificate begins, so that an API server whose clock is up to an
	// hour behind accepts it.
	Backdate = time.Hour
)

// Lifetimes are the periods of issue and renewal. All are positive. AuthorityRenewBefore is shorter than AuthorityValidity, and
// ServingRenewBefore is shorter than ServingValidity. The constants of DefaultLifetimes describe the fields.
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
