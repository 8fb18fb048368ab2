package filter

import "hash/maphash"

// maxConversations is the number of conversations that recent remembers: what a small chatbot has in a day.
const maxConversations = 4096

// recent holds a value for each of the conversations that were added last. It keeps hashes of their identifiers. When it is full, it
// forgets the conversation that was added first. It is not safe for concurrent use.
type recent[V any] struct {
	seed   maphash.Seed
	values map[uint64]V
	// keys are the keys of values. Until there are maxConversations, they are in the order in which they were added. Then each new key
	// replaces the oldest one, which is at the index oldest.
	keys   []uint64
	oldest int
}

func newRecent[V any]() recent[V] {
	return recent[V]{seed: maphash.MakeSeed(), values: map[uint64]V{}}
}

// get returns the value of a conversation, or the zero value. Two conversations with the same hash would share a value: for each
// conversation the chance is one in 2^52 when the memory is full.
func (r *recent[V]) get(id string) (value V, found bool) {
	value, found = r.values[maphash.String(r.seed, id)]
	return value, found
}

// put stores the value of a conversation. forgotten is the value of the conversation that makes room for it.
func (r *recent[V]) put(id string, value V) (forgotten V) {
	key := maphash.String(r.seed, id)
	if _, found := r.values[key]; !found {
		forgotten = r.addKey(key)
	}
	r.values[key] = value
	return forgotten
}

// addKey adds a key to keys. If keys is full, the key replaces the oldest one, and addKey forgets and returns the value of that.
func (r *recent[V]) addKey(key uint64) (forgotten V) {
	if len(r.keys) < maxConversations {
		r.keys = append(r.keys, key)
		return forgotten
	}
	forgotten = r.values[r.keys[r.oldest]]
	delete(r.values, r.keys[r.oldest])
	r.keys[r.oldest] = key
	r.oldest = (r.oldest + 1) % maxConversations
	return forgotten
}
