package module_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/policy/rego/module"
)

const retention = `deny contains finding if {
	days := input.spec.retention.transcriptDays
	limit := data.parameters.days
	days > limit
	finding := {"field": "spec.retention.transcriptDays", "found": days, "required": limit}
}

warn contains {"field": "spec.name"} if not input.spec.name
`

func TestFindings(t *testing.T) {
	r := newRunner(t, module.Limits{})
	s := rule(retention)
	s.Parameters = []byte(`{"days": 20}`)
	p := compiled(t, r, s)
	got, err := r.Evaluate(t.Context(), p, tested, inputOf(`{"retention": {"transcriptDays": 30}}`))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(cmp.Diff([]module.Finding{}, got))
}
