package smallest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const tableHead = `<!-- Written by make generate. Do not edit. -->
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

// namePrefix begins the names of the samples of one jurisdiction.
const namePrefix = "smallest-"

// WriteSamples replaces the samples in the folder by the declarations of one jurisdiction each, one file each.
func WriteSamples(folder string, declarations []*Declaration) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, d := range declarations {
		if err := os.WriteFile(filepath.Join(folder, d.places.Jurisdictions[0]+".yaml"), []byte(d.formatSample()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// FormatTable returns the document about the declarations of one jurisdiction each, which are sorted by code; asOf is the day for
// which they were found.
func FormatTable(asOf string, declarations []*Declaration) string {
	asked := map[string]int{}
	for _, s := range declarations {
		for _, answer := range s.answers {
			asked[answer]++
		}
	}
	var everywhere []string
	for _, answer := range slices.Sorted(maps.Keys(asked)) {
		if asked[answer] == len(declarations) {
			everywhere = append(everywhere, "`"+answer+"`")
			delete(asked, answer)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, tableHead, asOf, maxColumns, strings.Join(everywhere, ", "))
	for _, d := range declarations {
		code := d.places.Jurisdictions[0]
		name := strings.TrimSuffix(d.places.titles[0], " ("+code+")")
		fmt.Fprintf(&b, "| [%s](../config/samples/smallest/%s.yaml) %s | %d | %d | %s | %d |\n",
			code, code, name, len(d.lines), len(d.answers)-len(everywhere), d.Verdict.Outcome, len(d.Verdict.Rules()))
	}
	b.WriteString("\n## What is asked\n\nThe answers beside those of every declaration, and in how many places one is needed.\n\n| answer | places |\n|---|---|\n")
	for _, answer := range slices.SortedStableFunc(slices.Values(slices.Sorted(maps.Keys(asked))), func(a, b string) int { return asked[b] - asked[a] }) {
		fmt.Fprintf(&b, "| `spec.%s` | %d |\n", answer, asked[answer])
	}
	return b.String()
}
