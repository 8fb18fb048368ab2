package shape_test

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// TestLoadRefusesSignaturesThatItCannotCheck breaks the signature of a preset in one place at a time.
func TestLoadRefusesSignaturesThatItCannotCheck(t *testing.T) {
	preset := readPreset(t, "chatwoot-agent-bot")
	cases := map[string]struct{ old, broken, want string }{
		"unknown form":            {"form: body-hmac-sha256", "form: md5", `signature.form: "md5" is not known. Use one of body-hmac-sha256, form-hmac-sha1, token.`},
		"unknown key":             {"form: body-hmac-sha256", "form: body-hmac-sha256, key: x", `unknown field "signature.key"`},
		"a header in other words": {"header: X-Chatwoot-Signature", "header: x-chatwoot-signature", `signature.header: "x-chatwoot-signature" is not the name of a header.`},
		"no header":               {"header: X-Chatwoot-Signature", "header: ''", `signature.header: "" is not the name of a header.`},
		"a header of HTTP":        {"header: X-Chatwoot-Signature", "header: Content-Type", "signature.header: Content-Type has another meaning."},
		"a header of ours":        {"header: X-Chatwoot-Signature", "header: Chaperone-Signature", "signature.header: Chaperone-Signature has another meaning."},
		"a long prefix":           {"sha256=", strings.Repeat("a", 65), "signature.prefix: "},
		"a line break":            {`"${timestamp}."`, `"${timestamp}.\n"`, "signature.before: "},
		"another variable":        {`"${timestamp}."`, `"${timestamp}.${id}"`, `signature.before: "${timestamp}.${id}" has another variable than ${timestamp}.`},
		"a time that is unsigned": {`before: "${timestamp}.", `, "", "signature.timestamp: the header is named, and before has no ${timestamp}"},
		"a time without a header": {"timestamp: X-Chatwoot-Timestamp, ", "", "signature.timestamp: the header is named, and before has no ${timestamp}, or the other way round."},
		"no age":                  {", maxAgeSeconds: 300", "", "signature.maxAgeSeconds: it is 0. Use 1 to 3600."},
		"a day":                   {"maxAgeSeconds: 300", "maxAgeSeconds: 86400", "signature.maxAgeSeconds: it is 86400. Use 1 to 3600."},
		"an age of no time": {
			`before: "${timestamp}.", timestamp: X-Chatwoot-Timestamp, `, "", "signature.maxAgeSeconds: there is no timestamp.",
		},
		"keys of another form": {"form: body-hmac-sha256", "form: token", "signature: only body-hmac-sha256 has prefix, before and timestamp."},
		"a form that is none":  {"form: body-hmac-sha256", "form: form-hmac-sha1", "routes[0].signed: the signature covers the fields of a form"},
		"no signed route":      {", signed: true", "", "signature: no route is signed."},
		"no signature":         {"signature: {", "parametersOfNone: {", `unknown field "parametersOfNone"`},
		"a route without body": {"{name: webhook, method: POST", "{name: webhook, method: GET", "routes[0].signed: the route has no body that the sidecar reads."},
		"a route that is unread": {
			"use: turn, answersElsewhere: true, signed: true", "use: pass, signed: true", "routes[0].signed: the route has no body that the sidecar reads.",
		},
		"a shape for processors": {"parameters: {", "side: processors\nparameters: {", "signature: the shape is for processors only."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(preset, tc.old) {
				t.Fatalf("the preset has no %q", tc.old)
			}
			_, err := shape.Load([]byte(strings.Replace(preset, tc.old, tc.broken, 1)))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
	unsigned := strings.Split(preset, "signature: {")
	_, err := shape.Load([]byte(unsigned[0] + unsigned[1][strings.Index(unsigned[1], "\n")+1:]))
	if want := "routes[0].signed: the shape has no signature."; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("signed routes without a signature: error %v, want %q", err, want)
	}
}
