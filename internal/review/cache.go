package review

import (
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Bounds of the decision cache. Without findings, a decision about a declaration takes about 10 KiB, and a decision about a workload less
// than 1 KiB: about 90 MiB in all when the cache is full.
const (
	maxDeclarations = 8192
	maxWorkloads    = 8192
)

// Kinds of cached decisions, for metrics.
const (
	KindDeclaration = "declaration"
	KindWorkload    = "workload"
)

// decisionCache keeps decisions by the fingerprint of their complete input. A cached decision is never stale, because equal inputs have
// equal decisions. When the cache is full, it drops the least recently used decisions.
type decisionCache struct {
	declarations *lru.Cache[fingerprint, *Decision]
	workloads    *lru.Cache[fingerprint, policy.Verdict]
	// onLookup is called after every lookup with the kind of the decision and whether the cache had it.
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

// findOrDecide returns the decision about the input from the cache entries. If it is not there, findOrDecide calls decide with the
// fingerprint of the input, and adds the decision to the entries if decide returns true for isCacheable. If the input has no fingerprint,
// findOrDecide uses no cache, and decide gets the zero fingerprint.
func findOrDecide[D any](c *decisionCache, kind string, entries *lru.Cache[fingerprint, D], input any, decide func(fingerprint) (decision D, isCacheable bool)) D {
	key, hasFingerprint := computeFingerprint(input)
	if hasFingerprint {
		decision, hit := entries.Get(key)
		c.onLookup(kind, hit)
		if hit {
			return decision
		}
	}
	decision, isCacheable := decide(key)
	if isCacheable && hasFingerprint {
		entries.Add(key, decision)
	}
	return decision
}
