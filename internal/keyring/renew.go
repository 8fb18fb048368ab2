package keyring

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"time"
)

// The periods that DefaultLifetimes returns.
const (
	// DefaultRotateAfter is the age at which a key gets a successor: half a year, so that rotation is a routine.
	DefaultRotateAfter = 180 * 24 * time.Hour
	// DefaultOverlap is how long new pods get the predecessor of a key too. It is longer than a configuration is valid (7 days), so that by
	// its end every configuration is signed by the new key.
	DefaultOverlap = 8 * 24 * time.Hour
	// DefaultPropagation is how long a new key stays out of pods: a minute is enough for a replica that reconnects its watch of the Secret.
	DefaultPropagation = time.Minute
	// DefaultRetireAfter is how long after the creation of its successor a key is kept at least.
	DefaultRetireAfter = 30 * 24 * time.Hour
	// retryRetirement is the time after which the sidecars are looked at again that trust a key whose time has passed.
	retryRetirement = 24 * time.Hour
)

// Lifetimes are the periods of the rotation. The constants of DefaultLifetimes describe the fields. RetireAfter is longer than Propagation
// and Overlap together.
type Lifetimes struct {
	RotateAfter, Overlap, Propagation, RetireAfter time.Duration
}

// DefaultLifetimes returns the periods that production uses.
func DefaultLifetimes() Lifetimes {
	return Lifetimes{
		RotateAfter: DefaultRotateAfter, Overlap: DefaultOverlap, Propagation: DefaultPropagation, RetireAfter: DefaultRetireAfter,
	}
}

// Renew returns the ring as it should be at the time now, and the time of the next check. It adds a key if there is none or if the newest is
// due, and removes keys whose time has passed and that isTrusted says no running sidecar trusts. The argument of isTrusted is Key.Text.
func (r Ring) Renew(now time.Time, l Lifetimes, isTrusted func(key string) (bool, error)) (Ring, time.Time, error) {
	now = now.UTC().Truncate(time.Second)
	var keys []Key
	next := now.Add(l.RotateAfter)
	for i, key := range r.keys {
		if i > 0 {
			// The keys are sorted, so that the key before this one is its successor.
			retirement := r.keys[i-1].Created.Add(l.RetireAfter)
			isDue := !now.Before(retirement)
			if isDue {
				trusted, err := isTrusted(key.Text())
				if err != nil {
					return Ring{}, time.Time{}, fmt.Errorf("look for sidecars that trust a key: %w", err)
				}
				if !trusted {
					continue
				}
				retirement = now.Add(retryRetirement)
			}
			next = earlier(next, retirement)
		}
		keys = append(keys, key)
	}
	if len(keys) > 0 && now.Before(keys[0].Created.Add(l.RotateAfter)) {
		return Ring{keys}, earlier(next, keys[0].Created.Add(l.RotateAfter)), nil
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Ring{}, time.Time{}, fmt.Errorf("generate key: %w", err)
	}
	if len(keys) > 0 {
		next = earlier(next, now.Add(l.RetireAfter))
	}
	return Ring{slices.Insert(keys, 0, Key{private, now})}, next, nil
}

// earlier returns the earlier of two times.
func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
