package keyring

import (
	"cmp"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
)

// DataKeys is the key of the Secret's data with all private keys, as PEM blocks in any order.
const DataKeys = "keys.pem"

const (
	// blockType is the type of the PEM blocks.
	blockType = "PRIVATE KEY"
	// createdHeader is the header of a PEM block with the time at which the key was made.
	createdHeader = "Created"
)

// Key is one key of the ring.
type Key struct {
	Private ed25519.PrivateKey
	// Created is when the key was made, in whole seconds.
	Created time.Time
}

// Public returns the public key.
func (k Key) Public() ed25519.PublicKey {
	public, _ := k.Private.Public().(ed25519.PublicKey)
	return public
}

// Text returns the public key as the sidecar's argument --trust has it.
func (k Key) Text() string { return seal.FormatKey(k.Public()) }

// Ring has the keys, newest first. The zero Ring has none. Rings are immutable.
type Ring struct{ keys []Key }

// NewRing returns a ring of the keys.
func NewRing(keys ...Key) Ring {
	keys = slices.Clone(keys)
	slices.SortStableFunc(keys, func(a, b Key) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.Text(), b.Text()))
	})
	return Ring{keys}
}

// Parse returns the ring that the data of a Secret holds. It drops blocks that are not keys of Ed25519 with the time of their creation.
func Parse(data map[string][]byte) Ring {
	var keys []Key
	for rest := data[DataKeys]; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return NewRing(keys...)
		}
		created, err := time.Parse(time.RFC3339, block.Headers[createdHeader])
		if err != nil || block.Type != blockType {
			continue
		}
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if private, ok := parsed.(ed25519.PrivateKey); ok && err == nil {
			keys = append(keys, Key{private, created})
		}
	}
}

// Encode returns the data of the Secret that holds the ring.
func (r Ring) Encode() (map[string][]byte, error) {
	var text []byte
	for _, key := range r.keys {
		encoded, err := x509.MarshalPKCS8PrivateKey(key.Private)
		if err != nil {
			return nil, fmt.Errorf("encode key: %w", err)
		}
		text = append(text, pem.EncodeToMemory(&pem.Block{
			Type: blockType, Headers: map[string]string{createdHeader: key.Created.UTC().Format(time.RFC3339)}, Bytes: encoded,
		})...)
	}
	return map[string][]byte{DataKeys: text}, nil
}

// Len returns the number of keys.
func (r Ring) Len() int { return len(r.keys) }

// Signers returns the private keys. All of them sign each configuration.
func (r Ring) Signers() []ed25519.PrivateKey {
	signers := make([]ed25519.PrivateKey, 0, len(r.keys))
	for _, key := range r.keys {
		signers = append(signers, key.Private)
	}
	return signers
}

// Verifiers returns the public keys.
func (r Ring) Verifiers() []ed25519.PublicKey {
	verifiers := make([]ed25519.PublicKey, 0, len(r.keys))
	for _, key := range r.keys {
		verifiers = append(verifiers, key.Public())
	}
	return verifiers
}

// ListAccepted returns the keys that a sidecar may trust, in the form of Key.Text: those that sign.
func (r Ring) ListAccepted() []string {
	var texts []string
	for _, key := range r.keys {
		texts = append(texts, key.Text())
	}
	return texts
}

// ListNew returns the keys that the sidecar of a new pod trusts at the time now, in the form of Key.Text, newest first. It is empty only if
// the ring is.
func (r Ring) ListNew(now time.Time, l Lifetimes) []string {
	var texts []string
	for i, key := range r.keys {
		if now.Before(key.Created.Add(l.Propagation)) && i < len(r.keys)-1 {
			continue // Another replica may not know the key yet, and would refuse the pod.
		}
		texts = append(texts, key.Text())
		if !now.Before(key.Created.Add(l.Propagation + l.Overlap)) {
			break // All configurations are signed by this key, so the pod needs no older one.
		}
	}
	return texts
}
