package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const tableHead = `<!-- Written by hack/smallest (make generate). Do not edit. -->
# The smallest declarations

For each place alone, the smallest declaration of a support chatbot with which ` + "`kubectl chaperone check`" + ` passes on %s. It
is what only people can answer: what the sidecar carries out need not be declared, since it is configured with what the law
requires. Each stands in [config/samples/smallest](../config/samples/smallest), and a test runs the program over all of them.

They are found by a program, not written by hand. It begins with a declaration in which everything is answered, and in which
the chatbot does nothing that needs more answers. It adds what the policy finds missing, and looks for the fewest fields of
` + "`spec`" + ` with which the declaration still passes, then for the fewest answers in them. Nothing can be left out of what is
left: another test tries. Warnings do not keep a chatbot out; they name what the law wants of practice and documents, and each
that is answered is a step to a declaration with nothing to warn about, such as [support.yaml](../config/samples/support.yaml).

It shows the form, not a chatbot of yours: state what is true of yours, and ask a lawyer what else applies.

Lines are those of the file without its comments: one for each field of ` + "`spec`" + `, more where it has more than %d characters.
Every declaration states %s. The third column counts what is
answered beside these; a list is one answer.

| place | lines | answers | outcome | warnings |
|---|---|---|---|---|
`

// table is the document about the samples, which are sorted by code.
func table(asOf string, samples []sample) string {
	asked := map[string]int{}
	for _, s := range samples {
		for _, answer := range s.answers {
			asked[answer]++
		}
	}
	var everywhere []string
	for _, answer := range slices.Sorted(maps.Keys(asked)) {
		if asked[answer] == len(samples) {
			everywhere = append(everywhere, "`"+answer+"`")
			delete(asked, answer)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, tableHead, asOf, maxColumns, strings.Join(everywhere, ", "))
	for _, s := range samples {
		fmt.Fprintf(&b, "| [%s](../config/samples/smallest/%s.yaml) %s | %d | %d | %s | %d |\n",
			s.code, s.code, s.name, len(s.lines), len(s.answers)-len(everywhere), s.verdict.Outcome, len(s.verdict.Rules()))
	}
	b.WriteString("\n## What is asked\n\nThe answers beside those of every declaration, and in how many places one is needed.\n\n| answer | places |\n|---|---|\n")
	for _, answer := range slices.SortedStableFunc(slices.Values(slices.Sorted(maps.Keys(asked))), func(a, b string) int { return asked[b] - asked[a] }) {
		fmt.Fprintf(&b, "| `spec.%s` | %d |\n", answer, asked[answer])
	}
	return b.String()
}
