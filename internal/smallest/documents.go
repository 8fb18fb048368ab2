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

This page lists, for each place, the smallest declaration of a support chatbot with which ` + "`kubectl chaperone check`" + ` passes on %s. It
states only what people must answer. What the sidecar carries out need not be declared, because the sidecar is configured with
what the law requires. The files are in [config/samples/smallest](../config/samples/smallest), and a test runs the program over all of them.

A program finds them; they are not written by hand. It begins with a declaration that states everything, of a chatbot that does
nothing that requires more. It adds what the policy finds missing, and looks for the fewest fields of
` + "`spec`" + ` with which the declaration still passes, then for the fewest answers in them. Nothing more can be removed:
another test tries. Warnings do not keep a chatbot out. They name the practices and documents that the law requires; each
one that you resolve brings the declaration closer to one without warnings, such as [support.yaml](../config/samples/support.yaml).

The declarations are examples: state what is true of your chatbot, and ask a lawyer what else applies.

The second column counts the lines of the file without comments: one for each field of ` + "`spec`" + `, and more for a field that is longer than %d characters.
Every declaration states %s. The third column counts the other
answers; a list is one answer.

| place | lines | answers | outcome | warnings |
|---|---|---|---|---|
`

// namePrefix is the prefix of the names of the samples.
const namePrefix = "smallest-"

// WriteSamples replaces the samples in the folder. It writes one file for each declaration, named by its jurisdiction.
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

// FormatTable returns the Markdown page about the smallest declarations. Each declaration is for one jurisdiction, and they are sorted by
// code. They pass the policy on the day asOf.
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
	b.WriteString("\n## What is asked\n\nThe answers that not every declaration needs, and the number of places that need each.\n\n| answer | places |\n|---|---|\n")
	for _, answer := range slices.SortedStableFunc(slices.Values(slices.Sorted(maps.Keys(asked))), func(a, b string) int { return asked[b] - asked[a] }) {
		fmt.Fprintf(&b, "| `spec.%s` | %d |\n", answer, asked[answer])
	}
	return b.String()
}
