// Package corpus writes texts with personal data and texts that only look like it, to measure detectors. It shares no code and no data with
// them: it computes the check digits of valid numbers by itself.
package corpus

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// Span is where personal data stands in a text: the bytes from Start up to, but not including, End.
type Span struct {
	// Kind is the kind of personal data, for example `email`.
	Kind       string
	Start, End int
}

// Text is a text with the personal data in it.
type Text struct {
	// Locale is the language and the country (BCP 47), for example `de-AT`.
	Locale string
	Text   string
	Spans  []Span
	// Lookalike is the kind of what looks like personal data, for example `order-number`; empty if the text has spans.
	Lookalike string
}

// Kinds are the kinds of personal data in the texts, sorted.
func Kinds() []string { return []string{"email", "iban", "national-id", "payment-card", "phone"} }

// Place returns the code of the country of a locale, in lower case.
func Place(locale string) string { return strings.ToLower(locale[strings.LastIndex(locale, "-")+1:]) }

// Locales are the locales of the texts, sorted.
func Locales() []string {
	var tags []string
	for _, l := range locales {
		tags = append(tags, l.tag)
	}
	slices.Sort(tags)
	return tags
}

// Generate returns texts with personal data, as many for each kind and locale as perKind says, and as many look-alikes for each locale and each of
// their kinds as perLookalike says. The same seed gives the same texts.
func Generate(seed uint64, perKind, perLookalike int) []Text {
	r := rand.New(rand.NewPCG(seed, seed))
	var texts []Text
	for _, l := range locales {
		said := languages[l.tag[:2]]
		for _, kind := range Kinds() {
			for i := range perKind {
				texts = append(texts, l.write(r, said, kind, i))
			}
		}
		for _, look := range lookalikes {
			for range perLookalike {
				lead := said.neutral[r.IntN(len(said.neutral))]
				texts = append(texts, Text{Locale: l.tag, Text: strings.Replace(lead, "{x}", look.write(r), 1), Lookalike: look.kind})
			}
		}
	}
	return texts
}

// write returns a text of the locale with one span of the kind.
func (l *locale) write(r *rand.Rand, said *language, kind string, i int) Text {
	var value string
	sentences := said.sentences[kind]
	switch kind {
	case "email":
		value = writeEmail(r, l)
	case "phone":
		value = fillPhone(r, l.phones[i%len(l.phones)])
	case "payment-card":
		value = writeCard(r)
	case "iban":
		value = writeIBAN(r, l.tag[len(l.tag)-2:])
	case "national-id":
		id := l.ids[i%len(l.ids)]
		value = identifiers[id.name](r)
		sentences = []string{id.cue + ": {x}", id.cue + " {x}.", said.sentences[kind][r.IntN(len(said.sentences[kind]))]}
		for s := range sentences {
			sentences[s] = strings.Replace(sentences[s], "{cue}", id.cue, 1)
		}
	}
	sentence := sentences[r.IntN(len(sentences))]
	start := strings.Index(sentence, "{x}")
	text := sentence[:start] + value + sentence[start+len("{x}"):]
	return Text{Locale: l.tag, Text: text, Spans: []Span{{Kind: kind, Start: start, End: start + len(value)}}}
}

// digits returns n random digits.
func digits(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + r.IntN(10)))
	}
	return b.String()
}

// pick returns one of the texts.
func pick(r *rand.Rand, texts ...string) string { return texts[r.IntN(len(texts))] }

// fillPhone replaces each # of a pattern by a random digit, and each N by one from 2 to 9.
func fillPhone(r *rand.Rand, pattern string) string { return fill(r, pattern) }

// fill replaces each # of a pattern by a random digit, each N by one from 2 to 9, and each @ by a random capital letter.
func fill(r *rand.Rand, pattern string) string {
	out := []byte(pattern)
	for i, c := range out {
		switch c {
		case '#':
			out[i] = byte('0' + r.IntN(10))
		case 'N':
			out[i] = byte('2' + r.IntN(8))
		case '@':
			out[i] = byte('A' + r.IntN(26))
		}
	}
	return string(out)
}
