package transform

import (
	"bytes"
	"strings"
)

const (
	// maxWithdrawalBytes is the length of the longest text in which a withdrawal is looked for. Long texts are about something else.
	maxWithdrawalBytes = 512
	// maxSentenceBytes is the length of the longest sentence that can be a withdrawal: the longest in said.yaml has a third of it.
	maxSentenceBytes = 128
)

// withdrawals recognizes sentences that take the consent back. It is immutable.
type withdrawals struct {
	phrases map[string]bool
	fillers *strings.Replacer
}

// newWithdrawals returns the recognizer for phrases, with or without the fillers.
func newWithdrawals(phrases, fillers []string) withdrawals {
	var pairs []string
	for _, filler := range fillers {
		pairs = append(pairs, " "+normalizeReply([]byte(filler))+" ", " ")
	}
	w := withdrawals{phrases: map[string]bool{}, fillers: strings.NewReplacer(pairs...)}
	for _, phrase := range phrases {
		w.phrases[w.normalize([]byte(phrase))] = true
	}
	return w
}

// normalize returns a sentence without its fillers, as normalizeReply does.
func (w withdrawals) normalize(sentence []byte) string {
	words := " " + normalizeReply(sentence) + " "
	for {
		fewer := w.fillers.Replace(words)
		if len(fewer) == len(words) { // Of two fillers side by side, each pass finds one.
			return strings.TrimSpace(words)
		}
		words = fewer
	}
}

// match reports whether a sentence of the text takes the consent back. What stands in quotation marks, and lines that quote, do not count.
func (w withdrawals) match(text []byte) bool {
	if len(w.phrases) == 0 || len(text) > maxWithdrawalBytes {
		return false
	}
	for _, sentence := range splitSentences(text) {
		if len(sentence) <= maxSentenceBytes && w.phrases[w.normalize(sentence)] {
			return true
		}
	}
	return false
}

// closing has the quotation mark that closes what another one opens. Apostrophes are none.
var closing = map[rune]string{'"': "\"", '“': "”", '„': "“”\"", '«': "»", '»': "«", '‹': "›", '`': "`", '「': "」"}

// splitSentences returns the sentences of a text, each with a question mark at its end. A sentence with a quotation has a mark in place of it, so
// that it matches nothing: neither what is quoted, nor what stands around it.
func splitSentences(text []byte) [][]byte {
	var sentences [][]byte
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(bytes.TrimSpace(line), []byte(">")) {
			continue
		}
		unquoted := dropQuotations(line)
		for len(unquoted) > 0 {
			end := bytes.IndexAny(unquoted, ".!?;…。！？")
			if end < 0 {
				sentences = append(sentences, unquoted)
				break
			}
			sentences = append(sentences, unquoted[:end+1])
			unquoted = unquoted[end+1:]
		}
	}
	return sentences
}

// dropQuotations returns a line with a mark in place of each quotation. One that nothing closes reaches to the end.
func dropQuotations(line []byte) []byte {
	const mark = "~"
	out, rest := []byte(nil), string(line)
	for {
		start := strings.IndexFunc(rest, func(r rune) bool { return closing[r] != "" })
		if start < 0 {
			return append(out, rest...)
		}
		opened := []rune(rest[start:])[0]
		out = append(append(out, rest[:start]...), mark...)
		rest = rest[start+len(string(opened)):]
		end := strings.IndexAny(rest, closing[opened])
		if end < 0 {
			return out
		}
		rest = rest[end+len(string([]rune(rest[end:])[0])):]
	}
}
