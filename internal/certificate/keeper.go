package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// ErrNoCertificate means that the Keeper has not received a certificate yet.
var ErrNoCertificate = errors.New("no serving certificate yet")

// Keeper holds the pair that the webhook server presents. Its zero value holds none. It is safe for concurrent use: a pair is
// immutable and swapped by pointer.
type Keeper struct {
	current atomic.Pointer[tls.Certificate]
}

// Replace takes a new pair. It returns an error, and retains the last good pair, when the pair is absent or truncated, or when the
// key does not belong to the certificate.
func (k *Keeper) Replace(p Pair) error {
	pair, err := tls.X509KeyPair(p.Certificate, p.Key)
	if err != nil {
		return fmt.Errorf("read serving certificate: %w", err)
	}
	k.current.Store(&pair)
	return nil
}

// GetCertificate is a callback for tls.Config. It returns ErrNoCertificate until Replace has taken a pair.
func (k *Keeper) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	pair := k.current.Load()
	if pair == nil {
		return nil, ErrNoCertificate
	}
	return pair, nil
}

// Check returns nil when API servers that trust the caBundle can use the pair at the given time, and otherwise the reason. A nil
// caBundle means that nothing is published yet, and skips the question of trust.
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
		return fmt.Errorf("published caBundle does not verify the serving certificate: %w", err)
	}
	return nil
}
