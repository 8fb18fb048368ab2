package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
)

// callers says who may call the webhooks. The user of a review is what the caller says: without a certificate, a client that reaches the port can ask as any
// user, and reads in refusals what chatbots and policies are called (docs/adr/0125-what-approvals-and-services-rest-on.md).
type callers struct {
	// authorities issue the certificates of API servers; nil if everybody may call.
	authorities *x509.CertPool
}

// readCallers reads the authorities of --webhook-client-ca from a PEM file. An empty path means that everybody may call. A renewed file takes a restart.
func readCallers(path string) (callers, error) {
	if path == "" {
		return callers{}, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return callers{}, fmt.Errorf("read --webhook-client-ca: %w", err)
	}
	c := callers{authorities: x509.NewCertPool()}
	if !c.authorities.AppendCertsFromPEM(text) {
		return callers{}, errors.New("read --webhook-client-ca: no certificate in the file")
	}
	return c, nil
}

// configure has the handshake verify the certificate of a caller. One without a certificate is refused later, so that the readiness check, which only
// connects, needs none.
func (c callers) configure(config *tls.Config) {
	if c.authorities != nil {
		config.ClientCAs, config.ClientAuth = c.authorities, tls.VerifyClientCertIfGiven
	}
}

// refuse responds to a caller who may not call, before anything of the body is read, and reports whether it did.
func (c callers) refuse(w http.ResponseWriter, r *http.Request) bool {
	if c.authorities == nil || r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		return false
	}
	w.Header().Set("Connection", "close")
	http.Error(w, "API servers call the webhooks with a client certificate of an authority in --webhook-client-ca", http.StatusUnauthorized)
	return true
}
