package redact

// hint is what the words before a number say about the number, for a detector that decides whether it is a telephone number.
type hint uint8

const (
	// noHint means that the words say nothing about the number.
	noHint hint = iota
	// telephoneHint means that the number is a telephone number.
	telephoneHint
	// referenceHint means that the number is that of an order, an invoice or the like, and so no telephone number.
	referenceHint
)

// meaning is what a single word says about the numbers after it.
type meaning uint8

const (
	// plainWord says nothing by itself.
	plainWord meaning = iota
	// phoneWord is a word such as "mobile". It announces telephone numbers: every number after it in the line, except those about which a
	// reference word in between says that they are something else.
	phoneWord
	// referenceWord is a word such as "order". It says that the next number is not a telephone number, and nothing about later numbers.
	referenceWord
	// articleWord is a reference word that names a thing, such as "parcel". A capitalized word between it and a number is the name of the
	// thing, and not of a person to whom a telephone number would belong.
	articleWord
	// referencesWord is a reference word in the plural, such as "orders". It says that the first number of the next list is no telephone
	// number, and neither are the others if all have equally many digits, at least 7 (minAnnounced).
	referencesWord
	// contactWord is a word such as "reach" or "my". The number after it belongs to a person, so a reference word before it says nothing
	// about that number.
	contactWord
	// joiningWord is a word such as "and", which joins the numbers of a list.
	joiningWord
	// shortWord is an abbreviation such as "nr"; the period after it does not end a sentence.
	shortWord
	// numberWord is a word such as "Nummer". It says nothing about the number after it. It must be known, because its capital letter would
	// otherwise make it look like the name of a person.
	numberWord
)

// words maps a word to what it says about numbers. The words are in lower case and folded: each letter beyond ASCII is one byte 0x80.
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

// maxWord is the length in bytes of the longest word whose meaning findMeaning knows (`rechnungsnummer`).
const maxWord = 15

// findMeaning returns what a word of a folded text, in upper or lower case, says about numbers. It is plainWord for an unknown word.
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

// context is what readWords has read so far of the text before a number that a detector decides about, the number in question. readWords
// reads from that number back. Every run of digits that it meets counts as a number, except for those of a date.
type context struct {
	// groupSize is how many digits the first group of the number in question has.
	groupSize int
	// isDialed means that the number in question looks like a telephone number, by its digits and the sizes of its groups.
	isDialed bool

	// listContinues means that only commas, words such as "and" and the like have been read since the last number that was read (at first,
	// the number in question). If another number is read next, the two are members of one list.
	listContinues bool
	// hasEarlierMember means that a number has been read that is a member of the same list as the number in question.
	hasEarlierMember bool
	// isUniform means that each number that has been read and is in one list with the number in question has groupSize digits, and at least
	// 7 (minAnnounced).
	isUniform bool
	// hasClauseEnd means that the end of a clause, or a contact word, has been read since the last number of the list that was read (at
	// first, since the number in question). Reference words before it say nothing about the number in question.
	hasClauseEnd bool
	// hasUnrelatedNumber means that a number has been read that is in no list with the number in question. Reference words before that
	// unrelated number are about the unrelated number.
	hasUnrelatedNumber bool
	// hasName means that a word has been read that can be the name of a person.
	hasName bool
}

// readHint returns what the words before the number n say about it. start is where n begins, including a parenthesis before its digits.
func (v *view) readHint(n *number, start int) hint {
	// In one group, the length and prefix of a mobile number show a telephone number. In several, a reference number can have them, too.
	isOneGroup := n.groupCount == 1
	isDialed := n.isDialedForm() || isOneGroup && n.isMobile()
	return v.readWords(start, start, context{groupSize: n.groups[0].size(), isDialed: isDialed})
}

// readWords returns what the words before the index from say about the number that begins at from. It reads the nearest word first, back to
// the start of the line, but at most lookBytes (64) before the trigger, the index at which the number begins that the detector decides
// about. The trigger lies after from when the detector asks about another number, which precedes that one. A reference word such as "order"
// says something only about the next number in its clause. In the plural ("orders"), it says something about a whole list, if all numbers
// of the list have equally many digits, at least 7 (minAnnounced). A telephone word says something about all later numbers about which no
// reference word in between does, because a second telephone number often follows the first.
func (v *view) readWords(from, trigger int, c context) hint {
	if !v.hasWord(from, trigger) {
		return noHint
	}
	c.listContinues, c.isUniform = true, true // Nothing has been read yet that contradicts.
	// Each turn reads what ends before end: a word, a run of digits, or a sign (any other character). readBefore returns 0 before the start
	// of the text and more than lookBytes before the trigger, which ends the loop.
	for end := from; v.readBefore(end-1, trigger) != 0; {
		first := v.findRunStart(end, trigger)
		char := v.folded[first] // tells which of the three
		switch {
		case classes[char]&isLetter != 0:
			if hint, decided := c.readWord(v.folded[first:end]); decided {
				return hint
			}
		case classes[char]&isDigit != 0:
			if date := v.findDateStart(first, end, trigger); date < first {
				first = date // Skip the date: in `order of 23.11.2026: 4711`, the word "order" is about 4711.
			} else {
				c.readNumber(end - first)
			}
		case char == '\n':
			return noHint
		case char == '.':
			if v.isSentenceEnd(first, trigger) {
				c.hasClauseEnd = true
			}
		default:
			c.readSign(char)
		}
		end = first
	}
	return noHint
}

// hasWord reports whether the text that readWords would read contains a letter: the text before the index from in the same line, at most
// lookBytes before the trigger. Without a letter, there are no words, so readWords has nothing to read. In tables of numbers, this test
// saves most of its time.
func (v *view) hasWord(from, trigger int) bool {
	lowest := v.offset(trigger) - lookBytes
	for i := from - 1; i >= 0 && v.folded[i] != '\n' && v.offset(i) >= lowest; i-- {
		if classes[v.folded[i]]&isLetter != 0 {
			return true
		}
	}
	return false
}

// findRunStart returns the start of the run of letters, or of digits, that ends before the index end. If neither a letter nor a digit
// precedes end, it returns the index of the character before end. It reads at most lookBytes before the trigger, the index of the character
// at which the detector started, because a window may have dropped earlier text.
func (v *view) findRunStart(end, trigger int) int {
	first := end - 1
	run := classes[v.folded[first]] & (isLetter | isDigit) // 0 for any other character, which is a run by itself
	lowest := v.offset(trigger) - lookBytes
	for first > 0 && classes[v.folded[first-1]]&run != 0 && v.offset(first-1) >= lowest {
		first--
	}
	return first
}

// readWord notes in c a word before the number in question, and returns what the word says about that number. decided is true when words
// further before the number cannot change this.
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

// readReference returns what a word that announces reference numbers says about the number in question. The meaning m of the word is
// referenceWord, articleWord (a word for a thing, such as "parcel") or referencesWord (a plural). decided is true when words further before
// the number cannot change the result.
func (c *context) readReference(m meaning) (says hint, decided bool) {
	if c.hasClauseEnd || c.hasUnrelatedNumber {
		return noHint, false // The word is about another clause or another number.
	}
	// A number that looks like a telephone number and follows a name is that of the person, also after a word for a reference: `invoice Ada
	// 0171 2345678`. If that word stands for a thing ("parcel"), the name is that of the thing, and the number is a reference number.
	if c.isDialed && c.hasName && m != articleWord {
		return noHint, false
	}
	if !c.hasEarlierMember {
		return referenceHint, true
	}
	// The number in question follows others in a list. A word in the singular ("order") announces the first number of the list only.
	if m != referencesWord {
		return noHint, false
	}
	if c.isUniform {
		return referenceHint, true
	}
	// The number in question has another length than a number of the list before it, or that number has fewer than 7 digits. So the words
	// before the list are not about it.
	return noHint, true
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

// readNumber notes in c a number of size digits that precedes the number in question.
func (c *context) readNumber(size int) {
	if !c.listContinues {
		c.hasUnrelatedNumber = true
		return
	}
	c.hasEarlierMember = true
	c.hasClauseEnd = false // The comma between two numbers of a list is not the end of a clause.
	// Fewer than minAnnounced (7) digits are rather one group of a longer number, so they are no evidence of a list of equally long numbers.
	c.isUniform = c.isUniform && size == c.groupSize && size >= minAnnounced
}

// readSign notes in c a sign before the number in question: a character that is neither a letter nor a digit nor a period. Some signs end a
// clause, and some end a list of numbers.
func (c *context) readSign(sign byte) {
	switch sign {
	case ',', ';':
		c.hasClauseEnd = true
	case '!', '?':
		c.hasClauseEnd, c.listContinues = true, false
	case ' ', '\t', '/', '&', '+', '(', ')', '-':
		// These signs end neither a list of numbers nor a clause.
	default: // Other signs, such as a colon, end a list of numbers, but no clause.
		c.listContinues = false
	}
}

// isSentenceEnd reports whether the period at index i ends a sentence. The period of an abbreviation or in a name such as shop.de does not.
// The trigger is the index of the digit at which the detector started; text more than lookBytes before it is not read.
func (v *view) isSentenceEnd(i, trigger int) bool {
	if v.hasClass(i+1, isLetter|isDigit) {
		return false
	}
	if !v.hasClassBefore(i-1, trigger, isLetter) {
		return true // No word that could be an abbreviation precedes the period.
	}
	return !isAbbreviation(v.folded[v.findRunStart(i, trigger):i])
}

// maxShort is the most letters of a reference word that counts as an abbreviation: ref, sku, id.
const maxShort = 3

// isAbbreviation reports whether a period after the word belongs to the word (nr., ref.) instead of ending a sentence.
func isAbbreviation(word []byte) bool {
	switch findMeaning(word) {
	case shortWord:
		return true
	case referenceWord, articleWord:
		return len(word) <= maxShort
	}
	return false
}

// findDateStart returns the start of the date (23.11.2026 or 2026-11-23) whose last group of digits begins at index first and ends before
// index end. It returns first when the group is not the end of a date. The trigger is the index of the digit at which the detector started;
// text more than lookBytes before it is not read.
func (v *view) findDateStart(first, end, trigger int) int {
	start := first
	var sizes [3]int
	sizes[2] = end - first
	// sizes[2] is the last group. Read the two groups before it, from back to front.
	for i := 1; i >= 0; i-- {
		if !v.isJoinedBack(start, trigger) {
			return first
		}
		separator := start - 1
		start = v.findRunStart(separator, trigger)
		sizes[i] = separator - start
	}
	// The year, of four digits, is the first group or the last. Day and month have at most two digits.
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
