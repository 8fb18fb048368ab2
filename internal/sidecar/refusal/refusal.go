package refusal

import (
	"strconv"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Refusal is why one exchange is refused. It is an error, so that readers of documents can return it.
type Refusal struct {
	// Row is the rule's, with What and Remedy as this case has them.
	Row
	// Handoff is the way to a human, when that is the remedy.
	Handoff *sidecarconfig.Handoff
}

// New refuses in the words of the table.
func New(rule Rule) *Refusal { return &Refusal{Row: table[rule]} }

// Because refuses and says more exactly what is wrong, in a sentence without text of the exchange.
func Because(rule Rule, what string) *Refusal {
	r := New(rule)
	r.What = what
	return r
}

// WithRemedy says more exactly what to do.
func (r *Refusal) WithRemedy(remedy string) *Refusal {
	r.Remedy = remedy
	return r
}

// IsFor reports whether the refusal is for the rule.
func (r *Refusal) IsFor(rule Rule) bool { return r != nil && r.ID == table[rule].ID }

// Error returns what is wrong and what to do.
func (r *Refusal) Error() string { return r.What + " " + r.Remedy }

// RenderMarkdown returns the table as docs/refusals.md shows it.
func RenderMarkdown() string {
	var b strings.Builder
	b.WriteString("# What the sidecar refuses\n\n")
	b.WriteString("Generated from `internal/sidecar/refusal/rule.go`. A refusal names the rule; its text may say more exactly what is wrong.\n\n")
	b.WriteString("| rule | status | what | remedy |\n|---|---|---|---|\n")
	for _, row := range table {
		b.WriteString("| `" + row.ID + "` | " + strconv.Itoa(row.Status) + " | " + row.What + " | " + row.Remedy + " |\n")
	}
	return b.String()
}
