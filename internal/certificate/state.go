package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// Keys of the Secret's data.
const (
	// DataAuthorities holds the certificates of the authorities, newest first, as PEM: the caBundle of the webhooks.
	DataAuthorities = "ca.crt"
	// DataAuthorityKey holds the key of the newest authority.
	DataAuthorityKey = "ca.key"
	// DataCertificate and DataKey hold the serving certificate and its key, under the names that TLS Secrets have.
	DataCertificate = "tls.crt"
	DataKey         = "tls.key"
)

// State is the content of the Secret. Its zero value means that nothing has been issued.
type State struct {
	// Authorities are sorted newest first. Only the first has a key.
	Authorities []Authority
	// Serving is the certificate that the webhook server presents.
	Serving Pair
}

// Parse reads the data of a Secret. It ignores what is absent or truncated and a key that belongs to another certificate; Renew
// then issues a replacement.
func Parse(data map[string][]byte) State {
	var s State
	for _, c := range parseCertificates(data[DataAuthorities]) {
		if c.IsCA {
			s.Authorities = append(s.Authorities, Authority{Certificate: c})
		}
	}
	if len(s.Authorities) > 0 {
		s.Authorities[0].Key = parseKey(data[DataAuthorityKey], s.Authorities[0].Certificate)
	}
	s.Serving = Pair{Certificate: data[DataCertificate], Key: data[DataKey]}
	return s
}

// Data returns the data of the Secret for a state that Renew returned. It returns an error when the newest authority has no key.
func (s State) Data() (map[string][]byte, error) {
	if len(s.Authorities) == 0 || s.Authorities[0].Key == nil {
		return nil, errors.New("no authority that can sign")
	}
	key, err := encodeKey(s.Authorities[0].Key)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	return map[string][]byte{
		DataAuthorities:  s.Bundle(),
		DataAuthorityKey: key,
		DataCertificate:  s.Serving.Certificate,
		DataKey:          s.Serving.Key,
	}, nil
}

// Bundle returns the caBundle of the webhook configurations: the certificates of all authorities as PEM, newest first.
func (s State) Bundle() []byte {
	var bundle []byte
	for _, a := range s.Authorities {
		bundle = append(bundle, encodeCertificate(a.Certificate.Raw)...)
	}
	return bundle
}

// Publishes reports whether the caBundle contains the newest authority.
func (s State) Publishes(caBundle []byte) bool {
	if len(s.Authorities) == 0 {
		return false
	}
	for _, c := range parseCertificates(caBundle) {
		if c.Equal(s.Authorities[0].Certificate) {
			return true
		}
	}
	return false
}

// parseCertificates returns the valid certificates of the PEM text.
func parseCertificates(text []byte) []*x509.Certificate {
	var certificates []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return certificates
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			certificates = append(certificates, c)
		}
	}
}

// parseKey returns the key if it belongs to the certificate, and nil otherwise.
func parseKey(text []byte, certificate *x509.Certificate) crypto.Signer {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(certificate.PublicKey) {
		return nil
	}
	return key
}
