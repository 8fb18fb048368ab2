// Package transform changes the texts of a chat: it replaces personal data and adds the disclosure.
//
// It works on the segments of `internal/sidecar/dialect`, so that one implementation serves all wire formats: it knows no JSON, no event
// framing and no HTTP. A Transform keeps no text of an exchange; a Stream and the visitors do, and serve one exchange.
package transform
