package redact

import "strings"

const (
	// minDecimals is how many decimals of a degree tell a place to about ten meters.
	minDecimals = 4
	// maxDecimals is how many a device gives at most, and maxDegreeDigits how many digits stand before them.
	maxDecimals, maxDegreeDigits = 8, 3
	// maxLatitude and maxLongitude bound coordinates, in degrees (ISO 6709).
	maxLatitude, maxLongitude = 90, 180
)

// beforeLocation are the characters that can precede coordinates; 0 is the start of the text.
const beforeLocation = "\x00 ([:=\"'\n\t@"

// matchLocation decides whether coordinates begin at index i: a latitude and a longitude in degrees, with a comma between them, that are no
// part of a longer list.
func (v *view) matchLocation(i int) match {
	start := i
	if v.readBefore(i-1, i) == '-' && start > v.minStart {
		start--
	}
	if c := v.readBefore(start-1, i); strings.IndexByte(beforeLocation, c) < 0 && c != otherCharacter {
		return match{}
	}
	if c := v.readBefore(start-2, i); c == ',' || isDigitByte(c) {
		return match{}
	}
	r := &reader{v: v, from: i}
	end := r.readDegrees(i, maxLatitude)
	if end > 0 {
		end = r.readLongitude(end)
	}
	m := r.decide(end > 0, Location, start, end)
	if m.verdict == needsMore {
		m.start = start
	}
	return m
}

// readLongitude returns the end of a longitude that follows at index i after a comma; 0 if there is none, or if the list goes on.
func (r *reader) readLongitude(i int) int {
	if c := r.at(i); c != ',' && c != ';' {
		return 0
	}
	end := r.readDegrees(r.skip(i+1, " -"), maxLongitude)
	if end == 0 || isGlued(r.at(end)) {
		return 0
	}
	if r.at(end) == ',' && isDigitByte(r.at(r.skip(end+1, " -"))) {
		return 0
	}
	return end
}

// skip returns the index after those of the signs, each at most once and in their order, that follow at index i.
func (r *reader) skip(i int, signs string) int {
	for s := range len(signs) {
		if r.at(i) == signs[s] {
			i++
		}
	}
	return i
}

// readDegrees returns the end of a number of at most so many degrees, with at least minDecimals decimals; 0 if there is none. A sign of degrees
// and a letter of the direction can follow.
func (r *reader) readDegrees(i, most int) int {
	end, size := r.readDigits(i, nil)
	if size == 0 || size > maxDegreeDigits || r.at(end) != '.' {
		return 0
	}
	whole := 0
	for ; i < end; i++ {
		whole = whole*10 + int(r.at(i)-'0')
	}
	end, decimals := r.readDigits(end+1, nil)
	if whole > most || decimals < minDecimals || decimals > maxDecimals {
		return 0
	}
	return r.readDirection(end)
}

// readDirection returns the index after a sign of degrees and a letter of the direction that can follow degrees at index i.
func (r *reader) readDirection(i int) int {
	if r.at(i) == otherCharacter {
		i++
	}
	at := r.skip(i, " ")
	if c := toUpper(r.at(at)); c > 0 && strings.IndexByte("NSEW", c) >= 0 && !r.isWord(at+1) {
		return at + 1
	}
	return i
}
