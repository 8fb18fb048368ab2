package receipt

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

var (
	noon     = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	version  = NewVersion([]string{"Do you agree?"})
	scope    = Scope{Chatbot: "shop/support", UID: "u1", Conversation: "http /v1 c1", Person: "p1"}
	firstKey = bytes.Repeat([]byte{1}, MinKeyBytes)
	nextKey  = bytes.Repeat([]byte{2}, MinKeyBytes)
)

func newToken() string {
	return Seal(Receipt{Topics: 1, Version: version, Given: noon.Add(-time.Hour), Issued: noon}, scope, firstKey)
}

func TestReceiptsOpenWithEachKey(t *testing.T) {
	token := newToken()
	for name, keys := range map[string][][]byte{"its key": {firstKey}, "its key, replaced": {nextKey, firstKey}} {
		got, err := Open(token, scope, keys, version, noon.Add(Lifetime-time.Second))
		if err != nil || got.Topics != 1 || !got.Given.Equal(noon.Add(-time.Hour)) || !got.Issued.Equal(noon) {
			t.Errorf("%s: %+v, error %v", name, got, err)
		}
	}
	if len(token) != Length || token == newToken() {
		t.Errorf("a receipt of %d bytes, want %d, and no two the same", len(token), Length)
	}
}

// TestReceiptsHoldNowhereElse: what a receipt belongs to is signed, and so is each of its bytes.
func TestReceiptsHoldNowhereElse(t *testing.T) {
	token := newToken()
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"p1"}`)) + "."
	cases := map[string]struct {
		token   string
		scope   Scope
		keys    [][]byte
		version Version
		after   time.Duration
		want    error
	}{
		"another chatbot":       {scope: Scope{"shop/other", "u1", "http /v1 c1", "p1"}, want: ErrForged},
		"another tenant":        {scope: Scope{"bank/support", "u1", "http /v1 c1", "p1"}, want: ErrForged},
		"created again":         {scope: Scope{"shop/support", "u2", "http /v1 c1", "p1"}, want: ErrForged},
		"another conversation":  {scope: Scope{"shop/support", "u1", "http /v1 c2", "p1"}, want: ErrForged},
		"another person":        {scope: Scope{"shop/support", "u1", "http /v1 c1", "p2"}, want: ErrForged},
		"borders moved":         {scope: Scope{"shop/support", "u1", "http /v1 c1p", "1"}, want: ErrForged},
		"another key":           {keys: [][]byte{nextKey}, want: ErrForged},
		"no key":                {keys: [][]byte{}, want: ErrForged},
		"other questions":       {version: NewVersion([]string{"Do you agree", "?"}), want: ErrStale},
		"too late":              {after: Lifetime, want: ErrStale},
		"from the future":       {after: -maxSkew - time.Second, want: ErrStale},
		"a clock that is late":  {after: -maxSkew},
		"a JSON Web Token":      {token: none, want: ErrForged},
		"nothing signed":        {token: token[:len(token)-43], want: ErrForged},
		"the signature emptied": {token: token[:len(token)-43] + strings.Repeat("A", 43), want: ErrForged},
		"other unused bits":     {token: token[:len(token)-1] + "_", want: ErrForged},
		"a blank":               {token: token + " ", want: ErrForged},
		"another prefix":        {token: "ccr2." + token[5:], want: ErrForged},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.token == "" {
				tc.token = token
			}
			if tc.scope == (Scope{}) {
				tc.scope = scope
			}
			if tc.keys == nil {
				tc.keys = [][]byte{firstKey}
			}
			if tc.version == (Version{}) {
				tc.version = version
			}
			if _, err := Open(tc.token, tc.scope, tc.keys, tc.version, noon.Add(tc.after)); !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
		})
	}
	for i := len(prefix); i < len(token); i++ {
		changed := []byte(token)
		if changed[i]++; token[i] == 'z' || token[i] == '9' || token[i] == 'Z' || token[i] == '-' || token[i] == '_' {
			changed[i] = 'b'
		}
		if _, err := Open(string(changed), scope, [][]byte{firstKey}, version, noon); !errors.Is(err, ErrForged) {
			t.Errorf("byte %d changed from %c to %c: error %v", i, token[i], changed[i], err)
		}
	}
}

// FuzzOpen: no text is a receipt, apart from those that the key has signed.
func FuzzOpen(f *testing.F) {
	f.Add(newToken())
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := Open(token, scope, [][]byte{nextKey}, version, noon); !errors.Is(err, ErrForged) {
			t.Errorf("error %v", err)
		}
	})
}
