// Package organisation reads what an organisation adds to the law from a cluster: its profiles and policies, and the exceptions
// and labels of a namespace. The reconciler and the webhooks share it. It makes no decisions.
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
)

// Read returns all profiles and policies of the cluster. They may be shared with a cache and must not be changed.
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

// ReadEnvironment returns the environment of the declarations in a namespace: its labels and its exceptions. The result may be shared with
// a cache and must not be changed. ReadEnvironment returns an error when the namespace does not exist.
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
	return facts.Environment{NamespaceLabels: object.Labels, Exceptions: exceptions.Items}, nil
}
