package certs

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
	"time"
)

func TestIssuedCertificateIsTrusted(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	authority, err := NewAuthority("test", now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue(pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}}, "127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority.Pair.Cert) {
		t.Fatal("the authority's certificate is not PEM")
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		_, err := loaded.Leaf.Verify(x509.VerifyOptions{
			Roots: roots, DNSName: host, CurrentTime: now,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		})
		if err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	_, err = loaded.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "shop.example", CurrentTime: now})
	if err == nil {
		t.Error("the certificate is good for a host that it does not name")
	}
}
