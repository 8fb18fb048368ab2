package chatbot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// chatbotKind is the kind of declarations.
const chatbotKind = "ChatbotDeployment"

// workloadsOfPods are the group and the kind of the controllers whose pods are few owners together. Other pods are owners themselves.
var workloadsOfPods = []string{"apps/ReplicaSet", "apps/StatefulSet", "apps/DaemonSet", "batch/Job"}

// maxKeepers bounds the owners of an object, which take 150 bytes each. A workload is one, however many pods it has.
const maxKeepers = 256

// listKeepers returns what the injected pods of the chatbot belong to (a ReplicaSet, a StatefulSet, a Job, …), and those that do not live exactly as
// long as one such workload, as owners for the objects of the chatbot, sorted. Owners of this kind block nothing: the garbage collector only deletes an object
// when the last of them is gone.
func listKeepers(pods []metav1.PartialObjectMetadata, chatbot string) []metav1.OwnerReference {
	var workloads, own []metav1.OwnerReference
	for i := range pods {
		if pods[i].Labels[v1alpha1.LabelChatbot] != chatbot {
			continue
		}
		if owner := metav1.GetControllerOfNoCopy(&pods[i]); owner != nil && isKeeper(&pods[i], owner) {
			workloads = append(workloads, metav1.OwnerReference{APIVersion: owner.APIVersion, Kind: owner.Kind, Name: owner.Name, UID: owner.UID})
		} else {
			own = append(own, newPodReference(&pods[i]))
		}
	}
	return joinKeepers(workloads, own)
}

// listAllKeepers is listKeepers with all injected pods besides. It is for a chatbot whose declaration is gone: no pods are added, and the team may
// delete a workload and leave its pods while no manager runs that would make them owners then.
func listAllKeepers(pods []metav1.PartialObjectMetadata, chatbot string) []metav1.OwnerReference {
	var own []metav1.OwnerReference
	for i := range pods {
		if pods[i].Labels[v1alpha1.LabelChatbot] == chatbot {
			own = append(own, newPodReference(&pods[i]))
		}
	}
	return joinKeepers(listKeepers(pods, chatbot), own)
}

func newPodReference(pod *metav1.PartialObjectMetadata) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: "v1", Kind: "Pod", Name: pod.Name, UID: pod.UID}
}

// joinKeepers returns the lists as one, sorted by UID, with at most maxKeepers owners: the first list goes before the second one.
func joinKeepers(first, second []metav1.OwnerReference) []metav1.OwnerReference {
	order := func(a, b metav1.OwnerReference) int {
		return cmp.Or(cmp.Compare(a.UID, b.UID), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	}
	slices.SortFunc(first, order)
	slices.SortFunc(second, order)
	var keepers []metav1.OwnerReference
	for _, reference := range slices.Concat(first, second) {
		// API servers refuse a list with one UID twice.
		isThere := slices.ContainsFunc(keepers, func(r metav1.OwnerReference) bool { return r.UID == reference.UID })
		if !isThere && len(keepers) < maxKeepers {
			keepers = append(keepers, reference)
		}
	}
	slices.SortFunc(keepers, order)
	return keepers
}

// gatherClaims reads the pods that have the label of the chatbot, while its selector cannot be used.
func (r *Reconciler) gatherClaims(ctx context.Context, found *observation) error {
	var pods metav1.PartialObjectMetadataList
	pods.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("PodList"))
	label := client.MatchingLabels{v1alpha1.LabelChatbot: found.declaration.Name}
	if err := r.Client.List(ctx, &pods, client.InNamespace(found.declaration.Namespace), label, client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("list pods of the chatbot: %w", err)
	}
	found.claims, found.keepers = int32(len(pods.Items)), listKeepers(pods.Items, found.declaration.Name)
	return nil
}

// isKeeper reports whether the pod ends with its controller. Teams write the owners of their pods: with a second one, or with one that is nothing
// which makes pods, such as a ConfigMap, the pod would outlive it, and so would one that is being deleted already.
func isKeeper(pod *metav1.PartialObjectMetadata, controller *metav1.OwnerReference) bool {
	group, _, _ := strings.Cut(controller.APIVersion, "/")
	return len(pod.OwnerReferences) == 1 && pod.DeletionTimestamp.IsZero() && slices.Contains(workloadsOfPods, group+"/"+controller.Kind)
}
