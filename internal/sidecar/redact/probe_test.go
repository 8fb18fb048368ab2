package redact_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// TestProbeForEveryCut: wherever a window is in a text, a Probe finds the personal data that the rest of the text has, counted from the first byte
// that the window holds back, and the window goes on as if nobody had asked.
func TestProbeForEveryCut(t *testing.T) {
	set := newSet(t, all...)
	var probe redact.Probe
	for _, text := range corpus {
		whole := set.Ranges([]byte(text))
		for cut := range text {
			var counts redact.Counts
			w := set.Window()
			out := w.Write(nil, []byte(text[:cut]), &counts)
			written := cut - w.Held()
			if diff := cmp.Diff(text[written:cut], string(w.HeldText())); diff != "" {
				t.Fatalf("held text of %q, cut at %d (-want +got):\n%s", text, cut, diff)
			}
			var want []redact.Range
			for _, r := range whole {
				if r.Start >= written {
					r.Start, r.End = r.Start-written, r.End-written
					want = append(want, r)
				}
			}
			probe.Begin(w)
			probe.Write([]byte(text[cut:]))
			if diff := cmp.Diff(want, probe.Ranges(), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%q, cut at %d (-want +got):\n%s", text, cut, diff)
			}
			out = w.Close(w.Write(out, []byte(text[cut:]), &counts), &counts)
			if diff := cmp.Diff(redactWhole(set, text), string(out)); diff != "" {
				t.Fatalf("window after the probe, %q, cut at %d (-want +got):\n%s", text, cut, diff)
			}
		}
	}
}

// TestCutEndsTheText: what a window has written and what Cut writes is the redaction of the text up to the cut.
func TestCutEndsTheText(t *testing.T) {
	set := newSet(t, all...)
	var counts redact.Counts
	w := set.Window()
	out := w.Write(nil, []byte("Pay 4111 1111 1111 1111 or joe@shop"), &counts)
	kept := w.Held() - len("joe@shop")
	if got := string(w.Cut(out, kept, &counts)); got != "Pay [redacted:payment-card] or " || w.Held() != 0 {
		t.Errorf("output is %q, and %d bytes are held back", got, w.Held())
	}
}
