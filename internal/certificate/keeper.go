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

// Keeper holds the serving certificate that the webhook server presents. The zero value holds no certificate. Keeper is safe for
// concurrent use.
type Keeper struct {
	// current points to an immutable value, which Replace replaces as a whole.
	current atomic.Pointer[tls.Certificate]
}

// Replace replaces the serving certificate. It returns an error and retains the previous certificate if the pair is empty or malformed,
// or if the key does not belong to the certificate.
func (k *Keeper) Replace(p Pair) error {
	pair, err := tls.X509KeyPair(p.Certificate, p.Key)
	if err != nil {
		return fmt.Errorf("read serving certificate: %w", err)
	}
	k.current.Store(&pair)
	return nil
}

// GetCertificate is the callback GetCertificate of tls.Config. Before the first Replace it returns ErrNoCertificate.
func (k *Keeper) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	pair := k.current.Load()
	if pair == nil {
		return nil, ErrNoCertificate
	}
	return pair, nil
}

// Check returns nil if the serving certificate is valid at the time now and an authority of the caBundle signed it. Otherwise it returns
// the reason. It does not check for which names the certificate is valid, which an API server does. If caBundle is nil, Check checks only
// that the certificate has not expired.
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
