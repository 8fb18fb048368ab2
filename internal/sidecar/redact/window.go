package redact

// Window redacts a text that arrives in pieces. All that it has appended so far, together with what Close appends, is what
// Set.Text makes of the whole text, for every way of cutting it between characters. It holds back at most lookBytes while no
// match is open, and below 1 KiB in any case. It is not safe for concurrent use.
type Window struct {
	set *Set
	// text is what is held, after up to lookBytes of text that is already out but still looked at.
	text []byte
	at   span
}

// Window returns an empty window.
func (s *Set) Window() *Window {
	return &Window{set: s}
}

// Write takes the next piece (whole characters of UTF-8) and appends to dst what is decided.
func (w *Window) Write(dst, piece []byte, counts *Counts) []byte {
	if w.set.Empty() {
		return append(dst, piece...)
	}
	w.text = append(w.text, piece...)
	dst, w.at = w.set.scan(dst, w.text, w.at, false, counts)
	w.forget()
	return dst
}

// Close appends what was held back. The window is empty then and may be used for another text.
func (w *Window) Close(dst []byte, counts *Counts) []byte {
	if len(w.text) > 0 {
		dst, _ = w.set.scan(dst, w.text, w.at, true, counts)
	}
	w.text, w.at = w.text[:0], span{}
	return dst
}

// Held is how many bytes of text are held back.
func (w *Window) Held() int { return len(w.text) - w.at.done }

// forget drops what no later decision can look at.
func (w *Window) forget() {
	cut := w.at.keep
	if cut == 0 {
		return
	}
	w.text = w.text[:copy(w.text, w.text[cut:])]
	w.at = span{done: w.at.done - cut, settled: max(0, w.at.settled-cut)}
}
