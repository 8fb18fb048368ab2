package seal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

const (
	// maxBytes is the longest signature file that Open reads: the statement has less than 1 KiB, and each signature about 100 bytes.
	maxBytes = 16 << 10
	// maxSignatures is the number of signatures that Open verifies.
	maxSignatures = 64
)

// Errors of Open.
var (
	// ErrUnsigned means that there is no signature.
	ErrUnsigned = errors.New("the configuration is not signed")
	// ErrUnknownKey means that none of the keys has signed the statement.
	ErrUnknownKey = errors.New("none of the trusted keys has signed the configuration")
	// ErrBadSignature means that a signature with the identifier of a trusted key is not one of this key.
	ErrBadSignature = errors.New("a signature of the configuration is wrong")
)

// Sign returns the signature file: the statement with a signature of each key. There must be at least one key.
func Sign(s Statement, keys ...ed25519.PrivateKey) ([]byte, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errors.New("no key signs the configuration")
	}
	text := s.encode()
	file := append(bytes.Clone(text), '\n')
	for _, key := range keys {
		public, ok := key.Public().(ed25519.PublicKey)
		if !ok {
			return nil, errors.New("a key is not one of Ed25519")
		}
		file = append(file, IdentifyKey(public)+" "+base64.StdEncoding.EncodeToString(ed25519.Sign(key, text))+"\n"...)
	}
	return file, nil
}

// Open returns the statement of a signature file that one of the keys has signed. Signatures by other keys are ignored, because all keys of
// the manager sign, and a sidecar knows those of its start. Open checks neither the chatbot nor the times. It returns ErrUnsigned for an
// empty file, ErrUnknownKey and ErrBadSignature, or an error about the form.
func Open(file []byte, keys []ed25519.PublicKey) (Statement, error) {
	if len(file) == 0 {
		return Statement{}, ErrUnsigned
	}
	if len(file) > maxBytes {
		return Statement{}, fmt.Errorf("the signature file has %d bytes; the maximum is %d", len(file), maxBytes)
	}
	text, signatures, hasSignatures := bytes.Cut(file, []byte("\n\n"))
	if !hasSignatures {
		return Statement{}, errors.New("the signature file has no signature after the statement")
	}
	text = file[:len(text)+1] // The statement includes the line feed of its last line.
	if err := verify(text, signatures, keys); err != nil {
		return Statement{}, err
	}
	return parseStatement(text)
}

// verify returns nil if one of the signatures over the text is by one of the keys, and none that claims to be is not.
func verify(text, signatures []byte, keys []ed25519.PublicKey) error {
	lines := strings.Split(strings.TrimSuffix(string(signatures), "\n"), "\n")
	if len(lines) > maxSignatures {
		return fmt.Errorf("the signature file has %d signatures; the maximum is %d", len(lines), maxSignatures)
	}
	isSigned := false
	for _, line := range lines {
		id, encoded, _ := strings.Cut(line, " ")
		key := findKey(keys, id)
		if key == nil {
			continue
		}
		signature, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil || !ed25519.Verify(key, text, signature) {
			return fmt.Errorf("%w: key %s", ErrBadSignature, id)
		}
		isSigned = true
	}
	if !isSigned {
		return ErrUnknownKey
	}
	return nil
}

// findKey returns the key with the identifier, or nil.
func findKey(keys []ed25519.PublicKey, id string) ed25519.PublicKey {
	for _, key := range keys {
		if IdentifyKey(key) == id {
			return key
		}
	}
	return nil
}

// IdentifyKey returns the identifier of a key in signature files: the first 16 hexadecimal digits of its SHA-256. It is not a secret, and
// nothing rests on it: Open verifies the signature with the key itself.
func IdentifyKey(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// FormatKey returns the key in base64, as ParseKeys reads it.
func FormatKey(key ed25519.PublicKey) string { return base64.RawURLEncoding.EncodeToString(key) }

// ParseKeys decodes public keys in the form of FormatKey, with commas between them. It returns an error if there is none.
func ParseKeys(text string) ([]ed25519.PublicKey, error) {
	var keys []ed25519.PublicKey
	for encoded := range strings.SplitSeq(text, ",") {
		key, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
		if err != nil || len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("%q is not a public key of Ed25519 in base64", encoded)
		}
		keys = append(keys, key)
	}
	return keys, nil
}
