// Package specification has only tests: a second implementation of docs/law.md, written from that text and the legal data alone, without the
// Rego rules and the engine. It decides about declarations and compares itself with the engine. Where the two differ, the engine, the data, the
// text or this implementation is wrong, and one of them is to be mended; no difference is listed as known.
//
// Compared are, for each declaration and day: the merged requirement of every dimension with its value, its sources, what they override, and the
// force of each; the dimensions that values of an organization loosen; the findings of the dimensions that section 3 compares, with field and
// action, also under spec.enforcement, spec.notApplicable and spec.perPlace; and the next day on which the decision can change.
//
// The declarations are those of test/conformance/law, the bases of test/conformance with each place and each sector, and declarations made at
// random from a seed. The last are decided under the real law, and under an invented one whose points combine conditions that no real point
// combines. Other ones are decided under the real law with the values of organizations, which are made at random, too.
//
// Not compared, because docs/law.md leaves them to the rules of their topics or to other documents:
//   - findings whose answer is no value of the type of its dimension (otherRules in findings_test.go, with the reason for each), and findings
//     about no dimension: declaration.*, conflicts.* and the like. Their requirements are compared.
//   - findings that another about the same fact hides (also): the other stands in for them.
//   - conflicts and splits (section 6), which are rules of their own; test/conformance has cases of them.
//   - obligations, remedies, unstated facts and the list of changes ahead: they present what is compared.
//   - the addresses of sources (url, readAt), which decide nothing.
//   - policies and exceptions of organizations, which change actions only. The text names them, but does not specify them.
//   - declarations that the API server refuses.
package specification
