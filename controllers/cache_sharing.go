package controllers

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// maxSharedLists bounds the number of different lists of one kind that a declarationSharer keeps for sharing.
const maxSharedLists = 1024

// declarationSharer lets the cached declarations share what is equal in many of them: what the law requires of chatbots with the same places
// and facts, and texts. Otherwise the statuses of thousands of declarations would take most of the memory of the manager.
type declarationSharer struct {
	obligations *lru.Cache[[sha256.Size]byte, []string]
	upcoming    *lru.Cache[[sha256.Size]byte, []v1alpha1.UpcomingChange]
}

// newDeclarationSharer returns a declarationSharer that shares nothing yet.
func newDeclarationSharer() *declarationSharer {
	// New fails only for a size that is not positive.
	obligations, _ := lru.New[[sha256.Size]byte, []string](maxSharedLists)
	upcoming, _ := lru.New[[sha256.Size]byte, []v1alpha1.UpcomingChange](maxSharedLists)
	return &declarationSharer{obligations: obligations, upcoming: upcoming}
}

// share returns the declaration without what nobody reads in the manager: the owners of fields, and the copy of the declaration that kubectl
// keeps in an annotation. Lists and texts of the status share their memory with the equal ones of other declarations, so readers of the cache
// do not change them, and no client writes a declaration from the cache as a whole. It is a cache.TransformFunc.
func (s *declarationSharer) share(object any) (any, error) {
	d, ok := object.(*v1alpha1.ChatbotDeployment)
	if !ok {
		return nil, fmt.Errorf("share declaration: %T", object)
	}
	d.ManagedFields = nil
	delete(d.Annotations, corev1.LastAppliedConfigAnnotation)
	status := &d.Status
	var err error
	if status.ObligationSummaries, err = shareList(s.obligations, status.ObligationSummaries); err != nil {
		return nil, err
	}
	if status.Upcoming, err = shareList(s.upcoming, status.Upcoming); err != nil {
		return nil, err
	}
	for i := range status.Findings {
		f := &status.Findings[i]
		f.Rule, f.Action, f.Field, f.Message = share(f.Rule), share(f.Action), share(f.Field), share(f.Message)
	}
	for i := range status.Conditions {
		c := &status.Conditions[i]
		c.Type, c.Reason, c.Message = share(c.Type), share(c.Reason), share(c.Message)
	}
	status.PolicyRevision, status.NextEvaluation = share(status.PolicyRevision), share(status.NextEvaluation)
	return d, nil
}

// shareList returns the list, or the equal one that is known already.
func shareList[T any](known *lru.Cache[[sha256.Size]byte, []T], list []T) ([]T, error) {
	if len(list) == 0 {
		return list, nil
	}
	encoded, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("encode list: %w", err)
	}
	key := sha256.Sum256(encoded)
	if shared, ok := known.Get(key); ok {
		return shared, nil
	}
	known.Add(key, list)
	return list, nil
}
