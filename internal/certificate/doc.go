// Package certificate issues and renews the certificates of the webhook server: a private certificate authority and the serving certificate
// that it signs, both with ECDSA P-256 keys. It reads and writes nothing outside: bytes and a time go in; bytes, with random keys, and the
// time of the next check come out. controllers/certificate reads and writes the Secret and the webhook configurations. Keeper holds the
// certificate that the server presents.
//
// Authorities overlap: a new authority is published before it replaces a valid certificate, and an old one stays published until every
// certificate that it can have signed has expired. So an API server can verify the certificate of the webhook server during a renewal. Only
// if there is no valid certificate, as at first, a new authority signs at once, and API servers cannot verify the certificate until they
// know that authority.
package certificate
