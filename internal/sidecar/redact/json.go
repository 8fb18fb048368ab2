package redact

// syntax follows a text that may be a JSON document, so that what replaces a number is a string. A text is read as such a document if it
// begins, after white space, with an object or with a list of objects, lists or strings. "[1]" at the start of a text that people read is a
// footnote more often than a list. The zero value is the start of such a text.
//
// A string of a document can be a document itself, such as the arguments of a tool in the record of a call. The first level is the text, and
// each further one what the string says in which the level before stands.
type syntax struct {
	levels [maxLevels]level
	// drops means that a number has been replaced of which more may follow, such as a fraction. It is dropped.
	drops bool
}

// newDocumentSyntax returns the syntax of a text that is known to be a document.
func newDocumentSyntax() (s syntax) {
	s.levels[0].state = inDocument
	return s
}

// newDataSyntax returns the syntax at the start of a text that no person reads, in which a list can begin with a number.
func newDataSyntax() (s syntax) {
	s.levels[0].listsNumbers = true
	return s
}

// maxLevels is how many documents can stand in each other, each in a string. Marks in deeper ones have no quotation marks.
const maxLevels = 4

// level follows one document.
type level struct {
	state syntaxState
	// isAlone means that the text is a string, and not a document with strings. What follows it is prose.
	isAlone bool
	// listsNumbers means that a list of numbers is a document too.
	listsNumbers bool
	// digits is the number of hexadecimal digits that have been read of an escape, and code what they say.
	digits uint8
	code   uint16
}

// syntaxState is what the text up to now is.
type syntaxState uint8

const (
	// atStart has read nothing but white space, and atList also the bracket that begins a list.
	atStart syntaxState = iota
	atList
	// inProse has read a text that is not a document.
	inProse
	// inDocument stands between the strings of a document, inString in one of them, inEscape after a backslash in it, and inCode in the four
	// digits of an escape.
	inDocument
	inString
	inEscape
	inCode
)

// follow takes the next bytes of the text.
func (s *syntax) follow(text []byte) {
	for _, c := range text {
		if s.levels[0].state == inProse {
			return
		}
		s.take(c)
	}
}

// take takes the next byte of the text.
func (s *syntax) take(c byte) {
	for i := range s.levels {
		isInside := s.levels[i].isInString()
		said, isSaid := s.levels[i].take(c)
		if !isInside && s.levels[i].state == inString {
			clear(s.levels[i+1:])
		}
		if !isSaid || i+1 < maxLevels && s.levels[i+1].state == inProse {
			return
		}
		c = said
	}
}

// isInString reports whether the level stands in a string.
func (l *level) isInString() bool { return l.state >= inString }

// take takes the next byte of the document. said is a byte of what a string says, if isSaid is true.
func (l *level) take(c byte) (said byte, isSaid bool) {
	switch l.state {
	case inString:
		return l.takeInString(c)
	case inEscape:
		return l.takeEscaped(c)
	case inCode:
		return l.takeDigit(c)
	case inDocument:
		if c == '"' {
			l.state = inString
		}
	default:
		l.begin(c)
	}
	return 0, false
}

// takeInString does the work of take in a string, outside of an escape.
func (l *level) takeInString(c byte) (said byte, isSaid bool) {
	switch {
	case c == '\\':
		l.state = inEscape
	case c == '"' && l.isAlone:
		l.state = inProse
	case c == '"':
		l.state = inDocument
	default:
		return c, true
	}
	return 0, false
}

// takeEscaped does the work of take after a backslash.
func (l *level) takeEscaped(c byte) (said byte, isSaid bool) {
	l.state = inString
	switch c {
	case 'u':
		l.state, l.digits, l.code = inCode, 0, 0
		return 0, false
	case 'b', 'f', 'n', 'r', 't':
		return ' ', true
	}
	return c, true
}

// takeDigit does the work of take in an escape \uXXXX. Characters beyond ASCII are no syntax, so that any other character will do for them.
func (l *level) takeDigit(c byte) (said byte, isSaid bool) {
	const other = 'x'
	digit, isDigit := parseHexDigit(c)
	l.digits, l.code = l.digits+1, l.code<<4|uint16(digit)
	switch {
	case isDigit && l.digits < 4:
		return 0, false
	case isDigit && l.code < 0x80:
		said = byte(l.code)
	default:
		said = other
	}
	l.state = inString
	return said, true
}

// begin takes a byte at the start of a text.
func (l *level) begin(c byte) {
	switch {
	case c == ' ', c == '\t', c == '\n', c == '\r':
	case c == '{', l.state == atList && (c == '[' || l.listsNumbers && (c == '-' || c >= '0' && c <= '9')):
		l.state = inDocument
	case c == '[':
		l.state = atList
	case c == '"':
		l.isAlone, l.state = l.state == atStart, inString
	default:
		l.state = inProse
	}
}

// findNumber returns the level of the document in which a number stands at this point of the text, outside of strings. isNumber is false in
// prose and in a string that is no document.
func (s *syntax) findNumber() (level int, isNumber bool) {
	for i := range s.levels {
		if l := &s.levels[i]; l.state != inString {
			return i, l.state == inDocument || l.state == atList && l.listsNumbers
		}
	}
	return 0, false
}

// completeEscape appends what completes an escape in the middle of which the text stands: its backslash becomes one of the string, and its
// missing digits zeros.
func (s *syntax) completeEscape(dst []byte) []byte {
	for i := range s.levels {
		switch l := s.levels[i]; l.state {
		case inString:
			continue
		case inEscape:
			return append(dst, `\\\\\\\\`[:1<<i]...)
		case inCode:
			return append(dst, "0000"[l.digits:]...)
		default:
			return dst
		}
	}
	return dst
}

// quotationMarks has the quotation mark of a document in each level, as the text has it.
var quotationMarks = [maxLevels]string{`"`, `\"`, `\\\"`, `\\\\\\\"`}

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

// findNumberStart returns where the number begins that goes on at end, but not less than lowest. The digits of an escape, which a document
// in a string can have anywhere, are no part of it.
func findNumberStart(text []byte, end, lowest int) int {
	start := end
	for start > lowest && isNumberByte(text[start-1]) {
		start--
	}
	if isCode := start >= 2 && text[start-1] == 'u' && text[start-2] == '\\'; isCode {
		return min(end, start+4)
	}
	return start
}

// replace appends the text from p.written to start, and what replaces the text from there to end. A number of a JSON document is replaced
// as a whole by a string. Its first digits can be before start, but not before lowest, because a window may have written them.
func (p *progress) replace(dst, text []byte, start, end, lowest int, kind Kind) []byte {
	before := p.syntax
	before.follow(text[p.written:start])
	level, isNumber := before.findNumber()
	if isNumber {
		start = findNumberStart(text, start, max(p.written, lowest))
	}
	dst = p.keep(dst, text, start)
	isDropped := p.syntax.drops // The number has a replacement already.
	p.syntax.follow(text[start:end])
	p.written, p.syntax.drops = end, isNumber
	switch {
	case isDropped:
		return dst
	case isNumber:
		quote := quotationMarks[level]
		return append(append(append(dst, quote...), replacements[kind]...), quote...)
	}
	return append(before.completeEscape(dst), replacements[kind]...)
}
