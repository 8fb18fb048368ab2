package shape

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// aimTexts says in words what each aim is, and how the declaration lifts it.
var aimTexts = map[string]string{
	AgainstStorage:        "so that nothing is stored, unless `storesConversations` is true",
	AgainstTraining:       "so that nothing is used for training, unless `trainsOnData` is true",
	AgainstIdentification: "so that it does not learn who writes, outside of the cluster",
}

// writeEgress writes what the sidecar sees to in calls of models.
func (s *Shape) writeEgress(b *strings.Builder) {
	if len(s.Egress) == 0 {
		return
	}
	b.WriteString("\n## What the sidecar sees to in calls of a processor\n\n")
	for i := range s.Egress {
		e := &s.Egress[i]
		to := "the processor"
		if len(e.Hosts) > 0 {
			to = "`" + strings.Join(e.Hosts, "`, `") + "`"
		}
		fmt.Fprintf(b, "- For %s, %s: %s. Source: [%s](%s), read %s.\n", to, aimTexts[e.Against], strings.Join(e.describe(), "; "),
			e.Evidence.Source, e.Evidence.URL, e.Evidence.Read)
	}
}

// describe returns what a row does, each as a clause.
func (e *Egress) describe() (clauses []string) {
	for _, selector := range slices.Sorted(maps.Keys(e.Set)) {
		clauses = append(clauses, fmt.Sprintf("`%s` is set to `%s`", selector, e.Set[selector]))
	}
	for _, f := range e.Forbid {
		values := "`" + strings.Join(f.In, "` or `") + "`"
		if slices.Contains(f.In, AnyValue) {
			values = "any value"
		}
		clauses = append(clauses, fmt.Sprintf("a call with %s at `%s` is refused", values, strings.Join(f.At, "`, `")))
	}
	if len(e.Drop) > 0 {
		clauses = append(clauses, "`"+strings.Join(e.Drop, "`, `")+"` is taken away")
	}
	if len(e.Pseudonymize) > 0 {
		clauses = append(clauses, "`"+strings.Join(e.Pseudonymize, "`, `")+"` becomes a pseudonym")
	}
	return clauses
}
