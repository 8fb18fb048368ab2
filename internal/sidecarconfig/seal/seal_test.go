package seal_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// newKey returns a key that depends only on the byte.
func newKey(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func publicOf(keys ...ed25519.PrivateKey) []ed25519.PublicKey {
	var public []ed25519.PublicKey
	for _, key := range keys {
		public = append(public, key.Public().(ed25519.PublicKey))
	}
	return public
}

func newStatement() seal.Statement {
	return seal.Statement{
		Chatbot: "shop/support", UID: "u-1", Digest: seal.ComputeDigest([]byte("{}\n")), Serial: 7, NotBefore: noon, Expires: noon.Add(time.Hour),
	}
}

func sign(t *testing.T, s seal.Statement, keys ...ed25519.PrivateKey) []byte {
	t.Helper()
	file, err := seal.Sign(s, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOpenReturnsWhatWasSigned(t *testing.T) {
	first, second, other := newKey(1), newKey(2), newKey(3)
	for name, keys := range map[string][]ed25519.PublicKey{
		"the sidecar knows the first key":             publicOf(first),
		"the sidecar knows the second key":            publicOf(second),
		"the sidecar knows a later key and the first": publicOf(other, first),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := seal.Open(sign(t, newStatement(), first, second), keys)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(newStatement(), got); diff != "" {
				t.Errorf("statement (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	key := newKey(1)
	good := string(sign(t, newStatement(), key))
	replace := func(old, replacement string) []byte { return []byte(strings.Replace(good, old, replacement, 1)) }
	tests := map[string]struct {
		file []byte
		want error
		text string
	}{
		"no file":                             {nil, seal.ErrUnsigned, ""},
		"another key":                         {sign(t, newStatement(), newKey(2)), seal.ErrUnknownKey, ""},
		"another key under our identifier":    {replace(good[strings.LastIndex(good, " ")+1:], string(sign(t, newStatement(), newKey(2))[strings.LastIndex(good, " ")+1:])), seal.ErrBadSignature, ""},
		"another chatbot":                     {replace("shop/support", "shop/other"), seal.ErrBadSignature, ""},
		"a greater serial":                    {replace("serial: 7", "serial: 8"), seal.ErrBadSignature, ""},
		"a later expiry":                      {replace("13:00", "14:00"), seal.ErrBadSignature, ""},
		"another purpose":                     {replace("sidecar configuration 1", "sidecar configuration 2"), seal.ErrBadSignature, ""},
		"a line more":                         {replace("serial:", "note: x\nserial:"), seal.ErrBadSignature, ""},
		"a signature that is not base64":      {replace("==\n", "=!\n"), seal.ErrBadSignature, ""},
		"no signature":                        {[]byte(good[:strings.Index(good, "\n\n")+1]), nil, "no signature after the statement"},
		"an empty list of signatures":         {[]byte(good[:strings.Index(good, "\n\n")+2]), seal.ErrUnknownKey, ""},
		"a file that is too long":             {bytes.Repeat([]byte("a"), 16<<10+1), nil, "the maximum is 16384"},
		"too many signatures":                 {[]byte(good + strings.Repeat("x y\n", 64)), nil, "65 signatures; the maximum is 64"},
		"one good signature and a bad one":    {[]byte(good + strings.Replace(good[strings.Index(good, "\n\n")+2:], " ", " A", 1)), seal.ErrBadSignature, ""},
		"a signature over the empty line too": {append([]byte("\n"), good...), seal.ErrBadSignature, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := seal.Open(tc.file, publicOf(key))
			if err == nil || !errors.Is(err, tc.want) && tc.want != nil || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("error %v of %+v, want %v %s", err, got, tc.want, tc.text)
			}
		})
	}
}

func TestSignRefuses(t *testing.T) {
	tests := map[string]func(*seal.Statement){
		"a name with a line feed":        func(s *seal.Statement) { s.Chatbot = "shop/support\nserial: 9" },
		"a UID with a blank":             func(s *seal.Statement) { s.UID = "u 1" },
		"no name":                        func(s *seal.Statement) { s.Chatbot = "" },
		"serial 0":                       func(s *seal.Statement) { s.Serial = 0 },
		"an expiry before it gets valid": func(s *seal.Statement) { s.Expires = s.NotBefore },
		"a negative serial":              func(s *seal.Statement) { s.Serial = -1 },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStatement()
			change(&s)
			if file, err := seal.Sign(s, newKey(1)); err == nil {
				t.Errorf("signed:\n%s", file)
			}
		})
	}
	if _, err := seal.Sign(newStatement()); err == nil {
		t.Error("signed without a key")
	}
}

func TestParseKeys(t *testing.T) {
	keys := publicOf(newKey(1), newKey(2))
	text := seal.FormatKey(keys[0]) + "," + seal.FormatKey(keys[1])
	got, err := seal.ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keys, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", text + ",", text[:40], strings.ToUpper("not a key"), text + "," + text[:4]} {
		if _, err := seal.ParseKeys(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzOpen(f *testing.F) {
	key := newKey(1)
	good, err := seal.Sign(newStatement(), key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := seal.Open(file, publicOf(key))
		if err == nil && s != newStatement() {
			t.Errorf("took %+v, which was not signed", s)
		}
	})
}
