package truth

import (
	"bytes"
	"slices"
)

const (
	// openBytes bounds what a Window holds back: a form that began that many bytes ago is given up. The longest claims here have half of it.
	openBytes = 256
	// maxWord is the length, in bytes, of the longest word that can be one of a form.
	maxWord = 48
	// maxLive bounds the positions in forms that are followed at the same time.
	maxLive = 64
	// blockedWords is how many words after a blocker a claim may begin and still be none: "if" or "think that".
	blockedWords = 2
)

// live is a position in a form that began at an offset in the text, with the word of a number.
type live struct {
	position
	start, word int
}

// found is a form that is complete. It counts unless one of the phrases follows that the node unless leads to; 0 for none.
type found struct {
	form, start int
	unless      uint32
}

// scanner follows forms through a text. It keeps no text but the word that is being read.
type scanner struct {
	set   *Set
	known *[tableSize]folded
	seeds *seeds
	// word is what has been read of a word, folded, and wordStart where it begins. mark is an apostrophe or hyphen after it that belongs to it
	// if a letter follows. isLong means that it is none of a form.
	word      []byte
	wordStart int
	mark      folded
	hasMark   bool
	isLong    bool
	// isElided means that the word is a part of one that is written together with another one. No form begins there.
	isElided bool
	// words is the number of words, and inSentence that of the sentence.
	words, inSentence int
	live, spare       []live
	pending           []found
	// leadStart is the offset of the lead that has ended with the word of the number leadEnd; 0 for none.
	leadStart, leadEnd int
	// blocked has the number of the last word of a blocker, by language; 0 for none in the clause.
	blocked []int
	// replies means that a reply may stand here.
	replies bool
	context context
}

func newScanner(set *Set, of *seeds) scanner {
	return scanner{set: set, known: table(), seeds: of, blocked: make([]int, len(set.languages))}
}

// hasWord reports whether a word is being read.
func (s *scanner) hasWord() bool { return len(s.word) > 0 || s.isLong }

// addLetter adds a character to the word.
func (s *scanner) addLetter(f folded, r rune, start int) {
	if !s.hasWord() {
		s.wordStart = start
	}
	if s.hasMark {
		s.word, s.hasMark = appendForm(s.word, s.mark, 0), false
	}
	s.word = appendForm(s.word, f, r)
	if len(s.word) > maxWord {
		s.word, s.isLong = s.word[:0], true
	}
}

// endWord ends the word, if one is being read, and returns what it completes.
func (s *scanner) endWord(end int) (f found, ok bool) {
	if !s.hasWord() {
		return found{}, false
	}
	number, elided := uint32(0), uint32(0)
	if !s.isLong {
		elided, number = s.find(s.word)
	}
	s.word, s.isLong, s.hasMark, s.isElided = s.word[:0], false, false, elided > 0
	if s.isElided {
		if f, ok = s.step(elided, s.wordStart, end); ok {
			return f, true
		}
	}
	return s.step(number, s.wordStart, end)
}

// maxElided is the length of the longest word of which an elision leaves the beginning, with the apostrophe: "qu'".
const maxElided = 3

// find returns the number of a word, and that of an elided word before it: French and Italian write some words together with the next one.
func (s *scanner) find(word []byte) (elided, number uint32) {
	if number = s.set.words[string(word)]; number > 0 {
		return 0, number
	}
	at := bytes.IndexByte(word, '\'') + 1
	if at < 2 || at > maxElided {
		return 0, 0
	}
	if elided = s.set.words[string(word[:at])]; elided == 0 {
		return 0, 0
	}
	return elided, s.set.words[string(word[at:])]
}

// step takes the next word, and returns a form that is complete, and that the word does not make mean something else.
func (s *scanner) step(word uint32, start, end int) (f found, ok bool) {
	s.words++
	s.inSentence++
	if !s.context.isRead() {
		return found{}, false
	}
	if f, ok = s.passPending(word); ok {
		return f, true
	}
	before := s.live
	s.live, s.spare = s.spare[:0], before
	for _, l := range before {
		if end-l.start <= openBytes {
			s.advance(l, word)
		}
	}
	if s.replies && s.inSentence == 1 {
		s.begin(&s.set.replies, word, start)
	}
	s.replies = s.replies && slices.ContainsFunc(s.live, s.isReply)
	if s.leadEnd > 0 && s.leadEnd == s.words-1 {
		start = s.leadStart
	}
	s.begin(s.seeds, word, start)
	return found{}, false
}

func (s *scanner) isReply(l live) bool { return s.set.forms[l.form].kind == reply }

// begin begins all forms whose first word it is.
func (s *scanner) begin(of *seeds, word uint32, start int) {
	if word == 0 || s.isElided {
		return
	}
	for _, p := range of.at[word] {
		s.add(live{p, start, s.words})
	}
}

// advance follows a form by a word: within the phrase, or with a phrase that may follow it.
func (s *scanner) advance(l live, word uint32) {
	if word == 0 {
		return
	}
	if next, found := s.set.next(l.node, word); found {
		s.add(live{position{l.form, l.item, next}, l.start, l.word})
	}
	if !s.set.isFinal[l.node] {
		return
	}
	items := s.set.forms[l.form].items
	at := int(l.item)
	if !items[at].isRepeated {
		at++
	}
	for ; at < len(items); at++ {
		if next, found := s.set.next(items[at].root, word); found {
			s.add(live{position{l.form, uint16(at), next}, l.start, l.word})
		}
		if !items[at].isOptional && at != int(l.item) {
			return
		}
	}
}

// add adds a position, and what is complete there.
func (s *scanner) add(l live) {
	if len(s.live) == maxLive || slices.ContainsFunc(s.live, func(other live) bool { return other.position == l.position }) {
		return
	}
	s.live = append(s.live, l)
	if s.set.isComplete(l.position) {
		s.complete(l)
	}
}

// isComplete reports whether a form can end at a position.
func (s *Set) isComplete(p position) bool {
	mustFollow := func(i item) bool { return !i.isOptional }
	return s.isFinal[p.node] && !slices.ContainsFunc(s.forms[p.form].items[p.item+1:], mustFollow)
}

// complete takes a form that is complete.
func (s *scanner) complete(l live) {
	of := &s.set.forms[l.form]
	switch of.kind {
	case blocker:
		s.blocked[of.language] = s.words
		return
	case lead:
		s.leadStart, s.leadEnd = l.start, s.words
		return
	}
	f := found{int(l.form), l.start, s.set.languages[of.language].unless[of.kind]}
	if !s.isBlocked(of, l) && !slices.Contains(s.pending, f) {
		s.pending = append(s.pending, f)
	}
}

// isBlocked reports whether a claim comes right after a blocker.
func (s *scanner) isBlocked(of *form, l live) bool {
	at := s.blocked[of.language]
	return of.kind <= professional && at > 0 && at < l.word && l.word-at <= blockedWords
}

// passPending takes a word after forms that are complete.
func (s *scanner) passPending(word uint32) (f found, ok bool) {
	kept := s.pending[:0]
	for _, p := range s.pending {
		of := &s.set.forms[p.form]
		next, goesOn := s.set.next(p.unless, word)
		switch {
		case goesOn && word != 0:
			if !s.set.isFinal[next] {
				kept = append(kept, found{p.form, p.start, next})
			}
		case of.kind == probe:
			kept = append(kept, p)
		case !of.atEnd && !ok:
			f, ok = p, true
		}
	}
	s.pending = kept
	return f, ok
}

// pass takes a sign, or the end of the text (line), after forms that are complete.
func (s *scanner) pass(sign class, r rune) (f found, ok bool) {
	kept := s.pending[:0]
	for _, p := range s.pending {
		of := &s.set.forms[p.form]
		// Greek ends questions with a semicolon.
		isQuestion := sign == question || r == ';' && s.set.languages[of.language].tag == "el"
		endsSentence := sign == stop || sign == line || isQuestion
		if of.counts(sign, endsSentence, isQuestion) && !ok {
			f, ok = p, true
		}
		if of.kind == probe && !endsSentence {
			kept = append(kept, p)
		}
	}
	s.pending = kept
	return f, ok
}

// counts reports whether a complete form means what it says if the sign follows.
func (f *form) counts(sign class, endsSentence, isQuestion bool) bool {
	switch f.kind {
	case probe:
		return isQuestion
	case asks:
		return !f.atEnd || endsSentence || sign == clause
	case reply:
		return endsSentence && !isQuestion
	}
	return !isQuestion
}

// endClause forgets the forms that are open. With a comma, those go on of which a phrase has ended.
func (s *scanner) endClause(sign class) {
	clear(s.blocked)
	if sign == comma {
		s.live = slices.DeleteFunc(s.live, func(l live) bool { return !s.set.isFinal[l.node] })
		return
	}
	s.live, s.leadEnd = s.live[:0], 0
	if sign != clause {
		s.inSentence = 0
	}
}

// forget forgets all forms.
func (s *scanner) forget() { s.live, s.pending, s.leadEnd = s.live[:0], s.pending[:0], 0 }

// openFrom returns from which offset on the text up to offset must be held back, because a form is open there.
func (s *scanner) openFrom(offset int) int {
	from := s.openWord(offset)
	for _, l := range s.live {
		if offset-l.start <= openBytes && s.set.forms[l.form].kind != blocker {
			from = min(from, l.start)
		}
	}
	for _, p := range s.pending {
		from = min(from, p.start)
	}
	return from
}

// openWord returns where the word begins that is being read, or the lead before it, if a form may begin there; otherwise the offset.
func (s *scanner) openWord(offset int) int {
	from := offset
	if s.hasWord() {
		if !s.mayBegin() {
			return offset
		}
		from = s.wordStart
	}
	if s.leadEnd > 0 && s.leadEnd == s.words && offset-s.leadStart <= openBytes {
		from = min(from, s.leadStart)
	}
	return from
}

// mayBegin reports whether the word that is being read can be the first one of a form.
func (s *scanner) mayBegin() bool {
	if s.isLong || !s.context.isRead() {
		return false
	}
	_, found := s.seeds.prefixes[string(s.word)]
	if !found && s.replies && s.inSentence == 0 {
		_, found = s.set.replies.prefixes[string(s.word)]
	}
	return found
}

// char takes a character of the text between two offsets, and returns what it completes. Letters complete nothing. isEscaped means that an
// escape of JSON stands for the character.
func (s *scanner) char(r rune, start, end int, isEscaped bool) (f found, ok bool) {
	of := fold(s.known, r)
	if !s.isPart(of.class, r) {
		f, ok = s.endWord(start) // Before the character ends the context of the word.
	}
	of.class = s.context.correct(of.class, r, isEscaped)
	switch of.class {
	case letter:
		s.addLetter(of, r, start)
	case apostrophe, hyphen:
		if s.hasWord() {
			s.mark, s.hasMark = of, true
			return found{}, false
		}
	case single:
		s.isElided = false
		if !ok {
			f, ok = s.step(s.set.words[string(r)], start, end)
		}
	}
	return s.passChar(of.class, r, end, f, ok)
}

// passChar takes a character that ends before an offset, apart from what it is in a word. f and ok are what the word before it has completed.
func (s *scanner) passChar(of class, r rune, end int, f found, ok bool) (found, bool) {
	if sign, is := signOf(of); is {
		f, ok = s.passSign(of, sign, r, f, ok)
	}
	s.context.pass(of, r)
	if !ok && len(s.pending) > 0 && end-s.pending[0].start > openBytes {
		f, ok = s.pass(clause, 0)
	}
	return f, ok
}

// passSign takes a sign that ends a clause or sentence. f and ok are what the word before it has completed.
func (s *scanner) passSign(of, sign class, r rune, f found, ok bool) (found, bool) {
	isQuote := of == quoteOpen || of == quoteClose || of == quoteEither
	if !ok && !isQuote { // What follows a quotation can say who is quoted.
		f, ok = s.pass(sign, r)
	}
	if of != tagOpen && of != tagClose { // A tag can make a word of a sentence bold.
		s.endClause(sign)
	}
	return f, ok
}

// isPart reports whether a character can belong to the word that is being read.
func (s *scanner) isPart(of class, r rune) bool {
	switch of {
	case letter:
		return true
	case apostrophe, hyphen:
		return !s.hasMark
	case ignored:
		return !isSign(r)
	}
	return false
}

// signOf returns how a sign ends what stands before it.
func signOf(c class) (sign class, is bool) {
	switch c {
	case comma, clause, stop, question, line:
		return c, true
	case hyphen, quoteOpen, quoteClose, quoteEither, tagOpen, tagClose:
		return clause, true
	}
	return 0, false
}

// close ends the text.
func (s *scanner) close(end int) (f found, ok bool) {
	if f, ok = s.endWord(end); ok {
		return f, ok
	}
	return s.pass(line, 0)
}
