package sidecar

import (
	"cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// boundBodies lowers the limits of bodies to the longest bodies that fit into the memory of the sidecar.
func boundBodies(l sidecarconfig.Limits, b *budget.Budget) sidecarconfig.Limits {
	l.RequestBytes, l.ResponseBytes = min(l.RequestBytes, b.MaxBodyBytes()), min(l.ResponseBytes, b.MaxAnswerBytes())
	return l
}

// limitBodies returns the length of the longest request and of the longest whole answer of a service. The shape names the limits that the
// declaration leaves out.
func (c *loadedConfig) limitBodies(s *service) (request, answer int64) {
	l := c.declared
	l.RequestBytes, l.ResponseBytes = cmp.Or(l.RequestBytes, s.requestBytes), cmp.Or(l.ResponseBytes, s.answerBytes)
	l = boundBodies(l.OrDefaults(), c.shared.budget)
	return l.RequestBytes, l.ResponseBytes
}
