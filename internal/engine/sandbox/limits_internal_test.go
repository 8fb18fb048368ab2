package sandbox

import (
	"strings"
	"testing"
)

func TestShortenAtTheLimit(t *testing.T) {
	whole := strings.Repeat("a", maxText)
	if got := Shorten(whole); got != whole {
		t.Errorf("a text of %d bytes has %d", maxText, len(got))
	}
	if got := Shorten(whole + "a"); got != whole+"…" {
		t.Errorf("one more byte: %d bytes", len(got))
	}
	if got := Shorten(whole[1:] + "é"); got != whole[1:]+"…" {
		t.Errorf("a character is cut: %q", got[maxText-2:])
	}
}

// TestRoomForPrograms fills a worker up to maxProgramBytes: there is room for exactly that much, and for a program that it has already.
func TestRoomForPrograms(t *testing.T) {
	program := func(name string, length int) *Program {
		p, err := NewProgram(Source{Policy: name, Modules: []Text{{Rego: strings.Repeat("a", length)}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	had := program("had", 100)
	p := &process{programs: map[string]bool{had.key: true}, programBytes: maxProgramBytes - 10}
	for length, want := range map[int]bool{10: true, 11: false} {
		if got := p.hasRoomFor(program("new", length)); got != want {
			t.Errorf("room for %d of 10 bytes: %t", length, got)
		}
	}
	if !p.hasRoomFor(had) {
		t.Error("no room for a program that it has")
	}
}
