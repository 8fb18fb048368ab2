// Package organisation reads from a cluster what decisions depend on besides the declaration: the profiles and policies of the
// organisation, and the labels and exceptions of a namespace. The reconciler and the webhooks use it. It makes no decisions.
package organisation

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

// Read returns all JurisdictionProfiles and GovernancePolicies of the cluster. The caller must not change them: reader may be a cache
// that shares its objects.
func Read(ctx context.Context, reader client.Reader) (policy.Organisation, error) {
	var profiles v1alpha1.JurisdictionProfileList
	if err := reader.List(ctx, &profiles, client.UnsafeDisableDeepCopy); err != nil {
		return policy.Organisation{}, fmt.Errorf("list JurisdictionProfiles: %w", err)
	}
	var policies v1alpha1.GovernancePolicyList
	if err := reader.List(ctx, &policies, client.UnsafeDisableDeepCopy); err != nil {
		return policy.Organisation{}, fmt.Errorf("list GovernancePolicies: %w", err)
	}
	return policy.Organisation{Profiles: profiles.Items, Policies: policies.Items}, nil
}

// ReadEnvironment returns the labels and the PolicyExceptions of a namespace, and the ChatShapes of the cluster. The caller must not change them: reader may be a cache that
// shares its objects. ReadEnvironment returns an error if the namespace does not exist.
func ReadEnvironment(ctx context.Context, reader client.Reader, namespace string) (facts.Environment, error) {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	if err := reader.Get(ctx, client.ObjectKey{Name: namespace}, object); err != nil {
		return facts.Environment{}, fmt.Errorf("read namespace: %w", err)
	}
	var exceptions v1alpha1.PolicyExceptionList
	if err := reader.List(ctx, &exceptions, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return facts.Environment{}, fmt.Errorf("list PolicyExceptions: %w", err)
	}
	shapes, err := readShapes(ctx, reader)
	if err != nil {
		return facts.Environment{}, err
	}
	return facts.Environment{NamespaceLabels: object.Labels, Exceptions: exceptions.Items, Shapes: shapes}, nil
}

// readShapes returns the ChatShapes of the cluster; nil if there are none.
func readShapes(ctx context.Context, reader client.Reader) (shape.Documents, error) {
	var list v1alpha1.ChatShapeList
	if err := reader.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list ChatShapes: %w", err)
	}
	if len(list.Items) == 0 {
		return nil, nil
	}
	shapes := make(shape.Documents, len(list.Items))
	for i := range list.Items {
		shapes[list.Items[i].Name] = list.Items[i].Spec.Raw
	}
	return shapes, nil
}
