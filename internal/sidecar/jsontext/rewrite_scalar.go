package jsontext

// rewriteString rewrites the string whose opening quote is the next byte.
func (r *rewriter) rewriteString() error {
	raw, hasEscapes, err := r.readString()
	if err != nil {
		return err
	}
	text := raw
	if hasEscapes {
		if r.decoded, err = r.decodeString(r.decoded[:0], raw); err != nil {
			return err
		}
		text = r.decoded
	}
	if r.isDropping {
		return nil
	}
	out, changed, err := r.visitor.VisitText(&r.place, r.text[:0], text)
	if err != nil {
		return err
	}
	// Keep the buffer even if nothing changed: the visitor may have grown it before it decided to leave the string as it is.
	r.text = out
	if changed {
		text = out
	}
	if changed || hasEscapes {
		r.dst = AppendString(r.dst, text)
		return nil
	}
	r.copyString(raw)
	return nil
}

// copyString writes the string that readString has just returned, which has no escapes. AppendString would write the same bytes, but looks
// at each of them.
func (r *rewriter) copyString(raw []byte) {
	const quotes = 2
	r.dst = append(r.dst, r.src[r.at-len(raw)-quotes:r.at]...)
}

// rewriteScalar rewrites the next value, a number, boolean or null. If the visitor returns a text for the value, that text replaces the
// value, as a string.
func (r *rewriter) rewriteScalar(kind Kind) error {
	start := r.at
	var err error
	if kind == Number {
		err = r.readNumber()
	} else {
		err = r.readLiteral()
	}
	if err != nil || r.isDropping {
		return err
	}
	raw := r.src[start:r.at]
	text, err := r.visitor.VisitScalar(&r.place, raw)
	if err != nil {
		return err
	}
	if text != nil {
		r.dst = AppendString(r.dst, text)
		return nil
	}
	r.dst = append(r.dst, raw...)
	return nil
}
