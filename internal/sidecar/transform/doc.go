// Package transform changes the texts of a chat: it replaces personal data and adds the disclosure.
//
// It works on segments of `internal/sidecar/dialect` and is written once for all wire formats: it knows no JSON, no events and
// no HTTP. Texts stay in memory for the time of their exchange.
package transform
