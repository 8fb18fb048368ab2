package opa

import (
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Sharer makes values that several evaluations may read at once, and that have each of their parts in memory once, however often it occurs in
// them. It is safe for concurrent use.
type Sharer struct {
	// base knows the parts that do not change; nil for none.
	base *Sharer
	// mu guards parts, which has the known parts by their hash, or by the next number that is free if parts with one hash differ.
	mu    sync.Mutex
	parts map[int]*Term
}

// maxParts is the number of parts after which a Sharer with a base begins again. The values that it made before keep their memory.
const maxParts = 1 << 16

// NewSharer returns a Sharer. Its values share parts with those of the base, which makes no more values; nil for none.
func NewSharer(base *Sharer) *Sharer { return &Sharer{base: base, parts: map[int]*Term{}} }

// Share returns an equal value. OPA sorts a set when it is first read in order, while another evaluation may read it in any order; Share has
// every set sorted.
func (s *Sharer) Share(value Value) Value {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.base != nil && len(s.parts) > maxParts {
		s.parts = map[int]*Term{}
	}
	shared := s.share(NewTerm(value)).Value
	ast.WalkTerms(shared, func(*Term) bool { return false })
	return shared
}

// share returns the known part that is equal to the term, and otherwise makes one of it.
func (s *Sharer) share(term *Term) *Term {
	if s.base != nil {
		if known, _ := s.base.find(term.Value); known != nil {
			return known
		}
	}
	if known, _ := s.find(term.Value); known != nil {
		return known
	}
	made := s.copy(term.Value)
	// Look again for a number that is free: the parts of the value can have taken the one from before.
	_, free := s.find(made.Value)
	s.parts[free] = made
	return made
}

// find returns the known part that is equal to the value, or else nil and the number that is free for it.
func (s *Sharer) find(value Value) (known *Term, free int) {
	for free = value.Hash(); ; free++ {
		known = s.parts[free]
		if known == nil || ast.ValueEqual(known.Value, value) {
			return known, free
		}
	}
}

// copy returns a copy of the value made of known parts. It is as large as its parts need; OPA makes values with room for more.
func (s *Sharer) copy(value Value) *Term {
	switch v := value.(type) {
	case ast.Object:
		members := make([][2]*Term, 0, v.Len())
		v.Foreach(func(key, member *Term) { members = append(members, ast.Item(s.share(key), s.share(member))) })
		return ast.ObjectTerm(members...)
	case ast.Set:
		return ast.SetTerm(s.shareAll(v.Len(), v.Foreach)...)
	case *ast.Array:
		return ast.ArrayTerm(s.shareAll(v.Len(), v.Foreach)...)
	}
	return NewTerm(value)
}

func (s *Sharer) shareAll(length int, visit func(func(*Term))) []*Term {
	terms := make([]*Term, 0, length)
	visit(func(term *Term) { terms = append(terms, s.share(term)) })
	return terms
}
