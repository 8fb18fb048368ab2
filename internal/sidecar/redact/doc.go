// Package redact finds personal data in text and replaces it, in whole texts and in texts that arrive in pieces.
//
// One scanner serves both. It reads a view of the text without invisible characters, in which digits, letters and signs that
// look alike are folded to ASCII. It moves from trigger to trigger (a digit, an @) and asks the detectors. Each decision reads
// at most lookBytes before its trigger, and forward to a character that ends the candidate; until that character arrives, the
// window holds the text back. The result therefore does not depend on where the text is cut.
//
// Known misses: addresses that are spelled out ("joe at shop dot example"), numbers in words, numbers broken over lines,
// base64 and other encodings, letters of one script that stand for those of another in an IBAN.
//
// The package is pure: bytes in, bytes out. It does not log, and it retains nothing.
package redact
