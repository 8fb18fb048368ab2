package redact

import "bytes"

const (
	// minSecret is how many characters a secret key has at least, and maxBeforeDigit how many bytes it has before its first digit at most.
	minSecret, maxBeforeDigit = 20, 48
)

// secretPrefixes are those with which services begin their keys and tokens, by the documentation of OpenAI and Anthropic (sk-), Stripe, AWS
// (IAM identifiers), GitHub (token formats), GitLab, Slack, Google, npm, PyPI, SendGrid, and RFC 7519 (`{"` in base64url begins a token).
var secretPrefixes = [][]byte{
	[]byte("sk-"), []byte("sk_live_"), []byte("sk_test_"), []byte("rk_live_"), []byte("pk_live_"), []byte("AKIA"), []byte("ASIA"), []byte("ghp_"), []byte("gho_"), []byte("ghu_"), []byte("ghs_"), []byte("ghr_"),
	[]byte("github_pat_"), []byte("glpat-"), []byte("xoxb-"), []byte("xoxp-"), []byte("xoxa-"), []byte("xoxr-"), []byte("xoxs-"), []byte("AIza"),
	[]byte("npm_"), []byte("pypi-"), []byte("SG."), []byte("eyJ"), []byte("hf_"),
}

// matchSecretKey decides whether the digit at index i is the first of a key or token, which begins with a prefix.
func (v *view) matchSecretKey(i int) match {
	start := i
	for start > v.minStart && isOfSecret(v.readBefore(start-1, i)) {
		start--
	}
	if v.offset(i)-v.offset(start) > maxBeforeDigit || !hasSecretPrefix(v.folded[start:i]) {
		return match{}
	}
	r := &reader{v: v, from: i}
	end := i
	for isOfSecret(r.at(end)) {
		end++
	}
	for end > i && r.at(end-1) == '.' {
		end--
	}
	m := r.decide(end-start >= minSecret, SecretKey, start, end)
	if m.verdict == needsMore {
		m.start = start
	}
	return m
}

// isOfSecret reports whether a key or token can have a character.
func isOfSecret(c byte) bool {
	return isDigitByte(c) || classes[c]&isLetter != 0 && c != foreignLetter || c == '-' || c == '_' || c == '.'
}

// hasSecretPrefix reports whether a text begins with a prefix of keys.
func hasSecretPrefix(text []byte) bool {
	for _, prefix := range secretPrefixes {
		if bytes.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}
