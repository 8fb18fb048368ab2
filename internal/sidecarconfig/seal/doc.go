// Package seal signs the sidecar's configuration in the manager, and verifies the signature in the sidecar. The signature is a file beside the
// configuration: a statement in lines of text, an empty line, and one line for each key that signed the statement with Ed25519.
//
//	chaperone.dev sidecar configuration 1
//	chatbot: shop/support
//	uid: 0c5bd52e-8c0a-4a0c-a05f-90f4f9f2c4a5
//	sha256: 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
//	serial: 1796032800000
//	not-before: 2026-11-30T09:00:00Z
//	expires: 2026-12-07T10:00:00Z
//
//	d6a9c0e1f2b34785 <signature in base64>
//
// The signatures are over the bytes of the statement as they are in the file, and the statement has the digest of the bytes of the
// configuration. The first line says what is signed, so that a key cannot be made to sign anything else. The package is pure: bytes and
// times in, values out.
package seal
