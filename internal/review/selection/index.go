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

// Index holds the selectors of many ChatbotDeployments. It finds the selectors that match a pod, and those that could match the same pod as
// a given selector, without comparing all of them. The reconciler fills an Index from its informer and uses it to find the declarations
// that an event concerns. An Index is safe for concurrent use. Its zero value is empty.
//
// Selectors that only require equality (nearly all do) are grouped by the set of their keys, and within a group by the values. A lookup
// visits each group, not each selector. It checks the other selectors (In with several values, NotIn, Exists, DoesNotExist) one by one.
type Index struct {
	mu sync.RWMutex
	// namespaces holds the selectors by the name of their namespace. A namespace without a valid selector is not in it.
	namespaces map[string]*namespace
}

// namespace holds the selectors of one namespace.
type namespace struct {
	// entries maps the names of the declarations to their selectors.
	entries map[string]entry
	// groups maps the sorted keys of selectors, joined by commas, to the selectors with these keys.
	groups map[string]*group
	// ungrouped are the names of the declarations whose selectors have requirements other than equality.
	ungrouped sets.Set[string]
}

// entry is the selector of one declaration.
type entry struct {
	selector labels.Selector
	// equalities maps each key of the selector to the required value; nil if the selector requires more than equality (readEqualities).
	equalities map[string]string
}

// group holds the selectors that require values for the same keys.
type group struct {
	// keys are the keys that each of the selectors has, sorted.
	keys []string
	// names are the names of the declarations in the group.
	names sets.Set[string]
	// projections finds declarations by the values that they require for some of the keys: projections["app,tier"]["web,front"] are the
	// names of those that require app=web and tier=front. Each subset of the keys is added on its first use; all keys together are always
	// there.
	projections map[string]map[string]sets.Set[string]
}

// Put adds the selector of a declaration, or replaces it. If the selector is invalid or empty, and so governs no pod, Put removes the
// declaration.
func (x *Index) Put(declaration *v1alpha1.ChatbotDeployment) {
	x.mu.Lock()
	defer x.mu.Unlock()
	object := types.NamespacedName{Namespace: declaration.Namespace, Name: declaration.Name}
	if x.namespaces == nil {
		x.namespaces = map[string]*namespace{}
	}
	ns := x.namespaces[object.Namespace]
	if ns == nil {
		ns = &namespace{entries: map[string]entry{}, groups: map[string]*group{}, ungrouped: sets.New[string]()}
		x.namespaces[object.Namespace] = ns
	}
	ns.remove(object.Name)
	if e, ok := newEntry(declaration); ok {
		ns.add(object.Name, e)
	}
	x.dropEmpty(object.Namespace)
}

// Delete removes a declaration. It does nothing if the declaration is not in the index.
func (x *Index) Delete(object types.NamespacedName) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if ns := x.namespaces[object.Namespace]; ns != nil {
		ns.remove(object.Name)
		x.dropEmpty(object.Namespace)
	}
}

// dropEmpty removes the namespace if it holds no selector.
func (x *Index) dropEmpty(name string) {
	if len(x.namespaces[name].entries) == 0 {
		delete(x.namespaces, name)
	}
}

// Len returns the number of declarations in the index.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n := 0
	for _, ns := range x.namespaces {
		n += len(ns.entries)
	}
	return n
}

// Count returns the number of declarations of the namespace in the index.
func (x *Index) Count(namespace string) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if ns := x.namespaces[namespace]; ns != nil {
		return len(ns.entries)
	}
	return 0
}

// HasNamespace reports whether the index has a declaration of the namespace.
func (x *Index) HasNamespace(name string) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.namespaces[name] != nil
}

// FindMatching returns the declarations of the namespace whose selectors match the labels, sorted by name.
func (x *Index) FindMatching(namespaceName string, podLabels map[string]string) []types.NamespacedName {
	x.mu.RLock()
	defer x.mu.RUnlock()
	ns := x.namespaces[namespaceName]
	if ns == nil {
		return nil
	}
	found := sets.New[string]()
	for _, g := range ns.groups {
		// Every selector of the group requires one value for each of g.keys, and matches if the pod has these values. The projection for
		// all of g.keys, which the group always has, lists the declarations by the values that their selectors require.
		if values, ok := joinValues(podLabels, g.keys); ok {
			found = found.Union(g.projections[strings.Join(g.keys, ",")][values])
		}
	}
	for name := range ns.ungrouped {
		if ns.entries[name].selector.Matches(labels.Set(podLabels)) {
			found.Insert(name)
		}
	}
	return qualifyNames(namespaceName, found)
}

// FindOverlapping returns the other declarations of the namespace whose selectors could match the same pod as the given declaration,
// whether such a pod exists or not, sorted by name. It returns none for a declaration that is not in the index.
func (x *Index) FindOverlapping(object types.NamespacedName) []types.NamespacedName {
	// findCandidates can add a projection to a group, so a read lock is not enough.
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
		if name == object.Name || !isSatisfiable(e.selector, ns.entries[name].selector) {
			found.Delete(name)
		}
	}
	return qualifyNames(object.Namespace, found)
}

// findCandidates returns the names of the declarations that may overlap with the entry. FindOverlapping compares the entry with each of
// them. findCandidates leaves out declarations that require another value than the entry for the same key, because they cannot overlap.
func (n *namespace) findCandidates(e entry) sets.Set[string] {
	if e.equalities == nil {
		// The selector of the entry requires more than equality, so it is in no group and may overlap with every other selector.
		return sets.KeySet(n.entries)
	}
	found := n.ungrouped.Clone()
	for _, g := range n.groups {
		isNotShared := func(key string) bool {
			_, hasKey := e.equalities[key]
			return !hasKey
		}
		shared := slices.DeleteFunc(slices.Clone(g.keys), isNotShared)
		if len(shared) == 0 {
			// Without a common key, one pod can have the labels that both selectors require.
			found = found.Union(g.names)
			continue
		}
		// No key is missing: the entry has a value for each shared key.
		values, _ := joinValues(e.equalities, shared)
		found = found.Union(g.projectNames(shared, n.entries)[values])
	}
	return found
}

// add indexes the selector of a declaration that is not in the namespace yet.
func (n *namespace) add(name string, e entry) {
	n.entries[name] = e
	if e.equalities == nil {
		n.ungrouped.Insert(name)
		return
	}
	// The group of a selector follows from its keys.
	keys := slices.Sorted(maps.Keys(e.equalities))
	id := strings.Join(keys, ",")
	g := n.groups[id]
	if g == nil {
		// A projection is an index by some of the keys of the group. A group always has the one for all of its keys, which is empty here.
		g = &group{keys: keys, names: sets.New[string](), projections: map[string]map[string]sets.Set[string]{id: {}}}
		n.groups[id] = g
	}
	g.names.Insert(name)
	// Each projection lists the declaration under the values that its selector requires for the keys of the projection. No key is missing:
	// the selector has all keys of its group.
	for someKeys, byValues := range g.projections {
		values, _ := joinValues(e.equalities, strings.Split(someKeys, ","))
		insert(byValues, values, name)
	}
}

// remove removes the declaration with the name, if the namespace has it. It also removes the group of the declaration if no other
// declaration is in that group.
func (n *namespace) remove(name string) {
	e, ok := n.entries[name]
	if !ok {
		return
	}
	delete(n.entries, name)
	n.ungrouped.Delete(name)
	if e.equalities == nil {
		return
	}
	id := strings.Join(slices.Sorted(maps.Keys(e.equalities)), ",")
	g := n.groups[id]
	g.names.Delete(name)
	// Each projection lists the declaration under the values that its selector requires for the keys of the projection. No key is missing:
	// the selector has all keys of its group.
	for someKeys, byValues := range g.projections {
		values, _ := joinValues(e.equalities, strings.Split(someKeys, ","))
		byValues[values].Delete(name)
		if len(byValues[values]) == 0 {
			delete(byValues, values)
		}
	}
	if len(g.names) == 0 {
		delete(n.groups, id)
	}
}

// projectNames returns the names of the group's declarations by the values that they require for the given keys, joined by commas. The keys
// are a subset of the group's keys. projectNames stores the result in projections for the next call.
func (g *group) projectNames(keys []string, entries map[string]entry) map[string]sets.Set[string] {
	id := strings.Join(keys, ",")
	if byValues, ok := g.projections[id]; ok {
		return byValues
	}
	byValues := map[string]sets.Set[string]{}
	for name := range g.names {
		// No key is missing: each selector of the group has all keys of the group.
		values, _ := joinValues(entries[name].equalities, keys)
		insert(byValues, values, name)
	}
	g.projections[id] = byValues
	return byValues
}

// joinValues returns the values of the keys, joined by commas, which label values cannot contain. It returns false if a key is missing.
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

// insert adds a name to the names with these values.
func insert(byValues map[string]sets.Set[string], values, name string) {
	if byValues[values] == nil {
		byValues[values] = sets.New[string]()
	}
	byValues[values].Insert(name)
}

// qualifyNames returns the names with the namespace, sorted.
func qualifyNames(namespaceName string, names sets.Set[string]) []types.NamespacedName {
	objects := make([]types.NamespacedName, 0, len(names))
	for _, name := range sets.List(names) {
		objects = append(objects, types.NamespacedName{Namespace: namespaceName, Name: name})
	}
	return objects
}

// newEntry returns the entry of a declaration. It returns false if the selector is invalid or empty.
func newEntry(declaration *v1alpha1.ChatbotDeployment) (entry, bool) {
	selector, err := Parse(declaration)
	if err != nil {
		return entry{}, false
	}
	// Requirements reports false only for a selector that matches nothing. Parse never returns such a selector.
	requirements, _ := selector.Requirements()
	return entry{selector: selector, equalities: readEqualities(requirements)}, true
}

// readEqualities returns the required value of each key. It returns nil if a requirement is not an equality, or if two requirements
// contradict each other. The operator In with a single value is an equality.
func readEqualities(requirements labels.Requirements) map[string]string {
	equal := map[string]string{}
	for _, r := range requirements {
		values := r.ValuesUnsorted()
		requiresOneValue := (r.Operator() == operators.In || r.Operator() == operators.Equals) && len(values) == 1
		if !requiresOneValue {
			return nil
		}
		if previous, twice := equal[r.Key()]; twice && previous != values[0] {
			return nil
		}
		equal[r.Key()] = values[0]
	}
	return equal
}
