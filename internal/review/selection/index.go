package selection

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/labels"
	operators "k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// Index finds, among many ChatbotDeployments and without a walk through all of them, those that select a pod and those that could
// select the same pod. The reconciler keeps one over its informer, rebuilt at every start, to find the declarations that an event
// concerns. It is safe for concurrent use. Its zero value is empty.
//
// Selectors that only require equality (nearly all do) are grouped by the set of their keys, and within a group by the values. A lookup
// visits each group, not each selector. It checks the other selectors (In, NotIn, Exists, DoesNotExist) one by one.
type Index struct {
	mu         sync.RWMutex
	namespaces map[string]*namespace
}

type namespace struct {
	entries map[string]entry
	// groups maps the sorted keys of selectors, joined by commas, to the selectors with these keys.
	groups map[string]*group
	// loose are the names of selectors with requirements other than equality.
	loose sets.Set[string]
}

// entry is one selector; equal is nil for a loose one.
type entry struct {
	// declaration holds only the selector of the declaration.
	declaration *v1alpha1.ChatbotDeployment
	selector    labels.Selector
	equal       map[string]string
}

// group holds the selectors that name exactly these keys.
type group struct {
	keys []string
	// names are the names of all selectors in the group.
	names sets.Set[string]
	// projections maps a subset of the keys (joined by commas) to names by the values of these keys. It is filled on first use.
	projections map[string]map[string]sets.Set[string]
}

// Put adds or replaces the selector of a declaration. It removes an invalid or empty one, which governs no pod.
func (x *Index) Put(declaration *v1alpha1.ChatbotDeployment) {
	x.mu.Lock()
	defer x.mu.Unlock()
	object := types.NamespacedName{Namespace: declaration.Namespace, Name: declaration.Name}
	if x.namespaces == nil {
		x.namespaces = map[string]*namespace{}
	}
	ns := x.namespaces[object.Namespace]
	if ns == nil {
		ns = &namespace{entries: map[string]entry{}, groups: map[string]*group{}, loose: sets.New[string]()}
		x.namespaces[object.Namespace] = ns
	}
	ns.remove(object.Name)
	if e, ok := newEntry(declaration); ok {
		ns.add(object.Name, e)
	}
	x.dropEmpty(object.Namespace)
}

// Delete removes an object, if it is in the index.
func (x *Index) Delete(object types.NamespacedName) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if ns := x.namespaces[object.Namespace]; ns != nil {
		ns.remove(object.Name)
		x.dropEmpty(object.Namespace)
	}
}

func (x *Index) dropEmpty(name string) {
	if len(x.namespaces[name].entries) == 0 {
		delete(x.namespaces, name)
	}
}

// FindMatching returns the objects of the namespace whose selectors match the labels, sorted by name.
func (x *Index) FindMatching(namespaceName string, set map[string]string) []types.NamespacedName {
	x.mu.RLock()
	defer x.mu.RUnlock()
	ns := x.namespaces[namespaceName]
	if ns == nil {
		return nil
	}
	found := sets.New[string]()
	for _, g := range ns.groups {
		if values, ok := joinValues(set, g.keys); ok {
			found = found.Union(g.projections[strings.Join(g.keys, ",")][values])
		}
	}
	for name := range ns.loose {
		if ns.entries[name].selector.Matches(labels.Set(set)) {
			found.Insert(name)
		}
	}
	return qualifyNames(namespaceName, found)
}

// FindOverlapping returns the other objects of the namespace whose selectors could match a pod that the object's selector
// matches too, whether such a pod exists or not, sorted by name. An object that is not in the index overlaps with none.
func (x *Index) FindOverlapping(object types.NamespacedName) []types.NamespacedName {
	// A projection may have to be made, so this takes the write lock.
	x.mu.Lock()
	defer x.mu.Unlock()
	ns := x.namespaces[object.Namespace]
	if ns == nil {
		return nil
	}
	e, ok := ns.entries[object.Name]
	if !ok {
		return nil
	}
	found := ns.findCandidates(e)
	for name := range found {
		// Both selectors are valid: Put indexes no others.
		overlap, err := CanOverlap(e.declaration, ns.entries[name].declaration)
		if name == object.Name || !overlap || err != nil {
			found.Delete(name)
		}
	}
	return qualifyNames(object.Namespace, found)
}

// findCandidates returns the names of the selectors that could overlap with the entry: where both require a value for the same key, it is
// the same value.
func (n *namespace) findCandidates(e entry) sets.Set[string] {
	if e.equal == nil {
		return sets.KeySet(n.entries)
	}
	found := n.loose.Clone()
	for _, g := range n.groups {
		shared := slices.DeleteFunc(slices.Clone(g.keys), func(key string) bool { _, ok := e.equal[key]; return !ok })
		if len(shared) == 0 {
			found = found.Union(g.names)
			continue
		}
		values, _ := joinValues(e.equal, shared)
		found = found.Union(g.projectNames(shared, n.entries)[values])
	}
	return found
}

func (n *namespace) add(name string, e entry) {
	n.entries[name] = e
	if e.equal == nil {
		n.loose.Insert(name)
		return
	}
	keys := slices.Sorted(maps.Keys(e.equal))
	id := strings.Join(keys, ",")
	g := n.groups[id]
	if g == nil {
		g = &group{keys: keys, names: sets.New[string](), projections: map[string]map[string]sets.Set[string]{id: {}}}
		n.groups[id] = g
	}
	g.names.Insert(name)
	for shared, byValues := range g.projections {
		values, _ := joinValues(e.equal, strings.Split(shared, ","))
		insert(byValues, values, name)
	}
}

func (n *namespace) remove(name string) {
	e, ok := n.entries[name]
	if !ok {
		return
	}
	delete(n.entries, name)
	n.loose.Delete(name)
	if e.equal == nil {
		return
	}
	id := strings.Join(slices.Sorted(maps.Keys(e.equal)), ",")
	g := n.groups[id]
	g.names.Delete(name)
	for shared, byValues := range g.projections {
		values, _ := joinValues(e.equal, strings.Split(shared, ","))
		byValues[values].Delete(name)
		if len(byValues[values]) == 0 {
			delete(byValues, values)
		}
	}
	if len(g.names) == 0 {
		delete(n.groups, id)
	}
}

// projectNames returns the names in the group by the values of the given keys, which are a subset of the group's keys.
func (g *group) projectNames(keys []string, entries map[string]entry) map[string]sets.Set[string] {
	id := strings.Join(keys, ",")
	if byValues, ok := g.projections[id]; ok {
		return byValues
	}
	byValues := map[string]sets.Set[string]{}
	for name := range g.names {
		values, _ := joinValues(entries[name].equal, keys)
		insert(byValues, values, name)
	}
	g.projections[id] = byValues
	return byValues
}

// joinValues returns the values of the keys joined by commas, which label values cannot contain, and whether all are there.
func joinValues(set map[string]string, keys []string) (string, bool) {
	values := make([]string, 0, len(keys))
	for _, key := range keys {
		value, ok := set[key]
		if !ok {
			return "", false
		}
		values = append(values, value)
	}
	return strings.Join(values, ","), true
}

func insert(byValues map[string]sets.Set[string], values, name string) {
	if byValues[values] == nil {
		byValues[values] = sets.New[string]()
	}
	byValues[values].Insert(name)
}

func qualifyNames(namespaceName string, names sets.Set[string]) []types.NamespacedName {
	objects := make([]types.NamespacedName, 0, len(names))
	for _, name := range sets.List(names) {
		objects = append(objects, types.NamespacedName{Namespace: namespaceName, Name: name})
	}
	return objects
}

// newEntry reports false for a selector that is invalid or empty.
func newEntry(declaration *v1alpha1.ChatbotDeployment) (entry, bool) {
	selector, err := Parse(declaration)
	if err != nil {
		return entry{}, false
	}
	requirements, _ := selector.Requirements()
	kept := &v1alpha1.ChatbotDeployment{Spec: v1alpha1.ChatbotDeploymentSpec{Selector: *declaration.Spec.Selector.DeepCopy()}}
	return entry{declaration: kept, selector: selector, equal: readEqualities(requirements)}, true
}

// readEqualities returns the required value of each key. It returns nil when a requirement is not an equality, or when two contradict
// each other.
func readEqualities(requirements labels.Requirements) map[string]string {
	equal := map[string]string{}
	for _, r := range requirements {
		values := r.ValuesUnsorted()
		isEqual := (r.Operator() == operators.In || r.Operator() == operators.Equals) && len(values) == 1
		if !isEqual {
			return nil
		}
		if previous, twice := equal[r.Key()]; twice && previous != values[0] {
			return nil
		}
		equal[r.Key()] = values[0]
	}
	return equal
}
