// Package openai reads and rewrites the chat completions interface: requests, answers and streamed answers.
//
// Every string of a document is inspected for personal data, but for a short list of identifiers (shape.go). What cannot be
// read (images, sound, files, unknown kinds of content) is refused, never passed on. Token probabilities are taken out, they
// spell the text once more. In a stream each text that grows from event to event has its own window, so that a find is
// replaced however the answer was cut.
//
// Bytes come from and go to `internal/sidecar`; the package opens no connection and keeps nothing between exchanges.
package openai
