package organisation

import (
	"context"
	"encoding/json"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
)

// cachedLaws bounds the laws that are kept besides the one in force, some 20 MiB each: admission checks a law shortly before it is
// adopted, and checks it again when its first request ran out of time.
const cachedLaws = 2

// preparedLaw is a law, and the key of what it was made from.
type preparedLaw struct {
	key string
	law *bundle.PreparedLaw
}

// lawCache prepares laws, one at a time: each takes a core for half a second, and most callers ask for the same.
type lawCache struct {
	// turn holds a token while a law is prepared.
	turn chan struct{}
	laws *lru.Cache[string, *bundle.PreparedLaw]
}

func newLawCache() (*lawCache, error) {
	laws, err := lru.New[string, *bundle.PreparedLaw](cachedLaws)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	return &lawCache{turn: make(chan struct{}, 1), laws: laws}, nil
}

// lawKey identifies the bundle and the specs of profiles. Other changes of a profile, such as of its status, do not change the law.
func lawKey(b *bundle.Bundle, profiles map[string]v1alpha1.JurisdictionProfile) (string, error) {
	specs := map[string]v1alpha1.JurisdictionProfileSpec{}
	for name, p := range profiles {
		specs[name] = p.Spec
	}
	content, err := json.Marshal(specs)
	return b.Revision + string(content), err
}

// get returns the law of the bundle with the points of the profiles, which must be valid. The work goes on after the caller's context
// has ended, so that a retry finds the result.
func (c *lawCache) get(ctx context.Context, key string, b *bundle.Bundle, profiles []profile) (*bundle.PreparedLaw, error) {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if cached, ok := c.laws.Get(key); ok {
		<-c.turn
		return cached, nil
	}
	type result struct {
		law *bundle.PreparedLaw
		err error
	}
	done := make(chan result, 1)
	// This goroutine ends by itself: Prepare has a time limit.
	go func() {
		defer func() { <-c.turn }()
		law, err := b.Prepare(context.WithoutCancel(ctx), addPoints(b.Documents(), profiles))
		if err == nil {
			c.laws.Add(key, law)
		}
		done <- result{law, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		return r.law, r.err
	}
}
