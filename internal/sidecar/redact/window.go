package redact

import "unicode/utf8"

// maxKept is how many bytes of memory a window keeps from one piece to the next. It holds back less than 1 KiB.
const maxKept = 2 << 10

// Window redacts a text that arrives in pieces. What Write and Close append is together what Set.Text appends for the whole text, wherever
// the text is cut between characters. A Window holds back at most 64 bytes (lookBytes), and an incomplete JSON escape after them, while no
// detector needs more text, and less than 1 KiB in any case. Of the text that it has written, at most 64 bytes can affect later decisions;
// its buffer is reused without being cleared. It is not safe for concurrent use.
type Window struct {
	set *Set
	// text begins with up to 64 bytes (lookBytes) of original text that is redacted and in the output already, because later decisions can
	// read it. After that comes the text that the window holds back.
	text []byte
	// progress is how far the scan of the field text for personal data has come, and start the syntax at the start of a text.
	progress progress
	start    syntax
}

// Window returns an empty window.
func (s *Set) Window() *Window {
	return &Window{set: s}
}

// DataWindow returns an empty window for texts that no person reads, such as the arguments of a tool. Their beginning alone says whether they are
// JSON, because a text that arrives in pieces cannot be read as a whole.
func (s *Set) DataWindow() *Window {
	start := newDataSyntax()
	return &Window{set: s, start: start, progress: progress{syntax: start}}
}

// Write takes the next piece of the text, which consists of whole characters of UTF-8, and appends to dst the part of the redacted text
// that later pieces cannot change.
func (w *Window) Write(dst, piece []byte, counts *Counts) []byte {
	if w.set.Empty() {
		return append(dst, piece...)
	}
	w.text = append(w.text, piece...)
	dst, w.progress = w.set.scan(dst, scanned{w.text, collectClasses(w.text)}, w.progress, false, counts)
	w.forget()
	return dst
}

// Close ends the text and appends the rest of it to dst. The window is then empty and can be used for another text.
func (w *Window) Close(dst []byte, counts *Counts) []byte {
	if len(w.text) > 0 {
		dst, _ = w.set.scan(dst, scanned{w.text, collectClasses(w.text)}, w.progress, true, counts)
	}
	w.text, w.progress = w.text[:0], progress{syntax: w.start}
	return dst
}

// HeldText returns the text that the window holds back. It is valid until the next call of Write or Close.
func (w *Window) HeldText() []byte { return w.text[w.progress.written:] }

// Cut ends the text after the first bytes of what the window holds back, as many as kept says, and drops the rest. It appends to dst what
// Close appends.
func (w *Window) Cut(dst []byte, kept int, counts *Counts) []byte {
	w.text = w.text[:w.progress.written+kept]
	w.progress.identifierEnd = min(w.progress.identifierEnd, len(w.text))
	return w.Close(dst, counts)
}

// writeAll takes a text in pieces of at most 32 KiB (maxPiece), cut between characters, and ends it. It appends the redacted text to dst.
func (w *Window) writeAll(dst, text []byte, counts *Counts) []byte {
	for len(text) > maxPiece {
		end := maxPiece
		// Move the cut back to the start of a character, which has at most utf8.UTFMax bytes.
		for end > maxPiece-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		dst = w.Write(dst, text[:end], counts)
		text = text[end:]
	}
	return w.Close(w.Write(dst, text, counts), counts)
}

// Held returns how many bytes of text the window holds back.
func (w *Window) Held() int { return len(w.text) - w.progress.written }

// forget drops from w.text the beginning that no later decision can read.
func (w *Window) forget() {
	cut := w.progress.lookBack
	kept := w.text[cut:]
	if cap(w.text) > maxKept && len(kept) <= maxKept {
		// Give back the memory that a large piece took, because a stream can have many windows.
		w.text = append(make([]byte, 0, maxKept), kept...)
	} else if cut > 0 {
		w.text = w.text[:copy(w.text, kept)]
	}
	// Count the progress from the new start of w.text.
	w.progress = progress{written: w.progress.written - cut, minStart: max(0, w.progress.minStart-cut),
		identifierEnd: max(0, w.progress.identifierEnd-cut), syntax: w.progress.syntax, ranges: w.progress.ranges, base: w.progress.base + cut}
}
