package starter

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const pageHead = `<!-- Written by make generate. Do not edit. -->
# The smallest declarations

This page lists, for each place, the smallest declaration of a support chatbot with which ` + "`kubectl chaperone check`" + ` passes on %s. It
states only what people must answer. What the sidecar carries out need not be declared, because the sidecar is configured with
what the law requires. The files are in [config/samples/smallest](../config/samples/smallest), and a test runs the program over all of them.

A program finds them; they are not written by hand. It begins with a declaration that states everything, of a chatbot that does
nothing that requires more. It adds what the policy finds missing, and looks for the fewest fields of
` + "`spec`" + ` with which the declaration still passes, then for the fewest values in them. Nothing more can be removed:
another test tries. Warnings do not keep a chatbot out. They name the practices and documents that the law requires; each
one that you resolve brings the declaration closer to one without warnings, such as [support.yaml](../config/samples/support.yaml).

The declarations are examples: state what is true of your chatbot, and ask a lawyer what else applies.

The second column counts the lines of the file without comments: one for each field of ` + "`spec`" + `, and more for a field that is longer than %d characters.
Every declaration states %s. The third column counts the other
values; a list is one value.

| place | lines | values | outcome | warnings |
|---|---|---|---|---|
`

// namePrefix is the prefix of the names of the ChatbotDeployments in the samples; the code of the jurisdiction follows.
const namePrefix = "smallest-"

// WriteSamples replaces the folder with one that has a file for each declaration, named by its first jurisdiction (`de.yaml`).
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

// FormatPage returns the Markdown page about the smallest declarations, which has a table of them. Each declaration is for one
// jurisdiction. asOf is the day on which they pass the policy.
func FormatPage(asOf string, declarations []*Declaration) string {
	counts := map[string]int{} // The number of declarations that have a value at the path.
	for _, d := range declarations {
		for _, path := range d.valuePaths {
			counts[path]++
		}
	}
	// Move the paths that all declarations have from counts to everywhere: the page names them once, above the table.
	var everywhere []string
	for _, path := range slices.Sorted(maps.Keys(counts)) {
		if counts[path] == len(declarations) {
			everywhere = append(everywhere, "`"+path+"`")
			delete(counts, path)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, pageHead, asOf, maxColumns, strings.Join(everywhere, ", "))
	for _, d := range declarations {
		code := d.places.Jurisdictions[0]
		name := strings.TrimSuffix(d.places.titles[0], " ("+code+")")
		fmt.Fprintf(&b, "| [%s](../config/samples/smallest/%s.yaml) %s | %d | %d | %s | %d |\n",
			code, code, name, len(d.lines), len(d.valuePaths)-len(everywhere), d.Verdict.Outcome, len(d.Verdict.Rules()))
	}
	// The paths that are left in counts follow the table, the most frequent first.
	b.WriteString("\n## What is asked\n\nThe values that not every declaration needs, and the number of places that need each.\n\n| value | places |\n|---|---|\n")
	byFrequency := slices.SortedStableFunc(slices.Values(slices.Sorted(maps.Keys(counts))), func(a, b string) int { return counts[b] - counts[a] })
	for _, path := range byFrequency {
		fmt.Fprintf(&b, "| `spec.%s` | %d |\n", path, counts[path])
	}
	return b.String()
}
