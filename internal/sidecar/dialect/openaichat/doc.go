// Package openaichat reads and writes the wire format of the OpenAI Chat Completions API: requests, answers and streamed answers.
//
// Every string and every integer of 13 characters or more (minDigits) of a document is a segment, except for the number `seed`. Shorter
// numbers, such as a telephone number written as a JSON number, are not inspected. `places.go` is the table of the places that the sidecar
// treats in a special way. The package refuses what the sidecar cannot read: images, sound, files and unknown kinds of content. It replaces
// token probabilities (`logprobs`) by null, because they spell out the text a second time.
package openaichat
