package redact

import (
	"bytes"
	"slices"
)

const (
	// maxShownDigits is how many digits of a number people may see before it is decided whether the number is personal data: a year, and the
	// first group of a payment card.
	maxShownDigits = 4
	// maxShownIBAN is how many characters after its country people may see of what may become an IBAN of few digits.
	maxShownIBAN = 10
)

// Probe finds personal data in the text that a window holds back together with text that may follow it. It leaves the window as it is.
type Probe struct {
	window Window
	found  []Range
}

// Begin has the Probe read what the window has read. It may have been used for another window.
func (p *Probe) Begin(w *Window) {
	p.found = p.found[:0]
	p.window = Window{set: w.set, text: append(p.window.text[:0], w.text...), progress: w.progress}
	p.window.progress.ranges, p.window.progress.base = &p.found, -w.progress.written
}

// Write takes the next piece of the text.
func (p *Probe) Write(piece []byte) { p.window.Write(nil, piece, new(Counts)) }

// Held returns how many bytes at the end of the text more text can still change.
func (p *Probe) Held() int { return p.window.Held() }

// Found returns the ranges of which more text can change nothing, in the order of the text. The result is valid until the next call of Write.
func (p *Probe) Found() []Range { return p.found }

// RangesUpToNow returns what Ranges would return, and does not end the text.
func (p *Probe) RangesUpToNow() []Range {
	found := slices.Clone(p.found)
	w := Window{set: p.window.set, text: bytes.Clone(p.window.text), progress: p.window.progress}
	w.progress.ranges = &found
	w.Close(nil, new(Counts))
	return found
}

// IsTelling reports whether the end of the text that more text can still change is so much of what may become personal data that people can
// tell the rest, because check digits give it away or it is easily guessed: it has an @, a number of more than a few digits, or most of an
// IBAN. What is in the ranges does not count, because people see a mark there.
func (p *Probe) IsTelling(ranges []Range) bool {
	w := &p.window
	text := bytes.Clone(w.text)
	for _, r := range ranges {
		for i := max(0, r.Start-w.progress.base); i < min(len(text), r.End-w.progress.base); i++ {
			text[i] = '\n'
		}
	}
	var v view
	v.fold(text)
	digits := 0
	for i := v.findIndex(w.progress.written); i < len(v.folded); i++ {
		switch c := classes[v.folded[i]] & w.set.triggers; {
		case c&isAt != 0:
			return true
		case c&isDigit != 0:
			digits++
			isIBAN := w.set.enabled[IBAN] && len(v.folded)-i > maxShownIBAN && v.matchIBAN(i).verdict == needsMore
			if isIBAN || digits > maxShownDigits {
				return true
			}
		}
	}
	return false
}

// Ranges ends the text and returns where personal data is in it, from the first byte that the window holds back on. The result is valid until
// the next call of Begin.
func (p *Probe) Ranges() []Range {
	p.window.Close(nil, new(Counts))
	return p.found
}
