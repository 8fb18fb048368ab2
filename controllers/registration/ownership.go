package registration

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// defaultInstaller is the field manager of `kubectl apply`, which README installs with.
const defaultInstaller = "kubectl"

// findInstaller returns the field manager that applied the object, as far as it was seen. The manager creates the object again in its name:
// what belonged to the manager itself, the next `kubectl apply --server-side` would report as a conflict, also without any change, because API
// servers store defaults in lists and structures that have one owner.
func findInstaller(last client.Object) string {
	if last == nil {
		return defaultInstaller
	}
	for _, entry := range last.GetManagedFields() {
		if entry.Operation == metav1.ManagedFieldsOperationApply && entry.Manager != contract.FieldManager {
			return entry.Manager
		}
	}
	return defaultInstaller
}

// disown takes the manager out of the owners of the object's fields, so that a later version of the installation may change what was restored.
func (r *Reconciler) disown(ctx context.Context, object client.Object) error {
	owners := slices.DeleteFunc(slices.Clone(object.GetManagedFields()), func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Manager == contract.FieldManager
	})
	// An API server takes an empty list for one that was left out.
	if len(owners) == 0 || len(owners) == len(object.GetManagedFields()) {
		return nil
	}
	object.SetManagedFields(owners)
	if err := r.Client.Update(ctx, object, client.FieldOwner(contract.FieldManager)); err != nil {
		return fmt.Errorf("release the fields of %s: %w", object.GetName(), err)
	}
	return nil
}
