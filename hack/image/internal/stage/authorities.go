package stage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// authoritiesVariable names a bundle to take instead of this machine's, as for crypto/x509.
const authoritiesVariable = "SSL_CERT_FILE"

// listBundles returns the usual paths of the certificate authorities on Linux, in the order of crypto/x509 (root_linux.go).
func listBundles() []string {
	return []string{
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem",
		"/etc/pki/tls/cacert.pem",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"/etc/ssl/cert.pem",
	}
}

// readAuthorities reads the bundle that the user names, or this machine's.
func readAuthorities() ([]byte, error) {
	if file := os.Getenv(authoritiesVariable); file != "" {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", authoritiesVariable, err)
		}
		return content, nil
	}
	return readFirst(listBundles())
}

// readFirst returns the content of the first of the files that exists.
func readFirst(files []string) ([]byte, error) {
	for _, file := range files {
		content, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return content, err
	}
	return nil, fmt.Errorf("no certificate authorities in %q; install the package ca-certificates, or name a PEM file in %s", files, authoritiesVariable)
}
