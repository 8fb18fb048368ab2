// Package receipt issues and checks receipts of consent: short tokens with which a client shows another replica, or the same one after a
// restart, that the person has agreed in a conversation.
//
// A receipt has the prefix `ccr1.` and, in base64url, 73 bytes: to what the person agreed (1 byte), the version of the questions (8), when the
// person agreed (8, seconds of Unix time), when the receipt was issued (8), 16 random bytes, and an HMAC-SHA256 (32). The HMAC covers these
// bytes and the Scope, which is not in the receipt: a receipt of another chatbot, conversation or person is as wrong as a forged one. There
// is no field for an algorithm.
package receipt

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

const (
	// Lifetime is how long a receipt holds. Each answer of the conversation has a new one. It is short, because another replica does not know that the
	// person has withdrawn the consent.
	Lifetime = 15 * time.Minute
	// MaxAge is how long after the person has agreed receipts are issued.
	MaxAge = 24 * time.Hour
	// maxSkew is how far the clocks of two replicas can differ.
	maxSkew = time.Minute
	// MinKeyBytes is the length of the shortest key: that of the hash.
	MinKeyBytes = sha256.Size
	// domain is what the HMAC begins with, so that a key which also serves something else signs nothing that is a receipt.
	domain = "chaperone consent receipt 1\n"
	prefix = "ccr1."
)

// Length is the number of bytes of each receipt.
var Length = len(prefix) + base64.RawURLEncoding.EncodedLen(payloadBytes+sha256.Size)

// Offsets of the payload.
const (
	atVersion    = 1
	atGiven      = atVersion + len(Version{})
	atIssued     = atGiven + 8
	atNonce      = atIssued + 8
	payloadBytes = atNonce + 16
)

// Errors of Open. A receipt that is ErrStale was genuine once.
var (
	// ErrForged means that no key has signed the token as a receipt of the scope.
	ErrForged = errors.New("the token is not a receipt of this conversation with this chatbot")
	// ErrStale means that the receipt has expired, or that the questions have changed since.
	ErrStale = errors.New("the receipt has expired, or the questions have changed")
)

// Version identifies the texts of the questions.
type Version [8]byte

// NewVersion returns the version of questions: the first bytes of the SHA-256 of their texts, in order.
func NewVersion(texts []string) Version {
	hash := sha256.New()
	for _, text := range texts {
		writeField(hash, text)
	}
	return Version(hash.Sum(nil)[:len(Version{})])
}

// String returns the version in hexadecimal.
func (v Version) String() string { return hex.EncodeToString(v[:]) }

// Scope is what a receipt belongs to.
type Scope struct {
	// Chatbot is `namespace/name`, and UID the UID of the declaration; empty if the configuration is not signed.
	Chatbot, UID string
	// Conversation identifies the conversation among those of the chatbot, and Person who writes in it; empty if nothing tells.
	Conversation, Person string
}

// Receipt says that the person has agreed.
type Receipt struct {
	// Topics is the set of what the person agreed to, one bit for each.
	Topics uint8
	// Version is that of the questions.
	Version Version
	// Given is when the person agreed, and Issued when the receipt was issued, in whole seconds.
	Given, Issued time.Time
}

// Seal returns the receipt as a token that one key signs for the scope.
func Seal(r Receipt, s Scope, key []byte) string {
	payload := make([]byte, payloadBytes, payloadBytes+sha256.Size)
	payload[0] = r.Topics
	copy(payload[atVersion:], r.Version[:])
	binary.BigEndian.PutUint64(payload[atGiven:], uint64(r.Given.Unix()))
	binary.BigEndian.PutUint64(payload[atIssued:], uint64(r.Issued.Unix()))
	_, _ = rand.Read(payload[atNonce:]) // Read never returns an error.
	return prefix + base64.RawURLEncoding.EncodeToString(sign(payload, s, key))
}

// Open returns the receipt of a token that one of the keys has signed for the scope, if it holds now for questions of the version. The error is
// ErrForged or ErrStale.
func Open(token string, s Scope, keys [][]byte, v Version, now time.Time) (Receipt, error) {
	if len(token) != Length || token[:len(prefix)] != prefix {
		return Receipt{}, ErrForged
	}
	signed, err := base64.RawURLEncoding.Strict().DecodeString(token[len(prefix):])
	if err != nil || !isSigned(signed, s, keys) {
		return Receipt{}, ErrForged
	}
	r := Receipt{
		Topics: signed[0], Version: Version(signed[atVersion:atGiven]),
		Given: readTime(signed[atGiven:]), Issued: readTime(signed[atIssued:]),
	}
	if age := now.Sub(r.Issued); r.Version != v || age >= Lifetime || age < -maxSkew {
		return Receipt{}, ErrStale
	}
	return r, nil
}

// Digest returns the first 16 hexadecimal digits of the SHA-256 of a token, for records: it tells receipts apart, and is none.
func Digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:8])
}

// isSigned reports whether the bytes after the payload are the signature of one of the keys.
func isSigned(signed []byte, s Scope, keys [][]byte) bool {
	for _, key := range keys {
		if hmac.Equal(sign(signed[:payloadBytes:payloadBytes], s, key), signed) {
			return true
		}
	}
	return false
}

// sign returns the payload with its signature.
func sign(payload []byte, s Scope, key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(domain)) // Writing to a hash never fails.
	for _, field := range []string{s.Chatbot, s.UID, s.Conversation, s.Person} {
		writeField(mac, field)
	}
	_, _ = mac.Write(payload)
	return mac.Sum(payload)
}

// writeField writes a text with its length, so that two texts are never read as two others.
func writeField(out interface{ Write([]byte) (int, error) }, text string) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(text)))
	_, _ = out.Write(length[:])
	_, _ = out.Write([]byte(text))
}

func readTime(b []byte) time.Time { return time.Unix(int64(binary.BigEndian.Uint64(b)), 0) }
