package review

import (
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Bounds of the decision cache. A decision about a declaration takes some ten KiB and one about a workload below one, findings
// aside: about 90 MiB when both are full.
const (
	maxDeclarations = 8192
	maxWorkloads    = 8192
)

// Kinds of cached decisions, for metrics.
const (
	KindDeclaration = "declaration"
	KindWorkload    = "workload"
)

// decisionCache keeps decisions by the fingerprint of their complete input, so that it can be neither stale nor wrong: what was
// decided about an equal input is the decision. The least recently used ones are dropped first.
type decisionCache struct {
	declarations *lru.Cache[fingerprint, *Decision]
	workloads    *lru.Cache[fingerprint, policy.Verdict]
	// onLookup is called with every lookup.
	onLookup func(kind string, hit bool)
}

func newDecisionCache() (*decisionCache, error) {
	declarations, err := lru.New[fingerprint, *Decision](maxDeclarations)
	if err != nil {
		return nil, fmt.Errorf("build cache of declarations: %w", err)
	}
	workloads, err := lru.New[fingerprint, policy.Verdict](maxWorkloads)
	if err != nil {
		return nil, fmt.Errorf("build cache of workloads: %w", err)
	}
	return &decisionCache{declarations: declarations, workloads: workloads, onLookup: func(string, bool) {}}, nil
}

// findOrDecide returns the decision about the input, from the cache or from decide, which also says whether to keep it.
func findOrDecide[D any](c *decisionCache, kind string, known *lru.Cache[fingerprint, D], input any, decide func(fingerprint) (decision D, keep bool)) D {
	key, isComparable := fingerprintOf(input)
	if isComparable {
		decision, hit := known.Get(key)
		c.onLookup(kind, hit)
		if hit {
			return decision
		}
	}
	decision, keep := decide(key)
	if keep && isComparable {
		known.Add(key, decision)
	}
	return decision
}
