package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

// newClientCertificate returns a certificate for clients and the one of its authority.
func newClientCertificate(t *testing.T) (client tls.Certificate, authority *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if authority, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, authority
}

// Only callers with a certificate of the authorities reach a webhook, if there are authorities.
func TestCallersNeedACertificate(t *testing.T) {
	known, authority := newClientCertificate(t)
	foreign, _ := newClientCertificate(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file         string
		certificates []tls.Certificate
		want         int // 0 means that the handshake fails.
	}{
		"everybody may call":                  {"", nil, http.StatusOK},
		"a certificate of the authority":      {file, []tls.Certificate{known}, http.StatusOK},
		"no certificate":                      {file, nil, http.StatusUnauthorized},
		"a certificate of another authority":  {file, []tls.Certificate{foreign}, 0},
		"any certificate, everybody may call": {"", []tls.Certificate{foreign}, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			who, err := readCallers(c.file)
			if err != nil {
				t.Fatal(err)
			}
			mux, called := http.NewServeMux(), false
			s := &webhookServer{
				Server: webhook.NewServer(webhook.Options{WebhookMux: mux}), shutdown: newShutdown(0, nil), connections: newConnections(maxConnections), lanes: newLanes(), callers: who,
			}
			s.Register("/hook", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
			server := httptest.NewUnstartedServer(nil)
			server.Config, server.TLS = s.newServer(t.Context()), &tls.Config{MinVersion: tls.VersionTLS13}
			who.configure(server.TLS)
			server.StartTLS()
			defer server.Close()
			client := server.Client()
			transport := client.Transport.(*http.Transport)
			// A client that sends its certificate whatever authorities the server names.
			if len(c.certificates) > 0 {
				transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c.certificates[0], nil }
			}
			response, err := client.Post(server.URL+"/hook", "application/json", bytes.NewReader([]byte("{}")))
			got := 0
			if err == nil {
				got = response.StatusCode
				_ = response.Body.Close()
			}
			if got != c.want || called != (c.want == http.StatusOK) {
				t.Errorf("status %d, hook called %t, want %d (%v)", got, called, c.want, err)
			}
		})
	}
}

func TestReadCallersNeedsCertificates(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{empty: "no certificate", empty + ".missing": "no such file"} {
		if _, err := readCallers(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
	}
}
