package redact

// Window redacts a text that arrives in pieces. What Write and Close append is together what Set.Text appends for the whole text,
// wherever the text is cut between characters. A Window holds back at most lookBytes while no match is open, and less than 1 KiB
// in any case; it retains no more than lookBytes of text that it has written. It is not safe for concurrent use.
type Window struct {
	set *Set
	// text is the text that the window holds back, after up to lookBytes of written text that a decision can still read.
	text []byte
	at   span
}

// Window returns an empty window.
func (s *Set) Window() *Window {
	return &Window{set: s}
}

// Write takes the next piece (whole characters of UTF-8) and appends to dst what the window can decide.
func (w *Window) Write(dst, piece []byte, counts *Counts) []byte {
	if w.set.Empty() {
		return append(dst, piece...)
	}
	w.text = append(w.text, piece...)
	dst, w.at = w.set.scan(dst, w.text, w.at, false, counts)
	w.forget()
	return dst
}

// Close appends what the window holds back. The window is then empty and can be used for another text.
func (w *Window) Close(dst []byte, counts *Counts) []byte {
	if len(w.text) > 0 {
		dst, _ = w.set.scan(dst, w.text, w.at, true, counts)
	}
	w.text, w.at = w.text[:0], span{}
	return dst
}

// Held returns how many bytes of text the window holds back.
func (w *Window) Held() int { return len(w.text) - w.at.written }

// forget drops the text that no later decision can read.
func (w *Window) forget() {
	cut := w.at.lookBack
	if cut == 0 {
		return
	}
	w.text = w.text[:copy(w.text, w.text[cut:])]
	w.at = span{written: w.at.written - cut, minStart: max(0, w.at.minStart-cut)}
}
