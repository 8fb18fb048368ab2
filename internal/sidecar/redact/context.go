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
	// articleWord is a referenceWord for a thing. A name after it is that of the thing, not of a person.
	articleWord
	// referencesWord is a referenceWord in the plural, which announces a list.
	referencesWord
	// contactWord ends what a reference word announces: the number after it belongs to a person.
	contactWord
	// joiningWord joins the members of a list.
	joiningWord
	// shortWord is an abbreviation; the period after it does not end a sentence.
	shortWord
	// numberWord says nothing by itself, and is not the name of a person although it can have a capital letter: Nummer.
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
			"fattura", "bestelling", "vertragsnummer", "contract", "policy", "konto", "kontonummer", "serial",
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

// findMeaning returns the meaning of a folded word, in upper or lower case.
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

// context is what readWords has read so far of the text before the number in question, from that number back. Every run of digits counts
// as a number.
type context struct {
	// groupSize is how many digits the first group of the number in question has.
	groupSize int
	// isDialed means that the groups of the number in question are those of a telephone number.
	isDialed bool

	// listContinues means that only commas, words such as "and" and the like have been read since the last number that was read (at first,
	// the number in question). If another number is read next, the two are members of one list.
	listContinues bool
	// hasEarlierMember means that a number has been read that is a member of the same list as the number in question.
	hasEarlierMember bool
	// isUniform means that all members of this list that have been read have groupSize digits, as the number in question has.
	isUniform bool
	// hasClauseEnd means that the end of a clause has been read since the last number that was read. Reference words before that end belong to
	// another clause and say nothing.
	hasClauseEnd bool
	// hasUnrelatedNumber means that a number outside the list of the number in question has been read. Reference words before that
	// unrelated number are about it.
	hasUnrelatedNumber bool
	// hasName means that a word has been read that can be the name of a person.
	hasName bool
}

// readHint returns what the words before the number n, which begins at start, say about it.
func (v *view) readHint(n *number, start int) hint {
	// A number in several groups can be a reference number although it has as many digits as a mobile number.
	isWhole := n.groupCount == 1
	isDialed := n.isDialedForm() || isWhole && n.isMobile()
	return v.readWords(start, start, context{groupSize: n.groups[0].size(), isDialed: isDialed})
}

// readWords returns what the words before the index from say about the number that begins at from. It reads the nearest word first, up to
// lookBytes before the trigger (the digit at which the detector started) or to the start of the line. A reference word such as "order"
// says something only about the next number in its clause. In the plural ("orders"), it says something about a whole list, if all
// numbers of the list have equally many digits. A telephone word says something about all numbers up to the next word with a meaning,
// because a second telephone number often follows the first.
func (v *view) readWords(from, trigger int, c context) hint {
	if !v.hasWord(from, trigger) {
		return noHint
	}
	c.listContinues, c.isUniform = true, true // Nothing has been read yet.
	// Each turn reads the word, the digits or the sign that ends before end.
	for end := from; v.readContext(end-1, trigger) != 0; {
		first := v.findRunStart(end, trigger)
		sign := v.folded[first]
		switch {
		case classes[sign]&isLetter != 0:
			if hint, decided := c.readWord(v.folded[first:end]); decided {
				return hint
			}
		case classes[sign]&isDigit != 0:
			if date := v.findDateStart(first, end, trigger); date < first {
				first = date // Skip the date. In `order of 23.11.2026: 4711`, the word is about 4711.
			} else {
				c.readNumber(end - first)
			}
		case sign == '\n':
			return noHint
		case sign == '.':
			if v.isSentenceEnd(first, trigger) {
				c.hasClauseEnd = true
			}
		default:
			c.readSign(sign)
		}
		end = first
	}
	return noHint
}

// hasWord reports whether the text that readWords would read before from contains a letter. Without a letter, there are no words: in
// tables of numbers, this test saves most of the time that readWords takes.
func (v *view) hasWord(from, trigger int) bool {
	lowest := v.offset(trigger) - lookBytes
	for i := from - 1; i >= 0 && v.folded[i] != '\n' && v.offset(i) >= lowest; i-- {
		if classes[v.folded[i]]&isLetter != 0 {
			return true
		}
	}
	return false
}

// findRunStart returns the start of the run of letters, or of digits, that ends before end, but at most lookBytes before the trigger. If
// neither a letter nor a digit precedes end, it returns the index of the character before end.
func (v *view) findRunStart(end, trigger int) int {
	first := end - 1
	run := classes[v.folded[first]] & (isLetter | isDigit) // 0 for any other character, which is a run by itself
	lowest := v.offset(trigger) - lookBytes
	for first > 0 && classes[v.folded[first-1]]&run != 0 && v.offset(first-1) >= lowest {
		first--
	}
	return first
}

// readWord notes a word before the number and returns what the word says about the number. decided is true when no earlier word can say
// more.
func (c *context) readWord(word []byte) (says hint, decided bool) {
	m := findMeaning(word)
	switch m {
	case phoneWord:
		return telephoneHint, true
	case referenceWord, articleWord, referencesWord:
		says, decided = c.readReference(m)
	case contactWord:
		// Like the end of a clause, the word separates the number from reference words before: `order 4711 please ring 0171 2345678`.
		c.hasClauseEnd = true
	case plainWord:
		c.hasName = c.hasName || isName(word)
	}
	if m != joiningWord { // Only a word such as "and" can stand between two members of a list.
		c.listContinues = false
	}
	return says, decided
}

// readReference returns what a word that announces reference numbers says about the number. The meaning m of the word is referenceWord,
// articleWord (the name of a thing, such as "parcel") or referencesWord (a plural). decided is true when no earlier word can say more.
func (c *context) readReference(m meaning) (says hint, decided bool) {
	if c.hasClauseEnd || c.hasUnrelatedNumber {
		return noHint, false // The word announces another number.
	}
	// A telephone number after a name is that of the person: `invoice Ada 0171 2345678`. After an articleWord, the name is that of a thing.
	if c.isDialed && c.hasName && m != articleWord {
		return noHint, false
	}
	if !c.hasEarlierMember {
		return referenceHint, true
	}
	// The number follows others in a list. A word in the singular announces the first of them only.
	if m != referencesWord {
		return noHint, false
	}
	if c.isUniform {
		return referenceHint, true
	}
	return noHint, true // The number has another length than the list, so it is no member, and all earlier words are about the list.
}

// isName reports whether a word without another meaning can be the name of a person: Ada or Müller, but not DHL.
func isName(word []byte) bool {
	if len(word) < 2 {
		return false
	}
	// A folded letter beyond ASCII has lost its case, so it counts as a capital letter.
	if word[0] == foreignLetter {
		return true
	}
	return isUpper(word[0]) && !isUpper(word[1])
}

// readNumber notes another number of size digits, which precedes the number that readWords decides about.
func (c *context) readNumber(size int) {
	if !c.listContinues {
		c.hasUnrelatedNumber = true
		return
	}
	c.hasEarlierMember = true
	c.hasClauseEnd = false // In a list, a comma is not the end of a clause.
	// Fewer digits than minAnnounced are a group of a number rather than a number.
	c.isUniform = c.isUniform && size == c.groupSize && size >= minAnnounced
}

// readSign notes a character before the number that is neither a letter nor a digit nor a period.
func (c *context) readSign(sign byte) {
	switch sign {
	case ',', ';':
		c.hasClauseEnd = true
	case '!', '?':
		c.hasClauseEnd, c.listContinues = true, false
	case ' ', '\t', '/', '&', '+', '(', ')', '-':
		// These signs end neither a list nor a clause.
	default: // a sign such as a colon
		c.listContinues = false
	}
}

// isSentenceEnd reports whether the period at i, before the trigger, ends a sentence. The period of an abbreviation or in a name such as
// shop.de does not.
func (v *view) isSentenceEnd(i, trigger int) bool {
	if v.is(i+1, isLetter|isDigit) {
		return false
	}
	if !v.isInContext(i-1, trigger, isLetter) {
		return true // No word precedes that could be an abbreviation.
	}
	return !isAbbreviation(v.folded[v.findRunStart(i, trigger):i])
}

// maxShort is the length up to which a reference word is an abbreviation: ref, sku, id.
const maxShort = 3

// isAbbreviation reports whether a period after the word belongs to the word: nr., ref.
func isAbbreviation(word []byte) bool {
	switch findMeaning(word) {
	case shortWord:
		return true
	case referenceWord, articleWord:
		return len(word) <= maxShort
	}
	return false
}

// findDateStart returns the start of the date (23.11.2026 or 2026-11-23) whose last group of digits is at first to end. It returns first
// when the group is not the end of a date.
func (v *view) findDateStart(first, end, trigger int) int {
	start := first
	var sizes [3]int
	sizes[2] = end - first
	// Read the other two groups, from back to front.
	for i := 1; i >= 0; i-- {
		if !v.isJoinedBack(start, trigger) {
			return first
		}
		separator := start - 1
		start = v.findRunStart(separator, trigger)
		sizes[i] = separator - start
	}
	// The year is the first group or the last.
	if sizes[1] > 2 || max(sizes[0], sizes[2]) != 4 || min(sizes[0], sizes[2]) > 2 {
		return first
	}
	return start
}

// isUpper reports whether a character is an ASCII letter in upper case.
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// toLower returns the lower case of an ASCII letter, and any other character unchanged.
func toLower(c byte) byte {
	if isUpper(c) {
		return c - 'A' + 'a'
	}
	return c
}
