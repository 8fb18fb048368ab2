package redact

// hint is what the words before a number say about the number.
type hint uint8

const (
	// noHint means that the words say nothing about the number.
	noHint hint = iota
	// telephoneHint means that the number is a telephone number.
	telephoneHint
	// referenceHint means that the number is that of an order, an invoice or the like.
	referenceHint
)

// meaning is what a single word says about the numbers after it.
type meaning uint8

const (
	// plainWord says nothing by itself.
	plainWord meaning = iota
	// phoneWord announces telephone numbers: every number after it, up to the next word with a meaning.
	phoneWord
	// referenceWord announces one number that is not a telephone number: the next one.
	referenceWord
	// articleWord is a referenceWord for a thing. The name of a person does not come between it and its number.
	articleWord
	// referencesWord is a referenceWord in the plural, which announces a list.
	referencesWord
	// contactWord ends what a reference word announces: the number after it belongs to a person.
	contactWord
	// joiningWord joins the members of a list.
	joiningWord
	// shortWord is an abbreviation; the period after it does not end a sentence.
	shortWord
	// numberWord announces the number of a thing, so it is not the name of a person.
	numberWord
)

// words maps a word, in lower case and folded (a letter beyond ASCII is one 0x80), to what it means.
var words = func() map[string]meaning {
	all := map[string]meaning{}
	for meaning, list := range map[meaning][]string{
		phoneWord: {
			"tel", "telefon", "telefono", "telephone", "telefoon", "t\x80l", "t\x80l\x80phone", "tel\x80fono", "phone", "fon", "call",
			"mobile", "mobil", "cell", "cellphone", "fax", "whatsapp", "sms", "dial", "handy", "handynummer", "telefonnummer",
			"rufnummer", "mobilnummer", "portable",
		},
		referenceWord: {
			"order", "invoice", "ticket", "ref", "reference", "case", "id", "customer", "bestellung", "bestellnummer", "rechnung",
			"rechnungsnummer", "auftrag", "auftragsnummer", "kundennummer", "vorgang", "commande", "facture", "pedido", "factura", "ordine",
			"fattura", "bestelling",
		},
		articleWord: {
			"tracking", "parcel", "shipment", "article", "item", "sku", "isbn", "ean", "sendung", "sendungsnummer", "artikel",
			"artikelnummer", "colis",
		},
		referencesWord: {
			"orders", "invoices", "tickets", "parcels", "shipments", "articles", "items", "references", "cases", "ids",
			"bestellungen", "bestellnummern", "rechnungen", "auftr\x80ge", "sendungen", "commandes", "factures", "pedidos", "facturas", //nolint:misspell // French
			"ordini", "fatture", "bestellingen",
		},
		contactWord: {
			"ring", "reach", "contact", "my", "me", "mine",
			"melden", "meldet", "anrufen", "ruf", "rufe", "rufen", "r\x80ckruf", "erreichen", "erreichbar", "kontakt", "mein", "meine",
			"meiner", "meinem", "mich", "mir",
			"appeler", "appelez", "rappeler", "rappelez", "joindre", "contacter", "contactez", "mon", "ma", "moi",
			"llama", "llamar", "llame", "ll\x80mame", "ll\x80meme", "contactar", "mi",
			"chiama", "chiamare", "chiamate", "chiamami", "chiamatemi", "contattare", "contattatemi", "mio", "mia",
			"bel", "bellen", "bereikbaar", "mijn", "mij",
		},
		joiningWord: {"and", "or", "und", "oder", "sowie", "et", "ou", "y", "o", "u", "e", "ed", "en", "of"},
		shortWord:   {"no", "nos", "nr", "num", "n\x80m", "n"},
		numberWord: {
			"number", "numbers", "nummer", "nummern", "numero", "n\x80mero", "num\x80ro", "numeri", "code", "kode", "c\x80digo", "codice",
		},
	} {
		for _, text := range list {
			all[text] = meaning
		}
	}
	return all
}()

// maxWord is the length in bytes of the longest key of words.
const maxWord = 15

// findMeaning returns the meaning of a folded word, in any case.
func findMeaning(word []byte) meaning {
	var lowered [maxWord]byte
	if len(word) > maxWord {
		return plainWord
	}
	for i, c := range word {
		lowered[i] = toLower(c)
	}
	return words[string(lowered[:len(word)])]
}

// context is what readWords has read of the text before a number, from the number back.
type context struct {
	// groupSize is how many digits the first group of the number has.
	groupSize int
	// isDialed means that the groups of the number are those of a telephone number.
	isDialed bool

	// hasNumber means that another number has been read.
	hasNumber bool
	// isList means that since the last number only commas, joining words and the like have been read.
	isList bool
	// isUniform means that all numbers that have been read are a single group of groupSize digits.
	isUniform bool
	// hasClauseEnd means that a clause has ended since the last number. Reference words before its end say nothing.
	hasClauseEnd bool
	// hasOtherNumber means that a number has been read that is not in one list with the number itself. Reference words before it say
	// nothing.
	hasOtherNumber bool
	// hasName means that a word has been read that can be the name of a person.
	hasName bool
}

// readHint returns what the words before a number that begins at start say about it.
func (v *view) readHint(n *number, start int) hint {
	return v.readWords(start, start, context{groupSize: n.groups[0].size(), isDialed: n.isDialedForm() || n.groupCount == 1 && n.isMobile()})
}

// readWords returns what the words before from say about the number there. It reads the nearest word first, up to lookBytes before the
// trigger or to the start of the line. A reference word says something only about the next number in its clause, or in the plural about
// a list of numbers of one form. A telephone word says something about all numbers up to the next word with a meaning, because a second
// telephone number often follows the first.
func (v *view) readWords(from, trigger int, c context) hint {
	c.isList, c.isUniform = true, true
	for end := from; end > 0 && v.readContext(end-1, trigger) != 0; {
		first := v.findRunStart(end, trigger)
		sign := v.folded[first]
		switch {
		case classes[sign]&isLetter != 0:
			if hint, decided := c.readWord(v.folded[first:end]); decided {
				return hint
			}
		case classes[sign]&isDigit != 0:
			if date := v.findDateStart(first, end, trigger); date < first {
				first = date
				break
			}
			c.readNumber(end - first)
		case sign == '\n':
			return noHint
		default:
			c.readSign(sign, v.isSentenceEnd(first, trigger))
		}
		end = first
	}
	return noHint
}

// findRunStart returns the start of the letters, or of the digits, that end before end, at most lookBytes before the trigger. If another
// character precedes end, it returns the index of that character.
func (v *view) findRunStart(end, trigger int) int {
	first := end - 1
	run := classes[v.folded[first]] & (isLetter | isDigit)
	lowest := v.offset(trigger) - lookBytes
	for first > 0 && classes[v.folded[first-1]]&run != 0 && v.offset(first-1) >= lowest {
		first--
	}
	return first
}

// readWord returns what a word says about the number. decided is true when no word before it can say more.
func (c *context) readWord(word []byte) (says hint, decided bool) {
	switch m := findMeaning(word); m {
	case phoneWord:
		return telephoneHint, true
	case joiningWord:
		return noHint, false
	case contactWord:
		c.hasClauseEnd = true
	case plainWord:
		c.hasName = c.hasName || isName(word)
	case referenceWord, articleWord, referencesWord:
		if says, decided = c.readReference(m); decided {
			return says, true
		}
	}
	c.isList = false
	return noHint, false
}

// readReference returns what a referenceWord, articleWord or referencesWord says about the number. The name of a person in between
// outweighs the word if the number looks like a telephone number.
func (c *context) readReference(m meaning) (says hint, decided bool) {
	if c.hasClauseEnd || c.hasOtherNumber || m != articleWord && c.isDialed && c.hasName {
		return noHint, false
	}
	isPlural := m == referencesWord
	if !c.hasNumber || isPlural && c.isUniform {
		return referenceHint, true
	}
	return noHint, isPlural
}

// isName reports whether a word without another meaning can be the name of a person: Ada or Müller, but not DHL.
func isName(word []byte) bool {
	if len(word) < 2 {
		return false
	}
	// Folding does not tell the case of a letter beyond ASCII.
	if word[0] == foreignLetter {
		return true
	}
	return word[0] >= 'A' && word[0] <= 'Z' && (word[1] < 'A' || word[1] > 'Z')
}

// readNumber notes a number before the number itself: a member of the same list, or a number that ends what the words before it can say.
func (c *context) readNumber(size int) {
	if !c.isList {
		c.hasOtherNumber = true
		return
	}
	c.hasNumber, c.hasClauseEnd = true, false
	c.isUniform = c.isUniform && size == c.groupSize && size >= minAnnounced
}

// readSign notes a character that is neither a letter nor a digit. endsSentence is true for the period of a sentence.
func (c *context) readSign(sign byte, endsSentence bool) {
	switch sign {
	case ',', ';':
		c.hasClauseEnd = true
	case '!', '?':
		c.hasClauseEnd, c.isList = true, false
	case '.':
		c.hasClauseEnd = c.hasClauseEnd || endsSentence
	case ' ', '\t', '/', '&', '+', '(', ')', '-':
	default:
		c.isList = false
	}
}

// isSentenceEnd reports whether the character at i is the period of a sentence. The period of an abbreviation (nr., ref.) is not.
func (v *view) isSentenceEnd(i, trigger int) bool {
	if v.folded[i] != '.' || v.is(i+1, isLetter|isDigit) {
		return false
	}
	if v.readContext(i-1, trigger) == 0 || !v.is(i-1, isLetter) {
		return true
	}
	word := v.folded[v.findRunStart(i, trigger):i]
	meaning := findMeaning(word)
	isReference := meaning == referenceWord || meaning == articleWord
	return meaning != shortWord && (!isReference || len(word) > maxShort)
}

// maxShort is the length up to which a reference word is an abbreviation that a period can follow: ref, sku, id.
const maxShort = 3

// findDateStart returns the start of a date (23.11.2026 or 2026-11-23) whose last group of digits is from first to end, or first when the
// group does not end a date. Words such as "order" do not announce dates.
func (v *view) findDateStart(first, end, trigger int) int {
	start := first
	var sizes [3]int
	sizes[2] = end - first
	for i := 1; i >= 0; i-- {
		separator := start - 1
		if c := v.readContext(separator, trigger); c != '.' && c != '-' && c != '/' || !v.is(separator-1, isDigit) {
			return first
		}
		if v.readContext(separator-1, trigger) == 0 {
			return first
		}
		start = v.findRunStart(separator, trigger)
		sizes[i] = separator - start
	}
	if sizes[1] > 2 || max(sizes[0], sizes[2]) != 4 || min(sizes[0], sizes[2]) > 2 {
		return first
	}
	return start
}

// toLower returns the lower case of an ASCII letter, and any other character unchanged.
func toLower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c - 'A' + 'a'
	}
	return c
}
