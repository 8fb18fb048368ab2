package redact

const (
	// uuidSize is how many characters a UUID has, with its hyphens (RFC 9562, 4).
	uuidSize = 36
	// maxHex is how many digits the longest identifier in hexadecimal digits has: a SHA-256 digest.
	maxHex = 64
)

// uuidBlocks are the positions at which the blocks of a UUID begin. A hyphen precedes each of them but the first.
var uuidBlocks = [...]int{0, 9, 14, 19, 24}

// An identifier is a UUID, or a run of 16, 24, 32, 40 or 64 hexadecimal digits, as spans of OpenTelemetry, objects of MongoDB, UUIDs without
// hyphens, and digests are written. It contains at least one letter: decimal digits alone can be personal data. It is ASCII, without escapes
// and invisible characters, and no letter, digit or plus adjoins it. Its digits are random, so that one in a thousand looks like a card or
// telephone number.

// matchIdentifier decides whether the digit at index i of the folded text is part of an identifier. end is the index after it. The
// caller goes on behind end, so digits of the identifier are never a part of personal data, while what stands around it is still searched.
func (v *view) matchIdentifier(i int) (end int, verdict verdict) {
	block := i
	for block > v.minStart && isHexDigit(v.readBefore(block-1, i)) {
		block--
	}
	if !v.canBeBlock(block, i) {
		return 0, no
	}
	for _, position := range uuidBlocks {
		start := block - position
		if start < v.minStart || position > 0 && v.readBefore(block-1, i) != '-' || !v.canBeginIdentifier(start, i) {
			continue
		}
		if end, verdict = v.readIdentifier(i, start); verdict != no {
			return end, verdict
		}
	}
	return 0, no
}

// canBeBlock reports whether the run of hexadecimal digits from index block on can be a block of a UUID or a digest, by its length and by the
// characters around it. Nearly all numbers are neither, so this saves the closer look. It is also true for a run that more text can
// continue. i is the index of the digit at which the detector started.
func (v *view) canBeBlock(block, i int) bool {
	if !v.canBeginIdentifier(block, i) {
		return false // No hyphen precedes it either.
	}
	if v.canBeFirstBlock(block) {
		return true
	}
	if block == v.minStart || v.folded[block-1] != '-' {
		return false
	}
	end := v.findHexEnd(block)
	return end-block == 4 && v.folded[end] == '-' || end-block == 12
}

// canBeFirstBlock reports whether the run of hexadecimal digits from index block on can be the first block of a UUID, or a digest, by its
// length and the character after it. It does not look at what precedes the run.
func (v *view) canBeFirstBlock(block int) bool {
	const size = 8 // of the first block of a UUID
	if last := block + size - 1; last < len(v.folded) && !isHexDigit(v.folded[last]) {
		return false // The run is shorter.
	}
	end := v.findHexEnd(block)
	if end == len(v.folded) {
		return true
	}
	return isHexSize(end-block) || end-block == size && v.folded[end] == '-'
}

// isHexSize reports whether identifiers in hexadecimal digits, without hyphens, have so many of them.
func isHexSize(size int) bool {
	switch size {
	case 16, 24, 32, 40, maxHex:
		return true
	}
	return false
}

// findHexEnd returns the end of the run of hexadecimal digits from index block on, or an index after so many digits that no identifier has
// them.
func (v *view) findHexEnd(block int) int {
	end := block
	for end < len(v.folded) && end-block <= maxHex && isHexDigit(v.folded[end]) {
		end++
	}
	return end
}

// canBeginIdentifier reports whether the character before index start allows an identifier to begin there. A plus begins a telephone
// number. i is the trigger.
func (v *view) canBeginIdentifier(start, i int) bool {
	if start == v.minStart {
		return true // What was replaced before it does not count.
	}
	c := v.readBefore(start-1, i)
	return classes[c]&(isLetter|isDigit) == 0 && c != '+'
}

// readIdentifier decides whether an identifier is at index start. It reads at most openBytes (256) beyond index i, at which the detector
// started.
func (v *view) readIdentifier(i, start int) (end int, verdict verdict) {
	if !v.canBeFirstBlock(start) {
		return 0, no
	}
	if end, verdict = v.readUUID(i, start); verdict != no {
		return end, verdict
	}
	return v.readHexDigits(i, start)
}

// readUUID does the work of readIdentifier for the form of a UUID.
func (v *view) readUUID(i, start int) (end int, verdict verdict) {
	hasLetter := false
	end = start + uuidSize
	for at := start; at < end; at++ {
		if v.isOpen(i, at) {
			return 0, needsMore
		}
		c := v.readAfter(at, i)
		if isUUIDHyphen(at - start) {
			if c != '-' {
				return 0, no
			}
			continue
		}
		if !isHexDigit(c) {
			return 0, no
		}
		hasLetter = hasLetter || !isDigitByte(c)
	}
	if !hasLetter {
		return 0, no
	}
	return end, v.readIdentifierEnd(i, start, end)
}

// readHexDigits does the work of readIdentifier for a run of hexadecimal digits from index start on. One without a letter could be several
// numbers in a row. The detector started at index i.
func (v *view) readHexDigits(i, start int) (end int, verdict verdict) {
	hasLetter := false
	for end = start; end-start <= maxHex; end++ {
		if v.isOpen(i, end) {
			return 0, needsMore
		}
		c := v.readAfter(end, i)
		if isHexDigit(c) {
			hasLetter = hasLetter || !isDigitByte(c)
			continue
		}
		if hasLetter && isHexSize(end-start) {
			return end, v.readIdentifierEnd(i, start, end)
		}
		break
	}
	return 0, no
}

// readIdentifierEnd decides whether what has the form of an identifier is one: no letter and no digit follows it, and each of its characters
// is one byte of the original text, so none is escaped or another spelling of a digit.
func (v *view) readIdentifierEnd(i, start, end int) verdict {
	switch {
	case v.isOpen(i, end):
		return needsMore
	case classes[v.readAfter(end, i)]&(isLetter|isDigit) != 0, v.offset(end)-v.offset(start) != end-start:
		return no
	}
	return yes
}

// isUUIDHyphen reports whether a UUID has a hyphen at the position.
func isUUIDHyphen(position int) bool {
	for _, block := range uuidBlocks[1:] {
		if position == block-1 {
			return true
		}
	}
	return false
}

func isHexDigit(c byte) bool {
	c |= 'a' - 'A' // lower case; digits keep their value
	return isDigitByte(c) || c >= 'a' && c <= 'f'
}
