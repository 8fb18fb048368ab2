package shape

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Signature says how a messaging service shows that a message to the app is its own. The sidecar checks it, and renews it when redaction
// changes the message. It concerns the routes that are Route.Signed.
type Signature struct {
	// Form is SignatureOfBody, SignatureOfForm or SignatureToken.
	Form string `json:"form"`
	// Header is the header with the signature, or with the token.
	Header string `json:"header"`
	// Prefix stands in the header before the signature, and Before in front of the body in what is signed. Both are for SignatureOfBody.
	// Before can have the variable ${timestamp}.
	Prefix string `json:"prefix,omitempty"`
	Before string `json:"before,omitempty"`
	// Timestamp is the header with the time of the message in seconds since 1970, and MaxAgeSeconds how far that may be from now: a message
	// that someone else recorded cannot be sent again later. Before must have ${timestamp}, so that the signature covers the time.
	Timestamp     string `json:"timestamp,omitempty"`
	MaxAgeSeconds int    `json:"maxAgeSeconds,omitempty"`
}

// The values of Signature.Form.
const (
	// SignatureOfBody is the HMAC-SHA256 of Before and the body as it was sent, in hexadecimal.
	SignatureOfBody = "body-hmac-sha256"
	// SignatureOfForm is the HMAC-SHA1, in Base64, of the public URL and of the name and value of each field of the form in the body,
	// sorted.
	SignatureOfForm = "form-hmac-sha1"
	// SignatureToken is the secret itself. It covers nothing of the message, so that nothing breaks it.
	SignatureToken = "token"
)

// VarTimestamp is the variable of Signature.Before with the value of the header Timestamp.
const VarTimestamp = "${timestamp}"

const (
	// maxSignatureText is the length of the longest Prefix and Before, in bytes.
	maxSignatureText = 64
	// maxSignatureAge is the largest MaxAgeSeconds: an hour.
	maxSignatureAge = 3600
)

// signatureForms lists the values of Signature.Form.
func signatureForms() []string { return []string{SignatureOfBody, SignatureOfForm, SignatureToken} }

var (
	// headerName matches a header in the spelling in which net/http has it.
	headerName = regexp.MustCompile(`^[A-Z][a-z0-9]*(-[A-Z0-9][a-z0-9]*)*$`)
	// printable matches texts of ASCII characters that can stand in a header.
	printable = regexp.MustCompile(`^[!-~]*$`)
)

// CoversMessage reports whether the signature no longer fits when the message changes.
func (s *Signature) CoversMessage() bool { return s.Form != SignatureToken }

// NeedsURL reports whether the signature covers the public URL of the app, which only a declaration can say.
func (s *Signature) NeedsURL() bool { return s.Form == SignatureOfForm }

// checkSignature checks how messages are signed, and the routes of which they are.
func (s *Shape) checkSignature(f *faults) {
	isSigned := func(r Route) bool { return r.Signed }
	if s.Signature == nil {
		if i := slices.IndexFunc(s.Routes, isSigned); i >= 0 {
			f.add(fmt.Sprintf("routes[%d].signed", i), "the shape has no signature", "Describe it under signature, or remove signed.")
		}
		return
	}
	g := s.Signature
	f.checkOneOf("signature.form", g.Form, signatureForms())
	checkSignatureHeader(f, "signature.header", g.Header)
	g.checkTexts(f)
	g.checkAge(f)
	if s.Side == SideProcessors {
		f.add("signature", "the shape is for processors only", "Remove it: the app itself signs what it sends.")
	}
	if !slices.ContainsFunc(s.Routes, isSigned) {
		f.add("signature", "no route is signed", "Write `signed: true` at the routes whose messages are signed.")
	}
	for i := range s.Routes {
		if s.Routes[i].Signed {
			s.checkSignedRoute(f, fmt.Sprintf("routes[%d].signed", i), &s.Routes[i])
		}
	}
}

// checkSignatureHeader checks the name of a header that a signature uses.
func checkSignatureHeader(f *faults, where, name string) {
	if name != http.CanonicalHeaderKey(name) || !headerName.MatchString(name) {
		f.add(where, fmt.Sprintf("%q is not the name of a header", name), "Write each part with a capital letter first: X-Hub-Signature-256.")
		return
	}
	taken := []string{"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Host", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}
	if slices.Contains(taken, name) || strings.HasPrefix(name, "Chaperone-") {
		f.add(where, fmt.Sprintf("%s has another meaning", name), "Name a header of the messaging service.")
	}
}

// checkTexts checks what belongs to signatures of the body only.
func (s *Signature) checkTexts(f *faults) {
	for where, text := range map[string]string{"signature.prefix": s.Prefix, "signature.before": s.Before} {
		if len(text) > maxSignatureText || !printable.MatchString(text) {
			f.add(where, fmt.Sprintf("%q is too long or has other characters than printable ones", text), fmt.Sprintf("Use at most %d ASCII characters.", maxSignatureText))
		}
	}
	if s.Form != SignatureOfBody && s.Prefix+s.Before+s.Timestamp != "" {
		f.add("signature", "only "+SignatureOfBody+" has prefix, before and timestamp", "Remove them.")
	}
}

// checkAge checks that the time of a message, its age and what is signed fit together.
func (s *Signature) checkAge(f *faults) {
	if strings.Contains(strings.ReplaceAll(s.Before, VarTimestamp, ""), "${") {
		f.add("signature.before", fmt.Sprintf("%q has another variable than %s", s.Before, VarTimestamp), "Correct it.")
	}
	if (s.Timestamp != "") != strings.Contains(s.Before, VarTimestamp) {
		f.add("signature.timestamp", "the header is named, and before has no "+VarTimestamp+", or the other way round", "Write both, or none.")
	}
	if s.Timestamp == "" {
		if s.MaxAgeSeconds != 0 {
			f.add("signature.maxAgeSeconds", "there is no timestamp", "Remove it, or name the header.")
		}
		return
	}
	checkSignatureHeader(f, "signature.timestamp", s.Timestamp)
	if s.MaxAgeSeconds < 1 || s.MaxAgeSeconds > maxSignatureAge {
		f.add("signature.maxAgeSeconds", fmt.Sprintf("it is %d", s.MaxAgeSeconds), fmt.Sprintf("Use 1 to %d.", maxSignatureAge))
	}
}

// checkSignedRoute checks that the sidecar reads the body that is signed.
func (s *Shape) checkSignedRoute(f *faults, where string, r *Route) {
	if !r.IsRead() || !isSubset(r.Method, bodyMethods) {
		f.add(where, "the route has no body that the sidecar reads", "Use POST, PUT or PATCH, and a use such as control or turn.")
	}
	if s.Signature.Form == SignatureOfForm && s.requestOf(r).Fields != FieldsInForm {
		f.add(where, "the signature covers the fields of a form, and the requests of the route are none", "Set `fields: form` in their document.")
	}
}
