package chatbot

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// writtenStatuses knows the declarations whose last status the cache does not have yet. While the cache has the status of before, a new one that is
// equal to it looks as if it were written already, and nothing would say later that it is not. It is safe for concurrent use.
type writtenStatuses struct {
	mu sync.Mutex
	// versions are the resource versions that the API server has given to the statuses.
	versions map[types.NamespacedName]string
}

func newWrittenStatuses() *writtenStatuses {
	return &writtenStatuses{versions: map[types.NamespacedName]string{}}
}

// put remembers a status that was written.
func (w *writtenStatuses) put(d *v1alpha1.ChatbotDeployment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.versions[client.ObjectKeyFromObject(d)] = d.ResourceVersion
}

// isBehind reports whether the declaration, from the cache, is older than the last status that was written. It forgets one that the cache has.
func (w *writtenStatuses) isBehind(d *v1alpha1.ChatbotDeployment) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := client.ObjectKeyFromObject(d)
	written, isKnown := w.versions[name]
	if !isKnown {
		return false
	}
	// Versions that cannot be compared are of no API server that this manager knows.
	if order, err := resourceversion.CompareResourceVersion(d.ResourceVersion, written); err == nil && order < 0 {
		return true
	}
	delete(w.versions, name)
	return false
}

// forget forgets a declaration that is gone.
func (w *writtenStatuses) forget(name types.NamespacedName) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.versions, name)
}
