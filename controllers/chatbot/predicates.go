package chatbot

import (
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// filterExceptions returns a predicate for changes of the spec and of the approval, which is an annotation. Changes of the status are
// ignored.
func filterExceptions() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
}

// filterLabelChanges returns a predicate for changes of the labels of namespaces. It ignores creations, which LabelChangedPredicate lets
// through: a new namespace has no declarations, and when the manager starts, each declaration in an existing namespace has an event of its
// own.
func filterLabelChanges() predicate.Predicate {
	return predicate.And(predicate.LabelChangedPredicate{}, ignoreCreation())
}

func ignoreCreation() predicate.Predicate {
	return predicate.Funcs{CreateFunc: func(event.CreateEvent) bool { return false }}
}

// filterPods returns a predicate for creations, deletions and those updates of a pod's metadata that change the counts in the status, or what
// keeps the objects of its chatbot.
func filterPods() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld, e.ObjectNew
		return !maps.Equal(before.GetLabels(), after.GetLabels()) ||
			before.GetAnnotations()[v1alpha1.AnnotationConfigHash] != after.GetAnnotations()[v1alpha1.AnnotationConfigHash] ||
			before.GetDeletionTimestamp().IsZero() != after.GetDeletionTimestamp().IsZero() ||
			!equality.Semantic.DeepEqual(before.GetOwnerReferences(), after.GetOwnerReferences())
	}}
}

// filterSidecars returns a predicate for creations, deletions and those updates that change the spec or the status, as far as the cache of
// governed pods keeps them. filterPods reports changes of the metadata.
func filterSidecars() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, beforeIsPod := e.ObjectOld.(*corev1.Pod)
		after, afterIsPod := e.ObjectNew.(*corev1.Pod)
		return beforeIsPod && afterIsPod &&
			(!equality.Semantic.DeepEqual(before.Spec, after.Spec) || !equality.Semantic.DeepEqual(before.Status, after.Status))
	}}
}

// filterRefusals returns a predicate for changes of the number of refused pods of a ReplicaSet.
func filterRefusals() predicate.Predicate {
	countRefused := func(object client.Object) int32 {
		replicaSet, ok := object.(*appsv1.ReplicaSet)
		if !ok {
			return 0
		}
		return countRefusedPods(replicaSet)
	}
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return countRefused(e.Object) > 0 },
		UpdateFunc: func(e event.UpdateEvent) bool { return countRefused(e.ObjectOld) != countRefused(e.ObjectNew) },
		DeleteFunc: func(e event.DeleteEvent) bool { return countRefused(e.Object) > 0 },
	}
}
