package jsontext_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

func TestRewriteTakesTheLargestThatIsAllowed(t *testing.T) {
	const depth = jsontext.MaxDepth
	for name, src := range map[string]string{
		"depth":                   strings.Repeat("[", depth) + strings.Repeat("]", depth),
		"depth, mixed":            strings.Repeat(`[{"a":`, depth/2) + `1` + strings.Repeat("}]", depth/2),
		"many at one depth":       `[` + strings.Repeat("[[]],", depth+1) + `{}]`,
		"digits without exponent": `1` + strings.Repeat("0", 308),
		"exponent":                `1.7e308`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := jsontext.Rewrite(nil, []byte(src), nil, keeper{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(src, string(got)); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRewriteFindsADuplicateAmongAnyNumberOfMembers crosses the number from which on a map finds them.
func TestRewriteFindsADuplicateAmongAnyNumberOfMembers(t *testing.T) {
	for n := 1; n <= 40; n++ {
		for _, twice := range []int{0, n - 1} {
			src := fmt.Sprintf(`{%s"k%d":1}`, manyMembers(n), twice)
			_, err := jsontext.Rewrite(nil, []byte(src), nil, keeper{})
			var refused *jsontext.Error
			if !errors.As(err, &refused) || refused.What != "a member is given twice" {
				t.Errorf("%d members, member %d twice: error %v", n, twice, err)
			}
		}
		src := fmt.Sprintf(`{%s"last":{%s}}`, manyMembers(n), strings.TrimSuffix(manyMembers(n), ","))
		if _, err := jsontext.Rewrite(nil, []byte(src), nil, keeper{}); err != nil {
			t.Errorf("%d members, the same names inside the last: %v", n, err)
		}
	}
}

// TestEveryByteAtEveryPosition: strings are read and written in blocks of eight bytes, in which no byte may hide another one.
func TestEveryByteAtEveryPosition(t *testing.T) {
	for _, filler := range []string{" ", "!", "#", "]", "\x7f", "é"} {
		for size := 1; size <= 17; size++ {
			for at := range size {
				for c := range byte(0x80) {
					checkString(t, strings.Repeat(filler, at)+string(rune(c))+strings.Repeat(filler, size-1-at), c)
				}
			}
		}
	}
}

// checkString checks how a text is written and read, in which only c can need an escape.
func checkString(t *testing.T, text string, c byte) {
	t.Helper()
	written := jsontext.AppendString(nil, text)
	needsEscape := c < ' ' || c == '"' || c == '\\'
	if hasEscape := len(written) > len(text)+len(`""`); hasEscape != needsEscape {
		t.Errorf("%q is written as %s", text, written)
	}
	var read string
	if err := json.Unmarshal(written, &read); err != nil || read != text {
		t.Errorf("%q is written as %s, which encoding/json reads as %q (%v)", text, written, read, err)
	}
	if got, err := jsontext.Rewrite(nil, written, nil, keeper{}); err != nil || string(got) != string(written) {
		t.Errorf("%s is rewritten to %s (%v)", written, got, err)
	}
	if _, err := jsontext.Rewrite(nil, []byte(`"`+text+`"`), nil, keeper{}); (err != nil) != needsEscape {
		t.Errorf("%q without an escape: error %v", text, err)
	}
}

func TestRewriterForgetsTheDocument(t *testing.T) {
	for name, tc := range map[string]struct {
		size int
		want bool
	}{
		"buffers of the largest size": {jsontext.MaxBuffer, true},
		"buffers one byte larger":     {jsontext.MaxBuffer + 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := jsontext.ResetKeeps(tc.size); got != tc.want {
				t.Errorf("reused is %t, want %t", got, tc.want)
			}
		})
	}
	if left := jsontext.LeftAfterReset([]byte(`{"a":"secret"}`)); left != "" {
		t.Errorf("after reset the rewriter still refers to %q", left)
	}
}
