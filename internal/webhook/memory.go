package webhook

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strconv"

	lru "github.com/hashicorp/golang-lru/v2"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Bounds of the memory. A prepared declaration takes some ten KiB and a workload's decision below one, findings aside: about
// 30 MiB when both are full.
const (
	maxDeclarations = 2048
	maxWorkloads    = 8192
)

// declarationKey is everything that the decision about a declaration depends on.
type declarationKey struct {
	uid         types.UID
	generation  int64
	environment string
	revision    string
	day         string
}

// workloadKey is the hash of everything that the decision about a pod depends on.
type workloadKey [sha256.Size]byte

// memory keeps decisions, the least recently used ones go first.
type memory struct {
	declarations *lru.Cache[declarationKey, *governor]
	workloads    *lru.Cache[workloadKey, policy.Verdict]
	count        *counters
}

func newMemory(count *counters) (*memory, error) {
	declarations, err := lru.New[declarationKey, *governor](maxDeclarations)
	if err != nil {
		return nil, fmt.Errorf("build cache of declarations: %w", err)
	}
	workloads, err := lru.New[workloadKey, policy.Verdict](maxWorkloads)
	if err != nil {
		return nil, fmt.Errorf("build cache of workloads: %w", err)
	}
	return &memory{declarations: declarations, workloads: workloads, count: count}, nil
}

func (m *memory) declaration(at declarationKey) (*governor, bool) {
	g, hit := m.declarations.Get(at)
	m.count.looked("declaration", hit)
	return g, hit
}

func (m *memory) keepDeclaration(at declarationKey, g *governor) { m.declarations.Add(at, g) }

func (m *memory) workload(at workloadKey) (policy.Verdict, bool) {
	v, hit := m.workloads.Get(at)
	m.count.looked("workload", hit)
	return v, hit
}

func (m *memory) keepWorkload(at workloadKey, v policy.Verdict) { m.workloads.Add(at, v) }

// newWorkloadKey hashes the content of a pod with the decided declaration. The sidecar's template follows from the image, which
// does not change while the process runs, the declaration and the hash of its configuration.
func newWorkloadKey(c content, g *governor) workloadKey {
	h := sha256.New()
	write(h, []byte(g.declaration.UID))
	write(h, binary.BigEndian.AppendUint64(nil, uint64(g.declaration.Generation)))
	write(h, []byte(g.verdict.Revision))
	write(h, []byte(g.verdict.AsOf))
	writeTerms(h, g.verdict.Terms)
	write(h, []byte(g.template.ConfigHash))
	write(h, []byte(c.path))
	writeMap(h, c.labels)
	writeMap(h, c.annotations)
	write(h, c.spec)
	for _, name := range c.kept {
		write(h, []byte(name))
	}
	// Always there, and last: so the names before it cannot stand for it.
	write(h, strconv.AppendBool(nil, c.breakGlass))
	return workloadKey(h.Sum(nil))
}

func writeTerms(h hash.Hash, t policy.Terms) {
	write(h, []byte(t.Enforcement))
	write(h, []byte(t.Floor))
	writeMap(h, t.Actions)
	writeMap(h, t.Waivers)
}

// write adds the length first, so that no two lists of parts give the same bytes.
func write(h hash.Hash, part []byte) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(part)))
	h.Write(length[:])
	h.Write(part)
}

func writeMap(h hash.Hash, m map[string]string) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(m)))
	h.Write(length[:])
	for _, k := range slices.Sorted(maps.Keys(m)) {
		write(h, []byte(k))
		write(h, []byte(m[k]))
	}
}
