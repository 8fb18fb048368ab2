package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// ErrNoCertificate says that no certificate was received yet.
var ErrNoCertificate = errors.New("no serving certificate yet")

// Keeper holds the pair that the webhook server shows. Its zero value holds none. It is safe for concurrent use: a pair is
// immutable and swapped by pointer.
type Keeper struct {
	current atomic.Pointer[tls.Certificate]
}

// Replace takes a new pair. An error (absent, truncated, certificate and key of different pairs) leaves the last good pair.
func (k *Keeper) Replace(p Pair) error {
	pair, err := tls.X509KeyPair(p.Certificate, p.Key)
	if err != nil {
		return fmt.Errorf("read serving certificate: %w", err)
	}
	k.current.Store(&pair)
	return nil
}

// GetCertificate is for tls.Config; it returns ErrNoCertificate until a pair was received.
func (k *Keeper) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	pair := k.current.Load()
	if pair == nil {
		return nil, ErrNoCertificate
	}
	return pair, nil
}

// Check returns why API servers that trust the caBundle could not use the pair at the given time; nil when they can. A nil
// caBundle skips the question of trust: nothing is published yet.
func (k *Keeper) Check(now time.Time, caBundle []byte) error {
	pair, err := k.GetCertificate(nil)
	if err != nil {
		return err
	}
	if !now.Before(pair.Leaf.NotAfter) {
		return fmt.Errorf("serving certificate expired at %s", pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	if caBundle == nil {
		return nil
	}
	roots := x509.NewCertPool()
	for _, c := range parseCertificates(caBundle) {
		roots.AddCert(c)
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now}); err != nil {
		return fmt.Errorf("published caBundle does not vouch for the serving certificate: %w", err)
	}
	return nil
}
