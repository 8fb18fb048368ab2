// Package openaichat is the wire format of the chat completions interface: requests, answers and streamed answers.
//
// Every string of a document is a segment, but for the few places in places.go that the interface reads itself. What cannot be
// read (images, sound, files, unknown kinds of content) is refused. Token probabilities are taken out, they spell the text
// once more.
package openaichat
