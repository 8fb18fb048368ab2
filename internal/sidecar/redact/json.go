package redact

// syntax follows a text that may be a JSON document, so that what replaces a number is a string. A text is read as such a document if it
// begins, after white space, with an object or with a list of objects, lists or strings. "[1]" at the start of a text is a footnote more
// often than a list. The zero value is the start of a text.
type syntax struct {
	state syntaxState
	// drops means that a number has been replaced of which more may follow, such as a fraction. It is dropped.
	drops bool
}

// syntaxState is what the text up to now is.
type syntaxState uint8

const (
	// atStart has read nothing but white space, and atList also the bracket that begins a list.
	atStart syntaxState = iota
	atList
	// inProse has read a text that is not a document.
	inProse
	// inDocument stands between the strings of a document, inString in one of them, and inEscape after a backslash in it.
	inDocument
	inString
	inEscape
)

// follow takes the next bytes of the text.
func (s *syntax) follow(text []byte) {
	for _, c := range text {
		if s.state == inProse {
			return
		}
		s.state = s.state.next(c)
	}
}

// next returns the state after one more byte. A quotation mark opens a string of the document, and closes the one that is open.
func (s syntaxState) next(c byte) syntaxState {
	switch {
	case s == inEscape:
		return inString
	case s == inString && c == '\\':
		return inEscape
	case s == inString && c == '"', s == inDocument && c != '"':
		return inDocument
	case s == inString, s == inDocument:
		return inString
	}
	return s.begin(c)
}

// begin does the work of next at the start of a text.
func (s syntaxState) begin(c byte) syntaxState {
	switch c {
	case ' ', '\t', '\n', '\r':
		return s
	case '{':
		return inDocument
	case '[':
		if s == atStart {
			return atList
		}
		return inDocument
	case '"':
		if s == atList {
			return inString
		}
	}
	return inProse
}

// isNumberByte reports whether a byte can be part of a number in JSON.
func isNumberByte(c byte) bool {
	return c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E'
}

// keep appends the text from p.written to end to dst, without the rest of a number that was replaced.
func (p *progress) keep(dst, text []byte, end int) []byte {
	start := p.written
	for p.syntax.drops && start < end {
		if p.syntax.drops = isNumberByte(text[start]); p.syntax.drops {
			start++
		}
	}
	p.syntax.follow(text[start:end])
	p.written = end
	return append(dst, text[start:end]...)
}

// replace appends the text from p.written to start, and what replaces the text from there to end. A number of a JSON document is replaced
// as a whole by a string. Its first digits can be before start, but not before lowest, because a window may have written them.
func (p *progress) replace(dst, text []byte, start, end, lowest int, kind Kind) []byte {
	before := p.syntax
	before.follow(text[p.written:start])
	isNumber := before.state == inDocument
	for isNumber && start > max(p.written, lowest) && isNumberByte(text[start-1]) {
		start--
	}
	dst = p.keep(dst, text, start)
	isDropped := p.syntax.drops // The number has a replacement already.
	p.syntax.follow(text[start:end])
	p.written, p.syntax.drops = end, isNumber
	switch {
	case isDropped:
		return dst
	case isNumber:
		return append(append(append(dst, '"'), replacements[kind]...), '"')
	}
	return append(dst, replacements[kind]...)
}
