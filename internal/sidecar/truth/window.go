package truth

import (
	"strconv"
	"unicode/utf8"
)

// maxPiece is how many bytes of a text are taken at once.
const maxPiece = 4 << 10

// abbreviations are words after which a period ends no sentence.
var abbreviations = map[string]bool{
	"dr": true, "mr": true, "mrs": true, "ms": true, "prof": true, "hr": true, "fr": true, "sr": true, "sra": true, "dra": true, "mme": true, "st": true,
}

// Window replaces what a chatbot says falsely of itself in a text that arrives in pieces. What Write and Close append is together what Set.Text appends for
// the whole text, wherever it is cut between characters. A Window holds back text only while it may be the beginning of a claim: less than 400
// bytes, and mostly nothing. It is not safe for concurrent use.
type Window struct {
	scan scanner
	// held has the text from the offset base on that is not written yet.
	held []byte
	base int
	// next is the offset of the text that is neither written nor dropped.
	next int
	// asked is the language in which the person has asked what the chatbot is, from 1 on, and 0 if not. hasReplied means that the true answer to
	// that stands in the text.
	asked      int
	hasReplied bool
	// dropping means that the rest of a false sentence, which began at the offset dropStart, is dropped. lastWord is the last word of it.
	dropping  bool
	dropStart int
	lastWord  []byte
	// swallows means that further signs that end the dropped sentence are dropped.
	swallows bool
	// escape is the beginning of an escape of JSON.
	escape []byte
	// corrected is the number of sentences that were replaced.
	corrected int
	out       []byte
}

// Window returns an empty window. asked is the result of Asks for the last message of the person.
func (s *Set) Window(asked int) *Window {
	w := &Window{asked: asked}
	w.begin(s)
	return w
}

// begin prepares for the beginning of a text.
func (w *Window) begin(s *Set) {
	w.scan = newScanner(s, &s.claims)
	w.scan.replies = w.asked > 0
	w.scan.context.last = line
	w.base, w.next, w.dropping, w.swallows, w.hasReplied = 0, 0, false, false, false
}

// Text appends the text to dst with the false sentences replaced, and returns the number of these. asked is that of Window.
func (s *Set) Text(dst, text []byte, asked int) (out []byte, corrected int) {
	w := s.Window(asked)
	dst = w.Close(w.Write(dst, text))
	return dst, w.corrected
}

// Held returns how many bytes of text the window holds back.
func (w *Window) Held() int { return len(w.held) }

// Corrected returns how many sentences were replaced since the text began.
func (w *Window) Corrected() int { return w.corrected }

// ForgetCorrected begins to count again.
func (w *Window) ForgetCorrected() { w.corrected = 0 }

// Write takes the next piece of the text, which consists of whole characters of UTF-8, and appends to dst what later pieces cannot change.
func (w *Window) Write(dst, piece []byte) []byte {
	for len(piece) > maxPiece {
		end := maxPiece
		for end > maxPiece-utf8.UTFMax && !utf8.RuneStart(piece[end]) {
			end--
		}
		dst, piece = w.write(dst, piece[:end]), piece[end:]
	}
	return w.write(dst, piece)
}

// write does the work of Write for a piece that is not long.
func (w *Window) write(dst, piece []byte) []byte {
	w.out = dst
	at := w.base + len(w.held) - len(w.escape)
	piece = w.takeEscape(piece)
	w.held = append(w.held, piece...)
	for len(piece) > 0 {
		r, size := utf8.DecodeRune(piece)
		isEscaped := false
		if r == '\\' && w.scan.context.json.hasEscapes() {
			if r, size = decodeEscape(piece); size == 0 {
				w.escape = append(w.escape[:0], piece...)
				break
			}
			isEscaped = true
		}
		w.char(r, at, at+size, isEscaped)
		at, piece = at+size, piece[size:]
	}
	w.writeTo(w.openFrom(at))
	w.forget()
	dst, w.out = w.out, nil
	return dst
}

// takeEscape puts the beginning of an escape, which is held back, before the piece.
func (w *Window) takeEscape(piece []byte) []byte {
	if len(w.escape) == 0 {
		return piece
	}
	whole := append(w.escape, piece...)
	w.held = w.held[:len(w.held)-len(w.escape)]
	w.escape = nil
	return whole
}

// decodeEscape returns the character that an escape of JSON stands for, and its length; 0 if it is not complete.
func decodeEscape(text []byte) (r rune, size int) {
	const unicodeLength = len(`\u0000`)
	switch {
	case len(text) < 2, text[1] == 'u' && len(text) < unicodeLength:
		return 0, 0
	case text[1] == 'u':
		value, err := strconv.ParseUint(string(text[2:unicodeLength]), 16, 32)
		if err != nil {
			return utf8.RuneError, 1
		}
		return rune(value), unicodeLength
	}
	r, size = utf8.DecodeRune(text[1:])
	switch r {
	case 'n', 'r', 'f':
		r = '\n'
	case 't', 'b':
		r = ' '
	}
	return r, 1 + size
}

// openFrom returns from which offset on the text up to the offset must be held back.
func (w *Window) openFrom(at int) int {
	if w.dropping {
		return at // Nothing before it is held.
	}
	return w.scan.openFrom(at)
}

// char takes a character between two offsets.
func (w *Window) char(r rune, start, end int, isEscaped bool) {
	if w.dropping {
		w.drop(r, start, end, isEscaped)
		return
	}
	if w.swallows {
		c := fold(w.scan.known, r).class
		if w.swallows = (c == stop || c == question) && !isEscaped; w.swallows {
			w.dropTo(end)
			return
		}
	}
	if f, ok := w.scan.char(r, start, end, isEscaped); ok {
		w.replace(f, start)
		// The character that ends the claim may end the sentence.
		w.endBy(w.scan.context.taken, r, start, end)
	}
}

// replace writes the true sentence in place of a false one, whose claim ends before the offset.
func (w *Window) replace(f found, at int) {
	w.writeTo(f.start)
	of := &w.scan.set.forms[f.form]
	sentence := w.scan.set.languages[of.language].human
	switch of.kind {
	case professional:
		sentence = w.scan.set.languages[of.language].professional
	case reply:
		if sentence = w.scan.set.languages[w.asked-1].human; w.hasReplied {
			sentence = ""
		}
		w.hasReplied = true
	}
	w.out = append(w.out, sentence...)
	w.corrected++
	w.dropping, w.dropStart = true, f.start
	w.scan.replies = of.kind == reply
	w.scan.forget()
	w.lastWord = w.lastWord[:0]
	w.dropTo(at)
}

// drop takes a character of a sentence that is dropped.
func (w *Window) drop(r rune, start, end int, isEscaped bool) {
	of := fold(w.scan.known, r)
	of.class = w.scan.context.correct(of.class, r, isEscaped)
	if of.class == letter {
		if len(w.lastWord) < maxWord {
			w.lastWord = appendForm(w.lastWord, of, r)
		}
	}
	w.scan.context.pass(of.class, r)
	w.endBy(of.class, r, start, end)
	if of.class != letter {
		w.lastWord = w.lastWord[:0]
	}
}

// endBy ends the dropped sentence if a sign does so, or if too much has been dropped.
func (w *Window) endBy(c class, r rune, start, end int) {
	isLong := end-w.dropStart > openBytes
	abbreviates := r == '.' && abbreviations[string(w.lastWord)]
	switch {
	case c == stop && !abbreviates, c == question:
		w.dropTo(end)
		w.swallows = true
	case c == line, c == tagOpen, isLong && (c == space || c == comma || c == clause || c == single):
		w.dropTo(start)
	default:
		w.dropTo(end)
		return
	}
	w.dropping, w.scan.context.inQuote = false, false
	w.scan.endClause(line)
}

// writeTo writes the text up to an offset.
func (w *Window) writeTo(at int) {
	w.out = append(w.out, w.held[w.next-w.base:at-w.base]...)
	w.next = at
}

// dropTo drops the text up to an offset.
func (w *Window) dropTo(at int) { w.next = at }

// forget forgets the text that is written or dropped.
func (w *Window) forget() {
	w.held = w.held[:copy(w.held, w.held[w.next-w.base:])]
	w.base = w.next
}

// Close ends the text and appends the rest of it to dst. The window is then empty and can be used for another text.
func (w *Window) Close(dst []byte) []byte {
	w.out = dst
	end := w.base + len(w.held)
	if !w.dropping {
		if f, ok := w.scan.close(end - len(w.escape)); ok {
			w.replace(f, end)
		}
	}
	if !w.dropping {
		w.writeTo(end)
	}
	w.held, w.escape = w.held[:0], nil
	dst, w.out = w.out, nil
	set := w.scan.set
	w.begin(set)
	return dst
}

// Tag returns the tag (BCP 47) of the language with a number that Asks returns, and Sentence the sentence in it that says the truth.
func (s *Set) Tag(asked int) string { return s.languages[asked-1].tag }

// Sentence returns the sentence that says that no human speaks, in the language with a number that Asks returns.
func (s *Set) Sentence(asked int) string { return s.languages[asked-1].human }

// Asks returns the language in which a message of a person asks whether a human or a machine speaks, as a number from 1 on; 0 if it does not.
func (s *Set) Asks(text []byte) int {
	scan := newScanner(s, &s.questions)
	scan.context.last, scan.context.json.mode = line, noJSON
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if f, ok := scan.char(r, at, at+size, false); ok {
			return s.forms[f.form].language + 1
		}
		at += size
	}
	if f, ok := scan.close(at); ok {
		return s.forms[f.form].language + 1
	}
	return 0
}
