package review

import (
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/internal/fingerprint"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Bounds of the decision cache. A decision about a declaration takes about 20 KiB, and a decision about a workload less than 1 KiB: about 30 MiB
// in all when the cache is full. Only the admission of pods asks for a decision again that the reconciler has made, so the bound is on
// declarations whose pods are created at the same time, and not on all declarations.
const (
	maxDeclarations = 1024
	maxWorkloads    = 8192
)

// Kinds of cached decisions, for metrics.
const (
	KindDeclaration = "declaration"
	KindWorkload    = "workload"
)

// decisionCache keeps decisions by the fingerprint of their complete input. A cached decision is never stale, because equal inputs have
// equal decisions. Of each declaration it keeps the last decision only: after a change of the policy or of the declaration, the one of before is
// not asked for again. When the cache is full, it drops the least recently used decisions.
type decisionCache struct {
	declarations *lru.Cache[types.NamespacedName, *Decision]
	workloads    *lru.Cache[fingerprint.Sum, policy.Verdict]
	// onLookup is called after every lookup with the kind of the decision and whether the cache had it.
	onLookup func(kind string, hit bool)
}

func newDecisionCache() (*decisionCache, error) {
	declarations, err := lru.New[types.NamespacedName, *Decision](maxDeclarations)
	if err != nil {
		return nil, fmt.Errorf("build cache of declarations: %w", err)
	}
	workloads, err := lru.New[fingerprint.Sum, policy.Verdict](maxWorkloads)
	if err != nil {
		return nil, fmt.Errorf("build cache of workloads: %w", err)
	}
	return &decisionCache{declarations: declarations, workloads: workloads, onLookup: func(string, bool) {}}, nil
}

// findDeclaration returns the decision about the declaration with the name if it was made about the input, and nil otherwise. If the input has no
// fingerprint, the fingerprint that findDeclaration returns is zero.
func (c *decisionCache) findDeclaration(name types.NamespacedName, input *declarationInput) (*Decision, fingerprint.Sum) {
	key, hasFingerprint := fingerprint.Compute(input)
	if !hasFingerprint {
		return nil, fingerprint.Sum{}
	}
	decision, ok := c.declarations.Get(name)
	hit := ok && decision.Input.fingerprint == key
	c.onLookup(KindDeclaration, hit)
	if !hit {
		return nil, key
	}
	return decision, key
}

// findWorkload returns the decision about the input from the cache, as that of the policy with the revision, which decides the same. If it is not there, findWorkload calls decide, and adds the decision to the
// cache if decide returns true for isCacheable. If the input has no fingerprint, findWorkload uses no cache.
func (c *decisionCache) findWorkload(input *podInput, revision string, decide func() (verdict policy.Verdict, isCacheable bool)) policy.Verdict {
	key, hasFingerprint := fingerprint.Compute(input)
	if hasFingerprint {
		verdict, hit := c.workloads.Get(key)
		c.onLookup(KindWorkload, hit)
		if hit {
			verdict.Revision = revision
			return verdict
		}
	}
	verdict, isCacheable := decide()
	if isCacheable && hasFingerprint {
		c.workloads.Add(key, verdict)
	}
	return verdict
}
