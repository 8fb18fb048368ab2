package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Authority is a private certificate authority. It signs serving certificates.
type Authority struct {
	// Certificate is self-signed.
	Certificate *x509.Certificate
	// Key is the private key of Certificate. It is nil for an old authority, which never signs again, and for a newest one whose key Parse
	// did not find.
	Key crypto.Signer
}

// Pair is a certificate and its private key as PEM blocks.
type Pair struct {
	Certificate []byte
	Key         []byte
}

// Names are the names for which a serving certificate is valid.
type Names struct {
	// DNS are host names such as `chaperone-webhook.chaperone-system.svc`. API servers use the first name.
	DNS []string
	// IPs are the addresses of a webhook server outside the cluster.
	IPs []net.IP
}

// ListServiceNames returns the names by which API servers and pods reach a Service.
func ListServiceNames(service, namespace string) Names {
	name := service + "." + namespace
	return Names{DNS: []string{name + ".svc", name + ".svc.cluster.local", name}}
}

// ListHostNames returns the name of one host outside the cluster, which is an IP address or a DNS name.
func ListHostNames(host string) Names {
	if ip := net.ParseIP(host); ip != nil {
		return Names{IPs: []net.IP{ip}}
	}
	return Names{DNS: []string{host}}
}

// readIssueTime returns the time at which the certificate was issued. Its validity begins Backdate earlier.
func readIssueTime(c *x509.Certificate) time.Time {
	return c.NotBefore.Add(Backdate)
}

// newAuthority returns a new authority that is valid from Backdate before now until validity after now. It returns an error only if the
// random source does.
func newAuthority(now time.Time, validity time.Duration) (Authority, error) {
	key, serial, err := newKeyAndSerial()
	if err != nil {
		return Authority{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "chaperone webhook authority " + now.UTC().Format(time.DateOnly)},
		NotBefore:             now.Add(-Backdate),
		NotAfter:              now.Add(validity),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return Authority{}, fmt.Errorf("sign authority: %w", err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return Authority{}, fmt.Errorf("parse authority: %w", err)
	}
	return Authority{Certificate: parsed, Key: key}, nil
}

// issue returns a serving certificate for the names. Its validity ends no later than the authority's.
func (a Authority) issue(names Names, now time.Time, validity time.Duration) (Pair, error) {
	key, serial, err := newKeyAndSerial()
	if err != nil {
		return Pair{}, err
	}
	notAfter := now.Add(validity)
	if notAfter.After(a.Certificate.NotAfter) {
		notAfter = a.Certificate.NotAfter
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "chaperone webhook"},
		NotBefore:    now.Add(-Backdate),
		NotAfter:     notAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     names.DNS,
		IPAddresses:  names.IPs,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.Certificate, key.Public(), a.Key)
	if err != nil {
		return Pair{}, fmt.Errorf("sign serving certificate: %w", err)
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return Pair{}, err
	}
	return Pair{Certificate: encodeCertificate(der), Key: keyPEM}, nil
}

// newKeyAndSerial returns a private key and a serial number for a new certificate.
func newKeyAndSerial() (*ecdsa.PrivateKey, *big.Int, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("generate key: %w", err)
	}
	// A serial number is positive and has at most 20 octets (RFC 5280 section 4.1.2.2). 127 random bits make it unpredictable; with the
	// sign bit they fill 16 octets.
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, fmt.Errorf("generate serial number: %w", err)
	}
	return key, serial, nil
}

func encodeCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// encodeKey returns the private key as a PEM block in the form PKCS #8.
func encodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
