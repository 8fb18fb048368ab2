// Package certificate issues and renews the certificates of the webhook server: a small private authority and the serving
// certificate that it signs, both ECDSA P-256. It is pure: bytes and a time go in; bytes and the time of the next check come
// out. controllers/certificate reads and writes the Secret and the webhook configurations. Keeper holds the certificate that
// the server presents.
//
// Rotation overlaps: a new authority is published before it signs, and an old one stays published until everything that it can
// have signed has expired. An API server therefore never meets a certificate that it cannot verify.
package certificate
