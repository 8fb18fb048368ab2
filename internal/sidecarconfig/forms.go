package sidecarconfig

import (
	"fmt"
	"regexp"
)

// maxTagBytes is how many bytes a tag of a language has at most (RFC 5646, 4.4.1, recommends room for 35).
const maxTagBytes = 35

// tagPattern is the form of a tag of a language (RFC 5646, 2.1).
var tagPattern = regexp.MustCompile(`^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$`)

// checkForms checks the places and the languages whose forms the detectors know.
func (p *problems) checkForms(c *Config) {
	p.checkCodes("redactPlaces", c.RedactPlaces, codePattern, maxCodeBytes)
	p.checkCodes("redactLanguages", c.RedactLanguages, tagPattern, maxTagBytes)
}

// checkCodes checks a list of at most maxCodes codes, which have at most so many bytes.
func (p *problems) checkCodes(path string, codes []string, pattern *regexp.Regexp, maxBytes int) {
	p.checkBounds(path, int64(len(codes)), 0, maxCodes)
	for i, code := range codes {
		at := fmt.Sprintf("%s[%d]", path, i)
		if len(code) > maxBytes {
			p.add(at, "has %d bytes; the maximum is %d", len(code), maxBytes)
		}
		p.checkName(at, code, pattern)
	}
}
