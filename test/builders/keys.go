package builders

import (
	"bytes"
	"crypto/ed25519"
	"time"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/keyring"
)

// Keys returns a ring with one signing key, always the same. It has the form of the function that reconcilers get their keys from.
func Keys() (keyring.Ring, error) { return keyring.NewRing(Key(1, time.Time{})), nil }

// SidecarKeys returns the public key of the ring that Keys returns, for the sidecars of pods.
func SidecarKeys() facts.SidecarKeys {
	trusted := []string{Key(1, time.Time{}).Text()}
	return facts.SidecarKeys{New: trusted, Accepted: trusted}
}

// Key returns a signing key that depends only on the seed.
func Key(seed byte, created time.Time) keyring.Key {
	return keyring.Key{Private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)), Created: created}
}
