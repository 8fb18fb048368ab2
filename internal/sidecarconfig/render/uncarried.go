package render

import (
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// carried are the dimensions that the sidecar of this version executes, and those that the pod rules and the patch do.
func carried() []string {
	return []string{
		"consent.withdrawal", "contract.withdrawalFunction", "transparency.noticeAt", // links with every answer
		"personal_data.redact",
		"residency.countries", "security.controls", // declared, and judged; regions by node affinity
		"transparency.disclosure", "transparency.disclosureAt", "transparency.languages", "transparency.marking", "transparency.repeatHours",
		"transparency.statementSays", // declared by who writes the statement
	}
}

// Uncarried returns the dimensions among the obligations that this version decides and shows, but that nothing executes yet, sorted.
// Whoever runs the chatbot has to see to them.
func Uncarried(obligations []policy.Obligation) []string {
	var dimensions []string
	executed := carried()
	for _, o := range obligations {
		if o.Dimension != "" && !slices.Contains(executed, o.Dimension) {
			dimensions = append(dimensions, o.Dimension)
		}
	}
	slices.SortFunc(dimensions, strings.Compare)
	return slices.Compact(dimensions)
}
