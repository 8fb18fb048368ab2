package redact

// hint is what the words before a number say about the number.
type hint uint8

const (
	nothing hint = iota
	telephone
	reference
)

// word is what a single word means to the numbers after it.
type word uint8

const (
	plainWord word = iota
	// phoneWord announces telephone numbers: every number after it, up to the next telling word.
	phoneWord
	// referenceWord announces one number that is not a telephone number: the next one.
	referenceWord
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
var words = func() map[string]word {
	all := map[string]word{}
	for meaning, list := range map[word][]string{
		phoneWord: {
			"tel", "telefon", "telefono", "telephone", "telefoon", "t\x80l", "t\x80l\x80phone", "tel\x80fono", "phone", "fon", "call",
			"mobile", "mobil", "cell", "cellphone", "fax", "whatsapp", "sms", "dial", "handy", "handynummer", "telefonnummer",
			"rufnummer", "mobilnummer", "portable",
		},
		referenceWord: {
			"order", "invoice", "ticket", "tracking", "parcel", "shipment", "article", "item", "sku", "ref", "reference", "case", "id",
			"isbn", "ean", "customer", "bestellung", "bestellnummer", "rechnung", "rechnungsnummer", "auftrag", "auftragsnummer",
			"kundennummer", "sendung", "sendungsnummer", "artikel", "artikelnummer", "vorgang", "commande", "facture", "pedido",
			"factura", "ordine", "fattura", "colis", "bestelling",
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

// maxWord is the length of the longest key of words.
const maxWord = 15

// findWord returns what a folded word means.
func findWord(text []byte) word {
	var lowered [maxWord]byte
	if len(text) > maxWord {
		return plainWord
	}
	for i, c := range text {
		lowered[i] = toLower(c)
	}
	return words[string(lowered[:len(text)])]
}

// context is what readHint has read of the text before a number, from the number back.
type context struct {
	// size is how many digits the number's first group has.
	size int
	// number means that another number has been read. list means that only commas, conjunctions and the like have been read since
	// the last number.
	number, list bool
	// alike means that the numbers that have been read are in one piece and as long as the number itself.
	alike bool
	// dialed means that the number itself is in the form of a telephone number, and name that a capitalized word that can be the name of a
	// person has been read. Together they outweigh a reference word.
	dialed, name bool
	// cut means that a clause has ended since the last number, and away that a number has been read that is not in one list with
	// the number itself. Reference words say nothing then.
	cut, away bool
}

// readHint reads the words before from, the nearest first, up to lookBytes before the trigger or to the start of the line. A
// reference word says something only about its own number, which is the next one in its clause; in the plural, about a list of
// numbers of one form. A telephone word says something about all numbers up to the next telling word: a second number often
// follows.
func (v *view) readHint(n *number, start int) hint {
	return v.readWords(start, start, n.groups[0].size(), n.isDialedForm() || n.groupCount == 1 && n.isMobile())
}

// readWords is readHint for the words before from. The number has size digits in its first group and is in the form of a telephone number
// when dialed is true.
func (v *view) readWords(from, trigger, size int, dialed bool) hint {
	c := context{size: size, list: true, alike: true, dialed: dialed}
	for end := from; end > 0 && v.readContext(end-1, trigger) != 0; {
		first := v.findRunStart(end, trigger)
		sign := v.folded[first]
		switch {
		case classes[sign]&isLetter != 0:
			if h, decided := c.readWord(v.folded[first:end]); decided {
				return h
			}
		case classes[sign]&isDigit != 0:
			if date := v.findDateStart(first, end, trigger); date < first {
				first = date
				break
			}
			c.readNumber(end - first)
		case sign == '\n':
			return nothing
		default:
			c.readSign(sign, v.isSentenceEnd(first, trigger))
		}
		end = first
	}
	return nothing
}

// findRunStart returns the start of the letters or digits that end before end, or the index of another character there.
func (v *view) findRunStart(end, trigger int) int {
	first := end - 1
	run := classes[v.folded[first]] & (isLetter | isDigit)
	for first > 0 && v.readContext(first-1, trigger) != 0 && classes[v.folded[first-1]]&run != 0 {
		first--
	}
	return first
}

// readWord reports whether the word decides, and what it says.
func (c *context) readWord(text []byte) (says hint, decided bool) {
	meaning := findWord(text)
	switch meaning {
	case phoneWord:
		return telephone, true
	case joiningWord:
		return nothing, false
	case contactWord:
		c.cut = true
	case plainWord:
		c.name = c.name || isName(text)
	case referenceWord, referencesWord:
		if c.cut || c.away || c.dialed && c.name {
			break
		}
		if !c.number || meaning == referencesWord && c.alike {
			return reference, true
		}
		decided = meaning == referencesWord
	}
	c.list = false
	return nothing, decided
}

// isName reports whether a word that means nothing else can be the name of a person: Ada or Müller, but not DHL.
func isName(text []byte) bool {
	if len(text) < 2 {
		return false
	}
	if text[0] == foreignLetter {
		return true
	}
	return text[0] >= 'A' && text[0] <= 'Z' && (text[1] < 'A' || text[1] > 'Z')
}

// readNumber takes a number as the previous member of a list, or else ends what the words before it can say.
func (c *context) readNumber(size int) {
	if !c.list {
		c.away = true
		return
	}
	c.number, c.cut = true, false
	c.alike = c.alike && size == c.size && size >= minAnnounced
}

// readSign takes a character that is neither a letter nor a digit.
func (c *context) readSign(sign byte, endsSentence bool) {
	switch sign {
	case ',', ';':
		c.cut = true
	case '!', '?':
		c.cut, c.list = true, false
	case '.':
		c.cut = c.cut || endsSentence
	case ' ', '\t', '/', '&', '+', '(', ')', '-':
	default:
		c.list = false
	}
}

// isSentenceEnd reports whether the character at i is the period of a sentence and not of an abbreviation.
func (v *view) isSentenceEnd(i, trigger int) bool {
	if v.folded[i] != '.' || v.is(i+1, isLetter|isDigit) {
		return false
	}
	if v.readContext(i-1, trigger) == 0 || !v.is(i-1, isLetter) {
		return true
	}
	text := v.folded[v.findRunStart(i, trigger):i]
	meaning := findWord(text)
	return meaning != shortWord && (meaning != referenceWord || len(text) > maxShort)
}

// maxShort is the length up to which a reference word is an abbreviation: ref, sku, id.
const maxShort = 3

// findDateStart returns the start of the date 23.11.2026 or 2026-11-23 whose last group is at first to end, or first when there is
// none. A date is never the number that a word announces.
func (v *view) findDateStart(first, end, trigger int) int {
	start, sizes := first, [3]int{2: end - first}
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

func toLower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c - 'A' + 'a'
	}
	return c
}
