// Package redact finds personal data in text and replaces it, in whole texts and in texts that arrive in pieces.
//
// There is one scanner for both. It looks at a view of the text in which invisible characters are gone and look-alike
// digits, letters and signs are folded to ASCII, walks from trigger to trigger (a digit, an @) and asks the detectors. Each
// decision reads at most lookBytes before its trigger and runs forward to a character that ends the candidate; while that
// character has not arrived the text is held back. So the result cannot depend on where the text was cut.
//
// Known misses: addresses that are spelled out ("joe at shop dot example"), numbers in words, numbers broken over lines,
// base64 and other encodings, letters of one script that stand for those of another in an IBAN.
//
// The package is pure: bytes in, bytes out, no logging, nothing is kept.
package redact
