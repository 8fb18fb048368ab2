package transport

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// bodyHeaders are the headers that describe the body, which the sidecar changes.
var bodyHeaders = []string{
	"Content-Encoding", "Content-Length", "Transfer-Encoding", "Trailer", "Etag", "Last-Modified", "Accept-Ranges",
	"Content-Range", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest",
}

// rewriteHeader deletes the bodyHeaders and every value that contains personal data, and adds the number of matches to counts. It deletes
// the whole value because a replacement inside the value would break the syntax of many headers. Of a Content-Type it deletes only the
// parameters, because clients need the media type to read the body.
func (u *Upstream) rewriteHeader(h http.Header, counts *redact.Counts) {
	for _, name := range bodyHeaders {
		delete(h, name)
	}
	mediaType, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	mediaType = strings.TrimSpace(mediaType)
	// The two buffers serve all values. Nothing uses the redacted text: Redact only finds and counts.
	b := exchange.TakeBuffer()
	defer exchange.PutBuffer(b)
	b.Grow(256)
	text, redacted := b.AvailableBuffer(), []byte(nil)
	for name, values := range h {
		clean := slices.DeleteFunc(values, func(value string) (found bool) {
			if isDate(value) {
				return false
			}
			// The name is context: the number in `X-Phone: 555 2671` is a telephone number.
			text = append(append(text[:0], name...), ' ')
			text = appendDecoded(text, value)
			redacted, found = u.Transform.Redact(redacted[:0], text, counts)
			return found
		})
		switch {
		case len(clean) == len(values):
			// Most headers stay as they are.
		case len(clean) > 0:
			h[name] = clean
		case name == "Content-Type":
			h[name] = []string{mediaType}
		default:
			delete(h, name)
		}
	}
}

// The parts of a date of HTTP. In dateForm, 0 stands for a digit and a dot for a letter of one of the names.
const (
	dateForm   = "..., 00 ... 0000 00:00:00 GMT"
	dayNames   = "MonTueWedThuFriSatSun"
	monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"
	nameSize   = 3
	monthIndex = 8
)

// isDate reports whether a value is a date as servers write it (RFC 9110, section 5.6.7). Each answer has one, and its many digits would
// keep the detectors busy, as time.Parse would keep the processor.
func isDate(value string) bool {
	if len(value) != len(dateForm) {
		return false
	}
	for i := range len(dateForm) {
		isDigit := value[i] >= '0' && value[i] <= '9'
		if c := dateForm[i]; c == '0' && !isDigit || c != '0' && c != '.' && c != value[i] {
			return false
		}
	}
	return strings.Index(dayNames, value[:nameSize])%nameSize == 0 && strings.Index(monthNames, value[monthIndex:monthIndex+nameSize])%nameSize == 0
}

// appendDecoded appends a value with its percent escapes decoded, as URLs, cookies and file names have them. Text that only resembles an
// escape stays as it is.
func appendDecoded(dst []byte, value string) []byte {
	for i := 0; i < len(value); i++ {
		if value[i] == '%' && i+2 < len(value) {
			var char [1]byte
			if _, err := hex.Decode(char[:], []byte(value[i+1:i+3])); err == nil {
				dst = append(dst, char[0])
				i += 2
				continue
			}
		}
		dst = append(dst, value[i])
	}
	return dst
}
