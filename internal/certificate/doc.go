// Package certificate issues and renews the certificates of the webhook server: a private certificate authority and the serving
// certificate that it signs, both with ECDSA P-256 keys. It is pure: bytes and a time go in; bytes and the time of the next check
// come out. controllers/certificate reads and writes the Secret and the webhook configurations. Keeper holds the certificate
// that the server presents.
//
// Authorities overlap: a new authority is published before it signs, and an old one stays published until every certificate that
// it can have signed has expired. So an API server can always verify the certificate of the webhook server.
package certificate
