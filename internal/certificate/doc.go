// Package certificate issues and renews the certificates of the webhook server: a small private authority and the serving
// certificate that it signs, both ECDSA P-256. It is pure: bytes and a time go in, bytes and the next time to look come
// out. controllers/certificate reads and writes the Secret and the webhook configurations; Keeper holds the pair that
// is served.
// Rotation overlaps: a new authority is published before it signs, and an old one is published until everything that it
// may have signed has expired, so that no API server ever meets a certificate that it cannot verify.
package certificate
