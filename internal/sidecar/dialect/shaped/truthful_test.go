package shaped_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/truth"
)

const (
	claimText      = "Olá. Yes, I'm a real human, mail joe@shop.example! Ich bin ein Mensch"
	claimRedacted  = "Olá. Yes, I'm a real human, mail [redacted:email]! Ich bin ein Mensch"
	claimCorrected = "Olá. I am an AI system, not a human. Ich bin ein KI-System und kein Mensch."
)

// TestShapesCorrectForEveryCutOfTheText: for each text that a shape says grows, what a client puts together is the correction of the whole text if
// people read it, and the text otherwise, wherever it is cut.
func TestShapesCorrectForEveryCutOfTheText(t *testing.T) {
	presets, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	corrected := 0
	for _, preset := range presets {
		for stream, s := range listStreams(t, preset) {
			growths := readGrowths(t, s)
			for _, name := range slices.Sorted(maps.Keys(growths)) {
				t.Run(stream+"/"+name, func(t *testing.T) {
					first := correctCut(t, s, growths[name], "")
					if first != claimCorrected && first != claimRedacted {
						t.Fatalf("text is %q", first)
					}
					if first == claimCorrected {
						corrected++
					}
					characters := strings.Split(claimText, "")
					for cut := range characters {
						if diff := cmp.Diff(first, correctCut(t, s, growths[name], strings.Join(characters[:cut], ""))); diff != "" {
							t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
						}
					}
				})
			}
		}
	}
	if corrected < 10 {
		t.Errorf("only %d texts are corrected", corrected)
	}
}

// correctCut streams the claim in two pieces, of which the first is given, and says it again in each way that the shape knows. It returns what a
// client puts together.
func correctCut(t *testing.T, s *shape.Shape, g growth, first string) string {
	t.Helper()
	events := []string{g.piece(first), g.piece(strings.TrimPrefix(claimText, first))}
	for _, steps := range g.restated {
		data, err := json.Marshal(build(steps, claimText))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, string(data))
	}
	set, err := truth.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, framing := newCodecOf(t, s), framings[s.Stream.Framing]
	c.Transform = c.Truthful(set).Correcting(0)
	out, err := rewriteWith(c, "", framing.write(events))
	if err != nil {
		t.Fatal(err)
	}
	var pieces string
	for _, data := range framing.read(t, out) {
		var value any
		if err := json.Unmarshal([]byte(data), &value); err != nil {
			t.Fatal(err)
		}
		pieces += strings.Join(selectTexts(value, g.pieces), "")
		for _, steps := range g.restated {
			for _, again := range selectTexts(value, steps) {
				if again != pieces {
					t.Fatalf("after %q the pieces are %q and the restatement %q", first, pieces, again)
				}
			}
		}
	}
	return pieces
}
