package chatbot

import (
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// writtenStatuses knows the declarations whose last status the cache does not have yet. While the cache has the status of before, a new one that is
// equal to it looks as if it were written already, and nothing would say later that it is not. It is safe for concurrent use.
type writtenStatuses struct {
	mu       sync.Mutex
	statuses map[types.NamespacedName]writtenStatus
}

// writtenStatus is the resource version that the API server has given to a status, and when.
type writtenStatus struct {
	version string
	at      time.Time
}

func newWrittenStatuses() *writtenStatuses {
	return &writtenStatuses{statuses: map[types.NamespacedName]writtenStatus{}}
}

// put remembers a status that was written.
func (w *writtenStatuses) put(d *v1alpha1.ChatbotDeployment, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.statuses[client.ObjectKeyFromObject(d)] = writtenStatus{d.ResourceVersion, now}
}

// isBehind reports whether the declaration, from the cache, is older than the last status that was written, and when that was. It forgets one that the
// cache has.
func (w *writtenStatuses) isBehind(d *v1alpha1.ChatbotDeployment) (written time.Time, isBehind bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := client.ObjectKeyFromObject(d)
	status, isKnown := w.statuses[name]
	if !isKnown {
		return time.Time{}, false
	}
	// Versions that cannot be compared are of no API server that this manager knows.
	if order, err := resourceversion.CompareResourceVersion(d.ResourceVersion, status.version); err == nil && order < 0 {
		return status.at, true
	}
	delete(w.statuses, name)
	return time.Time{}, false
}

// forget forgets a declaration that is gone.
func (w *writtenStatuses) forget(name types.NamespacedName) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.statuses, name)
}

// conflicts knows since when the API server has had another version of an object of a declaration than the cache. It is safe for concurrent use.
type conflicts struct {
	mu    sync.Mutex
	since map[types.NamespacedName]time.Time
}

func newConflicts() *conflicts {
	return &conflicts{since: map[types.NamespacedName]time.Time{}}
}

// isRecent reports whether err, of writing the objects of the declaration, is a conflict that began less than behindLimit ago, so that it usually ends
// by itself. If err is no conflict, isRecent forgets the one of before.
func (c *conflicts) isRecent(name types.NamespacedName, err error, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !apierrors.IsConflict(err) {
		delete(c.since, name)
		return false
	}
	since, isKnown := c.since[name]
	if !isKnown {
		since, c.since[name] = now, now
	}
	return now.Sub(since) < behindLimit
}

// forget forgets a declaration that is gone.
func (c *conflicts) forget(name types.NamespacedName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.since, name)
}

// explainConflict returns the error; if it is a conflict, with what to do about one that does not end.
func explainConflict(err error) error {
	if !apierrors.IsConflict(err) {
		return err
	}
	return fmt.Errorf("for more than %s, the API server has had another version of an object than the cache of the manager. If this stays, restart the manager: %w",
		behindLimit, err)
}
