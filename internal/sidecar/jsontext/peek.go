package jsontext

import "iter"

// Elements yields the elements of the array that VisitValue gets, as they are written. It reads ahead and checks nothing: of an array that is
// not strict JSON it may yield anything, and the pass over the array then reports the fault.
func (p *Place) Elements() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		r := rewriter{pass: pass{src: p.ahead, at: 1}}
		for r.skipSpace() != ']' {
			start := r.at
			if !r.skipValue() || !yield(r.src[start:r.at]) || r.skipSpace() != ',' {
				return
			}
			r.at++
		}
	}
}

// Following yields the names and values of the members that follow the array that VisitValue gets, in the object that directly contains it. It
// reads ahead and checks nothing, as Elements does. A name is valid until the next one.
func (p *Place) Following() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		r := rewriter{pass: pass{src: p.ahead}}
		for r.skipValue() && r.skipSpace() == ',' {
			r.at++
			if r.skipSpace() != '"' {
				return // An element of an array follows, which is no member.
			}
			name, ok := r.peekText()
			if !ok || r.skipSpace() != ':' {
				return
			}
			r.at++
			r.skipSpace()
			rest := rewriter{pass: pass{src: r.src, at: r.at}}
			if !rest.skipValue() || !yield(name, r.src[r.at:rest.at]) {
				return
			}
		}
	}
}

// chooseCase returns the branch that describes the object whose opening brace is the next byte: the case of b that the text of the
// discriminator selects, or b itself. It reads ahead and changes nothing. In an object that is not strict JSON it may find nothing; the
// pass over the object then reports the fault.
func (r *rewriter) chooseCase(b *branch) *branch {
	start := r.at
	defer func() { r.at = start }()
	r.at++
	for {
		switch r.skipSpace() {
		case ',':
			r.at++
		case '"':
			if isFound, chosen := r.readCase(b); isFound {
				return chosen
			}
		default:
			return b
		}
	}
}

// readCase reads the next member. isFound reports whether the member decides about the case: it is the discriminator, or malformed.
// chosen is the case, or b itself if none fits. The name that peekText returns is valid only until the next call.
func (r *rewriter) readCase(b *branch) (isFound bool, chosen *branch) {
	name, ok := r.peekText()
	isDiscriminator := ok && string(name) == b.discriminator
	if !ok || r.skipSpace() != ':' {
		return true, b
	}
	r.at++
	if !isDiscriminator {
		return !r.skipValue(), b
	}
	if chosen := b.cases.find(r.peekKeyword()); chosen != nil {
		return true, chosen
	}
	return true, b
}

// peekKeyword reads the next value and returns the text that it is, or the word true or false for a boolean, or nil for anything else. The
// keyword is valid until the next call.
func (r *rewriter) peekKeyword() []byte {
	if r.skipSpace() == '"' {
		text, _ := r.peekText()
		return text
	}
	for _, word := range []string{"true", "false"} {
		if rest := r.src[r.at:]; len(rest) >= len(word) && string(rest[:len(word)]) == word {
			return rest[:len(word)]
		}
	}
	return nil
}

// peekText reads the string whose opening quote is the next byte. The text is valid until the next call.
func (r *rewriter) peekText() (text []byte, ok bool) {
	raw, hasEscapes, err := r.readString()
	if err != nil || !hasEscapes {
		return raw, err == nil
	}
	r.decoded, err = r.decodeString(r.decoded[:0], raw)
	return r.decoded, err == nil
}

// skipValue moves behind the next value, or to the end of the document. It counts brackets and does not check the value. ok is false if a
// string in it is malformed.
func (r *rewriter) skipValue() (ok bool) {
	depth := 0
	for r.at < len(r.src) {
		switch r.src[r.at] {
		case '"':
			if _, _, err := r.readString(); err != nil {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return true
			}
			depth--
		case ',':
			if depth == 0 {
				return true
			}
		}
		r.at++
	}
	return true
}
