package controllers

import (
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// CacheOptions returns what the manager's cache may hold: only the objects that the controllers look at, and only the parts of
// them that are looked at. namespace is Chaperone's own.
func CacheOptions(namespace string) cache.Options {
	ours := labels.SelectorFromSet(labels.Set{contract.LabelManagedBy: contract.ManagedBy})
	return cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			// RBAC grants these by name; a list or watch must ask for that name too.
			&corev1.Secret{}: {Namespaces: map[string]cache.Config{namespace: {FieldSelector: named(contract.WebhookSecret)}}},
			&admissionv1.MutatingWebhookConfiguration{}:   {Field: named(contract.MutatingWebhooks)},
			&admissionv1.ValidatingWebhookConfiguration{}: {Field: named(contract.ValidatingWebhooks)},
			&corev1.ConfigMap{}:                           {Label: ours},
			&networkingv1.NetworkPolicy{}:                 {Label: ours},
			&appsv1.ReplicaSet{}:                          {Transform: shrinkReplicaSet},
		},
	}
}

func named(name string) fields.Selector {
	return fields.OneTermEqualSelector(metav1.ObjectNameField, name)
}

// shrinkReplicaSet keeps labels, the template's labels, the wanted number of pods and the status. A cluster has many times
// more ReplicaSets than chatbots.
func shrinkReplicaSet(object any) (any, error) {
	full, ok := object.(*appsv1.ReplicaSet)
	if !ok {
		return nil, fmt.Errorf("shrink replica set: %T", object)
	}
	small := &appsv1.ReplicaSet{TypeMeta: full.TypeMeta, Status: full.Status}
	small.ObjectMeta = metav1.ObjectMeta{
		Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion, Labels: full.Labels,
	}
	small.Spec.Replicas = full.Spec.Replicas
	small.Spec.Template.Labels = full.Spec.Template.Labels
	return small, nil
}
