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
	// DataAuthorities holds the caBundle of the webhooks: the certificates of the authorities as PEM, newest first.
	DataAuthorities = "ca.crt"
	// DataAuthorityKey holds the private key of the newest authority.
	DataAuthorityKey = "ca.key"
	// DataCertificate holds the serving certificate. Secrets of the type kubernetes.io/tls use the same name.
	DataCertificate = "tls.crt"
	// DataKey holds the private key of the serving certificate. Secrets of the type kubernetes.io/tls use the same name.
	DataKey = "tls.key"
)

// State is the content of the Secret. Its zero value means that nothing has been issued.
type State struct {
	// Authorities are sorted newest first. Only the newest authority can have a key.
	Authorities []Authority
	// Serving is the certificate that the webhook server presents.
	Serving Pair
}

// Parse returns the state that the data of a Secret holds. It drops malformed authorities, and a key that does not belong to the newest
// authority. It does not check the serving certificate. Renew replaces what is missing or invalid.
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

// Encode returns the data of the Secret that holds the state. It returns an error if the newest authority has no key, which never happens
// to a state that Renew returned.
func (s State) Encode() (map[string][]byte, error) {
	if len(s.Authorities) == 0 || s.Authorities[0].Key == nil {
		return nil, errors.New("no authority that can sign")
	}
	key, err := encodeKey(s.Authorities[0].Key)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	return map[string][]byte{
		DataAuthorities:  s.CABundle(),
		DataAuthorityKey: key,
		DataCertificate:  s.Serving.Certificate,
		DataKey:          s.Serving.Key,
	}, nil
}

// CABundle returns the caBundle of the webhook configurations: the certificates of all authorities as PEM, newest first.
func (s State) CABundle() []byte {
	var caBundle []byte
	for _, a := range s.Authorities {
		caBundle = append(caBundle, encodeCertificate(a.Certificate.Raw)...)
	}
	return caBundle
}

// IsPublishedIn reports whether the caBundle contains the newest authority. A state without authorities is not published.
func (s State) IsPublishedIn(caBundle []byte) bool {
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

// parseCertificates returns the certificates of the PEM text. It skips blocks that are not well-formed certificates.
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

// parseKey returns the private key in the PEM text if it belongs to the certificate, and nil otherwise.
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
