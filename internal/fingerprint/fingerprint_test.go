package fingerprint_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/fingerprint"
)

// Parts that lie next to each other do not run into each other.
func TestFingerprintsKeepPartsApart(t *testing.T) {
	type pair struct {
		A, B any
	}
	cases := map[string]pair{
		"texts":               {[]string{"ab", "c"}, []string{"a", "bc"}},
		"an empty text":       {[]string{"a", ""}, []string{"a"}},
		"nil and empty":       {[]string(nil), []string{}},
		"nil and empty maps":  {map[string]string(nil), map[string]string{}},
		"keys and values":     {map[string]string{"a": "b"}, map[string]string{"b": "a"}},
		"lists in lists":      {[][]string{{"a"}, {"b"}}, [][]string{{"a", "b"}, {}}},
		"a pointer to zero":   {new(int32), (*int32)(nil)},
		"bytes and more":      {[]byte("a"), []byte("a\x00")},
		"a number's sign":     {int64(-1), int64(1)},
		"large whole numbers": {uint64(1 << 63), uint64(1<<63 + 1)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a, first := fingerprint.Compute(c.A)
			b, second := fingerprint.Compute(c.B)
			if !first || !second || a == b {
				t.Errorf("fingerprints %t %t, equal %t", first, second, a == b)
			}
		})
	}
	one, _ := fingerprint.Compute(map[string]string{"a": "1", "b": "2", "c": "3"})
	for range 20 {
		if other, _ := fingerprint.Compute(map[string]string{"c": "3", "b": "2", "a": "1"}); other != one {
			t.Fatal("the order of a map counts")
		}
	}
}

func TestWhatHasNoContentHasNoFingerprint(t *testing.T) {
	for _, value := range []any{func() {}, make(chan int), struct{ X any }{1}, map[int]string{}} {
		if _, isComparable := fingerprint.Compute(value); isComparable {
			t.Errorf("%T has a fingerprint", value)
		}
	}
	if _, isComparable := fingerprint.Compute(struct{ X any }{}); !isComparable {
		t.Error("a nil interface has no fingerprint")
	}
}
