// Package signature checks and renews the signatures of messages that messaging services send to the app.
//
// It is told where the signature stands and what it covers (shape.Signature), and reads the secret from a file, which the kubelet mounts. No
// error holds anything of the secret, the signature or the message.
package signature

import (
	"crypto/hmac"
	"crypto/sha1" // Twilio signs with HMAC-SHA1, for which collisions of SHA-1 do not matter.
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// The errors of Scheme.Check.
var (
	// ErrSecret means that the secret cannot be read, so that nothing can be checked.
	ErrSecret = errors.New("the secret cannot be read")
	// ErrAbsent means that the message does not have the headers exactly once each, ErrStale that it is too old or from the future, and
	// ErrMismatch that the signature does not fit.
	ErrAbsent   = errors.New("the message is not signed")
	ErrStale    = errors.New("the time of the message is too far from now")
	ErrMismatch = errors.New("the signature does not fit the message")
)

// Scheme is how the messages to one port are signed. It is immutable.
type Scheme struct {
	shape.Signature
	// BaseURL is what stands before the path in the public URL of the app.
	BaseURL string
	// Port is the name of the port, whose secret Secrets reads. Secrets is nil if the declaration names no secret.
	Port    string
	Secrets *Secrets
	// Now is the clock.
	Now func() time.Time
}

// Message is what a signature covers.
type Message struct {
	Header http.Header
	// URI is the path with the query.
	URI  string
	Body []byte
}

// Key is what a message was signed with, so that another one can be signed alike.
type Key struct {
	// Secret is the current secret, or the one before if that was replaced a short time ago.
	Secret []byte
	// baseURL is the spelling of Scheme.BaseURL that was signed.
	baseURL string
}

// Check returns the key with which the message is signed.
func (s *Scheme) Check(m Message) (*Key, error) {
	secrets, err := s.Secrets.Read(s.Port)
	if err != nil {
		return nil, ErrSecret
	}
	given := m.Header[s.Header]
	if len(given) != 1 || s.Timestamp != "" && len(m.Header[s.Timestamp]) != 1 {
		return nil, ErrAbsent
	}
	if s.Timestamp != "" && !s.isCurrent(m.Header[s.Timestamp][0]) {
		return nil, ErrStale
	}
	for _, secret := range secrets {
		for _, baseURL := range s.spellings() {
			key := &Key{secret, baseURL}
			if hmac.Equal([]byte(s.Sign(m, key)), []byte(given[0])) {
				return key, nil
			}
		}
	}
	return nil, ErrMismatch
}

// spellings returns the URLs of which one is signed: that of the declaration, and the one without its port or with the usual one. Which of them
// Twilio signs depends on the channel, and its libraries try both.
func (s *Scheme) spellings() []string {
	u, err := url.Parse(s.BaseURL)
	if s.Form != shape.SignatureOfForm || err != nil {
		return []string{s.BaseURL}
	}
	if port := u.Port(); port != "" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	} else {
		u.Host += ":" + usualPorts[u.Scheme]
	}
	return []string{s.BaseURL, u.String()}
}

// usualPorts are the ports of URLs that name none, by their scheme.
var usualPorts = map[string]string{"http": "80", "https": "443"}

// isCurrent reports whether the time, in seconds since 1970, is close enough to now.
func (s *Scheme) isCurrent(seconds string) bool {
	sent, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return false
	}
	now, span := s.Now().Unix(), int64(s.MaxAgeSeconds)
	return sent >= now-span && sent <= now+span
}

// Sign returns the value of the header for a message, which has the header with its time.
func (s *Scheme) Sign(m Message, key *Key) string {
	switch s.Form {
	case shape.SignatureOfForm:
		return signForm(m, key)
	case shape.SignatureToken:
		return string(key.Secret)
	}
	mac := hmac.New(sha256.New, key.Secret)
	mac.Write([]byte(strings.ReplaceAll(s.Before, shape.VarTimestamp, m.Header.Get(s.Timestamp))))
	mac.Write(m.Body)
	return s.Prefix + hex.EncodeToString(mac.Sum(nil))
}

// signForm signs the URL and the fields, sorted by name. Of a field that stands there several times each value counts once, as in the
// libraries of Twilio. A body that is no form has no fields; RewriteBody refuses it.
func signForm(m Message, key *Key) string {
	mac := hmac.New(sha1.New, key.Secret)
	mac.Write([]byte(key.baseURL + m.URI))
	fields, err := url.ParseQuery(string(m.Body))
	if err != nil {
		fields = nil
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		values := slices.Clone(fields[name])
		slices.Sort(values)
		for _, value := range slices.Compact(values) {
			mac.Write([]byte(name + value))
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
