package controllers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// TestStatusIsOwnedAsOneValue checks that API servers do not keep an entry for each field and condition of a status, which they would decode
// and encode with each write of the object (docs/adr/0123-what-a-write-costs.md).
func TestStatusIsOwnedAsOneValue(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")

	var owned []string
	for _, entry := range w.read("support").ManagedFields {
		if entry.Manager == contract.FieldManager && entry.Subresource == "status" {
			owned = append(owned, entry.FieldsV1.GetRawString())
		}
	}
	if diff := cmp.Diff([]string{`{"f:status":{}}`}, owned); diff != "" {
		t.Errorf("fields that the manager owns (-want +got):\n%s", diff)
	}
}
