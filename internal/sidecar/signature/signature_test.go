package signature_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/signature"
)

// The schemes of the messaging services.
var (
	meta  = shape.Signature{Form: shape.SignatureOfBody, Header: "X-Hub-Signature-256", Prefix: "sha256="}
	slack = shape.Signature{
		Form: shape.SignatureOfBody, Header: "X-Slack-Signature", Prefix: "v0=", Before: "v0:${timestamp}:", Timestamp: "X-Slack-Request-Timestamp", MaxAgeSeconds: 300,
	}
	twilio   = shape.Signature{Form: shape.SignatureOfForm, Header: "X-Twilio-Signature"}
	telegram = shape.Signature{Form: shape.SignatureToken, Header: "X-Telegram-Bot-Api-Secret-Token"}
)

// slackBody is the body of the example in the documentation of Slack, which has the secret, the time and the signature too.
const slackBody = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&" +
	"user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F" +
	"96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"

// twilioBody has the fields of the example in the documentation of Twilio.
const twilioBody = "From=%2B14158675309&To=%2B18005551212&CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234"

// TestSignaturesOfServices checks signatures that the services themselves document, and what does not fit.
func TestSignaturesOfServices(t *testing.T) {
	const slackSigned = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
	slackHeader := http.Header{"X-Slack-Signature": {slackSigned}, "X-Slack-Request-Timestamp": {"1531420618"}}
	slackMessage := signature.Message{Header: slackHeader, Body: []byte(slackBody)}
	twilioHeader := http.Header{"X-Twilio-Signature": {"RSOYDt4T1cUTdK1PDd93/VVr8B8="}}
	twilioMessage := signature.Message{Header: twilioHeader, URI: "/myapp.php?foo=1&bar=2", Body: []byte(twilioBody)}
	metaHeader := http.Header{"X-Hub-Signature-256": {"sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"}}
	metaMessage := signature.Message{Header: metaHeader, Body: []byte("The quick brown fox jumps over the lazy dog")}
	sent := time.Unix(1531420618, 0)
	for name, tc := range map[string]struct {
		form   shape.Signature
		secret string
		now    time.Time
		m      signature.Message
		want   error
	}{
		"Meta":                         {meta, "key", sent, metaMessage, nil},
		"Meta, another body":           {meta, "key", sent, signature.Message{Header: metaHeader, Body: []byte("The quick")}, signature.ErrMismatch},
		"Meta, another secret":         {meta, "keys", sent, metaMessage, signature.ErrMismatch},
		"Meta, without a signature":    {meta, "key", sent, signature.Message{Body: metaMessage.Body}, signature.ErrAbsent},
		"Meta, two signatures":         {meta, "key", sent, withHeader(metaMessage, "X-Hub-Signature-256", metaHeader.Get("X-Hub-Signature-256"), "x"), signature.ErrAbsent},
		"Meta, empty":                  {meta, "key", sent, withHeader(metaMessage, "X-Hub-Signature-256", ""), signature.ErrMismatch},
		"Slack":                        {slack, "8f742231b10e8888abcd99yyyzzz85a5", sent, slackMessage, nil},
		"Slack, after five minutes":    {slack, "8f742231b10e8888abcd99yyyzzz85a5", sent.Add(300 * time.Second), slackMessage, nil},
		"Slack, a second later":        {slack, "8f742231b10e8888abcd99yyyzzz85a5", sent.Add(301 * time.Second), slackMessage, signature.ErrStale},
		"Slack, from the future":       {slack, "8f742231b10e8888abcd99yyyzzz85a5", sent.Add(-301 * time.Second), slackMessage, signature.ErrStale},
		"Slack, without a time":        {slack, "8f742231b10e8888abcd99yyyzzz85a5", sent, withHeader(slackMessage, "X-Slack-Request-Timestamp"), signature.ErrAbsent},
		"Slack, a time that is none":   {slack, "8f742231b10e8888abcd99yyyzzz85a5", sent, withHeader(slackMessage, "X-Slack-Request-Timestamp", "now"), signature.ErrStale},
		"Slack, another time":          {slack, "8f742231b10e8888abcd99yyyzzz85a5", sent, withHeader(slackMessage, "X-Slack-Request-Timestamp", "1531420619"), signature.ErrMismatch},
		"Twilio":                       {twilio, "12345", sent, twilioMessage, nil},
		"Twilio, another path":         {twilio, "12345", sent, signature.Message{Header: twilioHeader, URI: "/", Body: twilioMessage.Body}, signature.ErrMismatch},
		"Twilio, another field":        {twilio, "12345", sent, signature.Message{Header: twilioHeader, URI: twilioMessage.URI, Body: []byte(twilioBody + "&x=1")}, signature.ErrMismatch},
		"Twilio, a value that is here": {twilio, "12345", sent, signature.Message{Header: twilioHeader, URI: twilioMessage.URI, Body: []byte(twilioBody + "&Digits=1234")}, nil},
		"Telegram":                     {telegram, "abc", sent, signature.Message{Header: http.Header{"X-Telegram-Bot-Api-Secret-Token": {"abc"}}}, nil},
		"Telegram, another token":      {telegram, "abc", sent, signature.Message{Header: http.Header{"X-Telegram-Bot-Api-Secret-Token": {"abd"}}}, signature.ErrMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			scheme := newScheme(t, tc.form, tc.secret, func() time.Time { return tc.now })
			key, err := scheme.Check(tc.m)
			if !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
				t.Fatalf("error %v, want %v", err, tc.want)
			}
			if err == nil && string(key.Secret) != tc.secret {
				t.Errorf("secret is %q", key.Secret)
			}
		})
	}
}

// withHeader returns the message with other values of a header.
func withHeader(m signature.Message, name string, values ...string) signature.Message {
	m.Header = m.Header.Clone()
	m.Header[name] = values
	return m
}

// newScheme returns a scheme whose secret is in a file, with a line break at its end.
func newScheme(t *testing.T, form shape.Signature, secret string, now func() time.Time) *signature.Scheme {
	t.Helper()
	folder := t.TempDir()
	write(t, folder, secret+"\n")
	return &signature.Scheme{Signature: form, BaseURL: "https://mycompany.com", Port: "http", Secrets: signature.NewSecrets(folder, now), Now: now}
}

func write(t *testing.T, folder, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, "http"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReplacedSecret: a new secret holds at once, and the one before it for the grace time.
func TestReplacedSecret(t *testing.T) {
	now := time.Unix(1531420618, 0)
	folder := t.TempDir()
	secrets := signature.NewSecrets(folder, func() time.Time { return now })
	read := func() (all []string) {
		found, err := secrets.Read("http")
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range found {
			all = append(all, string(secret))
		}
		return all
	}
	check := func(want ...string) {
		t.Helper()
		got := read()
		if len(got) != len(want) || got[0] != want[0] || got[len(got)-1] != want[len(want)-1] {
			t.Errorf("secrets are %q, want %q", got, want)
		}
	}
	write(t, folder, "first")
	check("first")
	write(t, folder, "second")
	check("second", "first")
	now = now.Add(signature.GraceTime)
	check("second", "first")
	now = now.Add(time.Second)
	check("second")
	write(t, folder, "third")
	check("third", "second")
}

// TestSecretsThatCannotBeRead: without a usable file nothing is checked, and no error holds what is in it.
func TestSecretsThatCannotBeRead(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "a line break": "\r\n", "too long": string(make([]byte, 4097))} {
		folder := t.TempDir()
		write(t, folder, content)
		if _, err := signature.NewSecrets(folder, time.Now).Read("http"); err == nil {
			t.Errorf("%s: it was read", name)
		}
	}
	scheme := &signature.Scheme{Signature: meta, Port: "http", Secrets: signature.NewSecrets(t.TempDir(), time.Now), Now: time.Now}
	if _, err := scheme.Check(signature.Message{Header: http.Header{"X-Hub-Signature-256": {"sha256="}}}); !errors.Is(err, signature.ErrSecret) {
		t.Errorf("without a file: %v", err)
	}
}

// TestPortInURL: Twilio signs the URL with or without its port, and what is signed again has the spelling that was signed.
func TestPortInURL(t *testing.T) {
	for name, tc := range map[string]struct {
		declared, signed string
		want             error
	}{
		"no port":                {"https://bot.example", "https://bot.example", nil},
		"the usual port":         {"https://bot.example", "https://bot.example:443", nil},
		"without the usual port": {"https://bot.example:443", "https://bot.example", nil},
		"without TLS":            {"http://bot.example", "http://bot.example:80", nil},
		"without another port":   {"https://bot.example:8443/a", "https://bot.example/a", nil},
		"another port":           {"https://bot.example", "https://bot.example:8443", signature.ErrMismatch},
		"another host":           {"https://bot.example", "https://bot.example.other", signature.ErrMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			scheme := newScheme(t, twilio, "12345", time.Now)
			scheme.BaseURL = tc.declared
			m := signature.Message{URI: "/sms", Body: []byte(twilioBody), Header: http.Header{"X-Twilio-Signature": {signTwilio(tc.signed+"/sms", twilioBody)}}}
			key, err := scheme.Check(m)
			if !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
				t.Fatalf("error %v, want %v", err, tc.want)
			}
			if err != nil {
				return
			}
			m.Body = []byte("Body=changed")
			if got, want := scheme.Sign(m, key), signTwilio(tc.signed+"/sms", "Body=changed"); got != want {
				t.Errorf("signed again as %s, want %s", got, want)
			}
		})
	}
}

// signTwilio returns the signature of a form whose fields are sorted by name.
func signTwilio(address, body string) string {
	mac := hmac.New(sha1.New, []byte("12345"))
	_, _ = mac.Write([]byte(address))
	fields, _ := url.ParseQuery(body)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		_, _ = mac.Write([]byte(name + fields.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// TestLookAtSecrets: a look notes a change, and finds a file that comes later. A secret that has been replaced for the grace time is good no
// longer, not even if the clock goes back.
func TestLookAtSecrets(t *testing.T) {
	now := time.Unix(1531420618, 0)
	folder := t.TempDir()
	secrets := signature.NewSecrets(folder, func() time.Time { return now })
	count := func() int {
		found, err := secrets.Read("http")
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	secrets.Look("http")
	write(t, folder, "first")
	secrets.Look()
	write(t, folder, "second")
	secrets.Look()
	if got := count(); got != 2 {
		t.Errorf("after the change there are %d secrets", got)
	}
	now = now.Add(signature.GraceTime + time.Second)
	secrets.Look()
	now = now.Add(-time.Minute)
	if got := count(); got != 1 {
		t.Errorf("after the grace time there are %d secrets", got)
	}
}
