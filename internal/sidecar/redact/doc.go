// Package redact finds personal data in text and replaces it, in whole texts and in texts that arrive in pieces.
//
// One scanner serves both kinds of texts. It reads a view of the text without invisible characters, in which digits, letters and signs that
// look like ASCII characters are folded to ASCII. It moves from trigger to trigger (an @, or the first digit of a group), and the detectors
// decide about each trigger. A candidate is the text around a trigger that a detector considers; a match is a candidate that is personal
// data. A decision reads at most 64 bytes (lookBytes) before its trigger or before a sign, such as a parenthesis, that begins the number,
// and forward to a character that ends the candidate, but at most 256 bytes (openBytes) from the start of the candidate. Until that
// character arrives, the window holds the candidate back. The result therefore does not depend on where the text is cut.
//
// National identifiers and numbering plans are data, by place: identifiers.yaml, phoneplans.txt and phonewords.yaml.
//
// Known misses: addresses that are spelled out ("joe at shop dot example"), numbers in words, numbers broken over lines,
// base64 and other encodings, letters of one script that stand for those of another in an IBAN, and numbers that look like
// harmless ones: a telephone number directly after a postal code, a card among other numbers that commas join, a number in a UUID or in a
// digest of hexadecimal digits.
//
// The package does not log. No result contains bytes of another text, and only a Window keeps text from one call to the next. But buffers
// are reused without being cleared, so bytes of earlier texts stay in the memory of the process.
package redact
