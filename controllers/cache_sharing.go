package controllers

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/fingerprint"
)

const (
	// maxSharedLists bounds the number of different lists of one kind that a declarationSharer keeps for sharing.
	maxSharedLists = 1024
	// maxSharedParts bounds the number of different parts of specs that a declarationSharer keeps for sharing, and maxSharedPartBytes the content
	// of each. Most have 50 to 500 bytes. So edits of declarations make it keep a few MiB at most.
	maxSharedParts, maxSharedPartBytes = 2048, 1024
)

// declarationSharer lets the cached declarations share what is equal in many of them: what the law requires of chatbots with the same places
// and facts, what teams of one organization declare alike, and texts. Otherwise thousands of declarations would take most of the memory of the
// manager.
type declarationSharer struct {
	obligations *lru.Cache[[sha256.Size]byte, []string]
	upcoming    *lru.Cache[[sha256.Size]byte, []v1alpha1.UpcomingChange]
	// parts has the pointers and the lists that are fields of specs.
	parts *lru.Cache[partKey, reflect.Value]
}

// partKey identifies a field of the spec and its content.
type partKey struct {
	field int
	sum   fingerprint.Sum
}

// newDeclarationSharer returns a declarationSharer that shares nothing yet.
func newDeclarationSharer() *declarationSharer {
	// New fails only for a size that is not positive.
	obligations, _ := lru.New[[sha256.Size]byte, []string](maxSharedLists)
	upcoming, _ := lru.New[[sha256.Size]byte, []v1alpha1.UpcomingChange](maxSharedLists)
	parts, _ := lru.New[partKey, reflect.Value](maxSharedParts)
	return &declarationSharer{obligations: obligations, upcoming: upcoming, parts: parts}
}

// share returns the declaration without the metadata that the manager does not read (dropMetadata). Parts of the spec, and lists and texts of the
// status, share their memory with the equal ones of other declarations, so readers of the cache do not change them, and no client writes a declaration
// from the cache as a whole. It is a cache.TransformFunc.
func (s *declarationSharer) share(object any) (any, error) {
	d, ok := object.(*v1alpha1.ChatbotDeployment)
	if !ok {
		return nil, fmt.Errorf("share declaration: %T", object)
	}
	dropMetadata(&d.ObjectMeta)
	s.shareSpec(&d.Spec)
	status := &d.Status
	var err error
	if status.ObligationSummaries, err = shareList(s.obligations, status.ObligationSummaries); err != nil {
		return nil, err
	}
	if status.Upcoming, err = shareList(s.upcoming, status.Upcoming); err != nil {
		return nil, err
	}
	// The decoder has left room for more in these lists.
	status.Findings, status.Conditions = slices.Clone(status.Findings), slices.Clone(status.Conditions)
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

// dropMetadata drops what API servers do not bound and the manager does not read: labels and owners, which can fill an object, annotations, of which
// there can be 256 KiB, the owners of fields, and finalizers, unless the object is being deleted. A write of the status leaves them as they are.
func dropMetadata(meta *metav1.ObjectMeta) {
	meta.Labels, meta.Annotations, meta.OwnerReferences, meta.ManagedFields = nil, nil, nil, nil
	if meta.DeletionTimestamp.IsZero() {
		meta.Finalizers = nil
	}
}

// shareSpec replaces the pointers and the lists of the spec by those to equal content that are known already.
func (s *declarationSharer) shareSpec(spec *v1alpha1.ChatbotDeploymentSpec) {
	fields := reflect.ValueOf(spec).Elem()
	for i := range fields.NumField() {
		field := fields.Field(i)
		isPart := field.Kind() == reflect.Pointer || field.Kind() == reflect.Slice
		if !isPart || field.IsNil() {
			continue
		}
		sum, size, isComparable := fingerprint.Measure(field.Interface())
		if !isComparable || size > maxSharedPartBytes {
			continue
		}
		key := partKey{field: i, sum: sum}
		if shared, ok := s.parts.Get(key); ok {
			field.Set(shared)
			continue
		}
		// A copy of the pointer or the list: the value of the field would keep the whole declaration.
		s.parts.Add(key, reflect.ValueOf(field.Interface()))
	}
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
