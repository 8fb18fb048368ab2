package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// mostFacts is the number of undeclared facts that a report names.
const mostFacts = 3

// DescribeUnstated returns a sentence with the undeclared facts that would settle most findings that deny or warn; "" if no finding rests on one.
func DescribeUnstated(findings []policy.Finding) string {
	return strings.Join(formatUnstated(findings), "")
}

// formatUnstated returns a line with the undeclared facts that would settle most findings that deny or warn; none if no finding rests on one.
func formatUnstated(findings []policy.Finding) []string {
	counts := map[string]int{}
	for _, f := range findings {
		if f.Action != policy.ActionDeny && f.Action != policy.ActionWarn {
			continue
		}
		for _, field := range f.Unstated {
			counts[field]++
		}
	}
	if len(counts) == 0 {
		return nil
	}
	fields := make([]string, 0, len(counts))
	for field := range counts {
		fields = append(fields, field)
	}
	slices.SortFunc(fields, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	var named []string
	for _, field := range fields[:min(mostFacts, len(fields))] {
		named = append(named, fmt.Sprintf("%s (%s)", clean(field), countFindings(counts[field])))
	}
	return []string{"Not stated, and it would settle most: " + strings.Join(named, ", ") + "."}
}

func countFindings(n int) string {
	if n == 1 {
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", n)
}
