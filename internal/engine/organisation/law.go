package organisation

import (
	"context"
	"encoding/json"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
)

// cachedLaws is the capacity of the cache of prepared laws. Each takes about 20 MiB. Admission prepares the law with a new profile. This
// law is needed again when the profile is adopted shortly afterwards, or when an admission that ran out of time is tried again.
const cachedLaws = 2

// keyedLaw is a prepared law and its key, which identifies the bundle and the profiles that it was prepared from (computeLawKey).
type keyedLaw struct {
	key      string
	prepared *bundle.PreparedLaw
}

// lawCache prepares and caches laws. It prepares one law at a time: that takes a core for half a second, and most callers that wait ask for
// the same law.
type lawCache struct {
	// turn is a lock that a caller can stop waiting for: it holds a token while the lock is held.
	turn chan struct{}
	laws *lru.Cache[string, *bundle.PreparedLaw]
}

// newLawCache returns an empty cache. The lock `turn` is free, because the channel is empty.
func newLawCache() (*lawCache, error) {
	laws, err := lru.New[string, *bundle.PreparedLaw](cachedLaws)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	return &lawCache{turn: make(chan struct{}, 1), laws: laws}, nil
}

// computeLawKey returns a text that identifies the law made of a bundle and profiles (by name). It leaves out what has no effect on the
// law, such as the status of a profile.
func computeLawKey(b *bundle.Bundle, profiles map[string]v1alpha1.JurisdictionProfile) (string, error) {
	specs := map[string]v1alpha1.JurisdictionProfileSpec{}
	for name, p := range profiles {
		specs[name] = p.Spec
	}
	encoded, err := json.Marshal(specs)
	return b.Revision + string(encoded), err
}

// get returns the prepared law of the bundle with the points of the profiles. The key comes from computeLawKey. If the context ends while
// the law is prepared, get returns the error of the context, and the work goes on: a retry finds the result in the cache.
func (c *lawCache) get(ctx context.Context, key string, b *bundle.Bundle, profiles []profile) (*bundle.PreparedLaw, error) {
	// Wait for the turn: only one call at a time prepares a law.
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
	// The channel has a buffer, so that the goroutine below can send and end even if this call has returned.
	done := make(chan result, 1)
	// This goroutine takes over the turn, and releases it at its end. It ends by itself, because Prepare has a time limit.
	go func() {
		defer func() { <-c.turn }()
		law, err := prepare(context.WithoutCancel(ctx), b, profiles)
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

// prepare prepares the law of the bundle with the points of the profiles.
func prepare(ctx context.Context, b *bundle.Bundle, profiles []profile) (*bundle.PreparedLaw, error) {
	documents, err := b.Documents()
	if err != nil {
		return nil, err
	}
	addPoints(documents, profiles)
	return b.Prepare(ctx, documents)
}
