// Package coding decodes the content codings of HTTP (RFC 9110, section 8.4.1) in which bodies are compressed: gzip, br and zstd.
//
// It bounds what a body can make the sidecar do: the memory of the decoder, which the caller grants, and the ratio of what comes out to what
// came in. The caller bounds what it reads. Bodies come from clients and apps, and may be made to do harm.
package coding

import (
	"net/http"
	"strings"
)

// Coding is a content coding.
type Coding uint8

// The codings.
const (
	// Identity is no coding.
	Identity Coding = iota
	Gzip
	Brotli
	Zstd
)

// Accepted lists the codings that the sidecar reads, as the value of a header Accept-Encoding.
const Accepted = "gzip, br, zstd"

// names has the codings by the names that a header can have, in lower case.
var names = map[string]Coding{"": Identity, "identity": Identity, "gzip": Gzip, "x-gzip": Gzip, "br": Brotli, "zstd": Zstd}

// String returns the name of the coding.
func (c Coding) String() string { return [...]string{"identity", "gzip", "br", "zstd"}[c] }

// Of returns the coding that the header Content-Encoding names. ok is false for a coding that the sidecar does not read, and for more than
// one: no client or server compresses twice, and each further coding multiplies the ratio.
func Of(h http.Header) (c Coding, ok bool) {
	for _, list := range h["Content-Encoding"] {
		for name := range strings.SplitSeq(list, ",") {
			next, isKnown := names[strings.ToLower(strings.TrimSpace(name))]
			if !isKnown || c != Identity && next != Identity {
				return Identity, false
			}
			c = max(c, next) // Identity, which is the least, changes nothing.
		}
	}
	return c, true
}
