package redact_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// TestRangesAreWhatTextReplaces also takes texts that are scanned in several pieces.
func TestRangesAreWhatTextReplaces(t *testing.T) {
	set := newSet(t, all...)
	for _, text := range append(corpus, strings.Repeat("é joe@shop.example ", redact.MaxPiece/8)) {
		var replaced strings.Builder
		at := 0
		for _, r := range set.Ranges([]byte(text)) {
			replaced.WriteString(text[at:r.Start] + r.Kind.Mark())
			at = r.End
		}
		replaced.WriteString(text[at:])
		if diff := cmp.Diff(redactWhole(set, text), replaced.String()); diff != "" {
			t.Errorf("text (-want +got):\n%s", diff)
		}
	}
}

func TestRangesOfContacts(t *testing.T) {
	set, err := redact.NewSet(all, "help@shop.example")
	if err != nil {
		t.Fatal(err)
	}
	want := []redact.Range{{Kind: redact.Email, Start: 6, End: 23, IsContact: true}, {Kind: redact.Email, Start: 27, End: 43}}
	if diff := cmp.Diff(want, set.Ranges([]byte("Write help@shop.example or joe@shop.example"))); diff != "" {
		t.Errorf("ranges (-want +got):\n%s", diff)
	}
}
