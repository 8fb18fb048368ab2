// Package transform is what happens to the texts of a chat: personal data is replaced and the disclosure is put in front.
//
// It works on segments of `internal/sidecar/dialect` and is written once for all wire formats: it knows no JSON, no events and
// no HTTP. Texts stay in memory for the time of their exchange.
package transform
