package truth

import (
	"unicode"
	"unicode/utf8"
)

// maxTag bounds a tag of HTML, in characters: what is longer is none.
const maxTag = 512

// context knows where in a text no claim is made: in quotations, in lines of quotations, in code and in tags of HTML, and for JSON outside of
// strings that are values.
type context struct {
	// hasText means that something but blanks has been read, and last is the class of the last character, apart from blanks at the beginning of
	// a line. taken is that of the last character.
	hasText     bool
	last, taken class
	inQuote     bool
	// startsQuoted means that the text begins with a quotation mark, which quotes nothing: it may be the text as a whole.
	startsQuoted bool
	// isQuotedLine means that the line begins with `>`.
	isQuotedLine bool
	inCode       bool
	backticks    int
	// tag is the number of characters of a tag that have been read; 0 outside of a tag.
	tag  int
	json jsonContext
}

// isRead reports whether what stands here can be a claim.
func (c *context) isRead() bool {
	return !c.inQuote && !c.isQuotedLine && !c.inCode && c.tag == 0 && c.json.isRead()
}

// isSign reports whether an ignored character ends a word: a sign does, a mark of a letter and what has no width do not.
func isSign(r rune) bool { return r < utf8.RuneSelf || r >= tableSize && !unicode.Is(unicode.Cf, r) }

// correct returns what a character does here. isEscaped means that an escape of JSON stands for it.
func (c *context) correct(of class, r rune, isEscaped bool) class {
	if isEdge := !isEscaped && c.json.pass(r); isEdge {
		return line
	}
	if c.tag == 1 && !isTagStart(r) {
		c.tag = 0
	}
	switch {
	case c.json.isOutside(), c.tag > 0 && r != '>':
		return ignored
	case of == tagClose && c.beginsLine():
		return line // It begins the line of a quotation.
	}
	return of
}

// beginsLine reports whether only blanks precede on the line, outside of a tag.
func (c *context) beginsLine() bool { return c.tag == 0 && (c.last == line || !c.hasText) }

// isTagStart reports whether a tag of HTML can begin with the character after `<`.
func isTagStart(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '/' || r == '!'
}

// pass takes a character.
func (c *context) pass(of class, r rune) {
	c.taken = of
	c.passCode(r)
	switch of {
	case quoteOpen, quoteClose, quoteEither:
		c.passQuote(of)
	case line:
		c.inQuote = false
		c.isQuotedLine = r == '>'
	}
	c.passTag(of, r)
	if isBlank := of == space || of == ignored; !isBlank || c.last != line {
		c.last = of
	}
	c.hasText = c.hasText || of != space && of != line
}

// passQuote takes a quotation mark. Some languages begin a quotation with the mark with which others end it.
func (c *context) passQuote(of class) {
	switch {
	case !c.hasText:
		c.startsQuoted = true
	case c.startsQuoted:
		c.startsQuoted = false
	case of == quoteEither:
		c.inQuote = !c.inQuote && c.last != letter
	default:
		c.inQuote = of == quoteOpen
	}
}

// passCode notes where code begins and ends: three backticks.
func (c *context) passCode(r rune) {
	if r != '`' {
		c.backticks = 0
		return
	}
	if c.backticks++; c.backticks == 3 {
		c.inCode = !c.inCode
	}
}

// passTag notes where a tag begins and ends.
func (c *context) passTag(of class, r rune) {
	switch {
	case of == tagOpen:
		c.tag = 1
	case c.tag > 0 && (r == '>' || c.tag == maxTag):
		c.tag = 0
	case c.tag > 0:
		c.tag++
	}
}
