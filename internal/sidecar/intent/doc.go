// Package intent recognizes what a person asks for in a message: a human, help in danger, or a right about personal data.
//
// The words are data, one file for each language. `words` names choices. `asks` and `alone` have patterns by kind; those in `alone` must be the
// whole message, apart from the words in `polite`. A pattern is a sequence of parts: `a|b` are choices, `<name>` is a named choice, `_` joins the
// words of one choice, `x*` is the begin of a word, a part with `?` may be missing, and `..` stands for up to three words. Marks on letters and case do
// not count. Nothing counts that a message quotes, denies (`not`), reports (`reported`) or tells as a story (`story`), or that `harmless` has.
package intent
