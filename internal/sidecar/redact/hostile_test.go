package redact_test

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// hostile holds texts that keep detectors busy, by what they repeat.
var hostile = map[string]string{
	"digits":            "1",
	"single digits":     "1 ",
	"pairs":             "12 34 ",
	"nine digits":       "123456782 ",
	"eleven digits":     "86095742719, ",
	"identifier, cue":   "bsn order 123456782 x",
	"identifier, later": "123456782 abcdefghij klm ",
	"telephone":         "612 345 678 a ",
	"capitals":          "AB 12 34 56 X ",
	"dates":             "850504-1234 ",
	"cards":             "4111 1111 1111 1112, ",
	"addresses":         "a@b.",
	"full width":        "１２ ",
}

// BenchmarkHostile measures MiB of hostile text, with the detectors of the European Union and the United States.
func BenchmarkHostile(b *testing.B) {
	set := newNationalSet(b, "eu", "us", "gb", "br", "in")
	for name, piece := range hostile {
		text := []byte(strings.Repeat(piece, 1<<20/len(piece)))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			var out []byte
			for b.Loop() {
				out, _ = set.Text(out[:0], text, new(redact.Counts))
			}
		})
	}
}
