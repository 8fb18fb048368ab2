package chatbot

import (
	"fmt"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// Teams write the owners of their pods, and must not be able to have the garbage collector delete what governs a pod before the pod ends.
func TestKeepersEndNoSoonerThanTheirPods(t *testing.T) {
	owner := func(apiVersion, kind string, uid types.UID) metav1.OwnerReference {
		return metav1.OwnerReference{APIVersion: apiVersion, Kind: kind, Name: "owner", UID: uid, Controller: ptr.To(true)}
	}
	replicaSet := owner("apps/v1", "ReplicaSet", "set")
	second := owner("v1", "ConfigMap", "other")
	second.Controller = nil
	tests := map[string]struct {
		change func(*metav1.PartialObjectMetadata)
		want   []types.UID
	}{
		"a workload": {func(p *metav1.PartialObjectMetadata) { p.OwnerReferences = []metav1.OwnerReference{replicaSet} }, []types.UID{"set"}},
		"nothing":    {func(*metav1.PartialObjectMetadata) {}, []types.UID{"pod"}},
		"an object that makes no pods": {func(p *metav1.PartialObjectMetadata) {
			p.OwnerReferences = []metav1.OwnerReference{owner("v1", "ConfigMap", "map")}
		}, []types.UID{"pod"}},
		"the declaration": {func(p *metav1.PartialObjectMetadata) {
			p.OwnerReferences = []metav1.OwnerReference{owner("chaperone.dev/v1alpha1", "ChatbotDeployment", "declaration")}
		}, []types.UID{"pod"}},
		"two owners": {func(p *metav1.PartialObjectMetadata) { p.OwnerReferences = []metav1.OwnerReference{replicaSet, second} }, []types.UID{"pod"}},
		"a workload that it outlives": {func(p *metav1.PartialObjectMetadata) {
			p.OwnerReferences, p.DeletionTimestamp = []metav1.OwnerReference{replicaSet}, ptr.To(metav1.Now())
		}, []types.UID{"pod"}},
		"another chatbot": {func(p *metav1.PartialObjectMetadata) { p.Labels[v1alpha1.LabelChatbot] = "other" }, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			pod := metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "bot", UID: "pod", Labels: map[string]string{v1alpha1.LabelChatbot: "support"}}}
			tc.change(&pod)
			var got []types.UID
			for _, keeper := range listKeepers([]metav1.PartialObjectMetadata{pod}, "support") {
				got = append(got, keeper.UID)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("owners are %v, want %v", got, tc.want)
			}
		})
	}
}

// API servers refuse a list of owners with one UID twice, and with it everything else that is written.
func TestNoOwnerStandsTwice(t *testing.T) {
	var pods []metav1.PartialObjectMetadata
	for _, kind := range []string{"StatefulSet", "ReplicaSet", "DaemonSet"} {
		pods = append(pods, metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Name: kind, UID: types.UID(kind), Labels: map[string]string{v1alpha1.LabelChatbot: "support"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: kind, Name: kind, UID: newDeclaration().UID, Controller: ptr.To(true)}},
		}})
	}
	found := observation{declaration: newDeclaration(), keepers: listKeepers(pods, "support")}
	if len(found.keepers) != 1 {
		t.Errorf("owners: %v", found.keepers)
	}
	if owners := newObjectMeta(found).OwnerReferences; len(owners) != 1 || owners[0].Kind != chatbotKind {
		t.Errorf("owners with the declaration: %v", owners)
	}
}

// Many pods that are owners themselves must not push out a workload, which keeps the objects for all of its pods.
func TestOwnersAreBounded(t *testing.T) {
	var pods []metav1.PartialObjectMetadata
	for i := range maxKeepers + 1 {
		pods = append(pods, metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprint(i), UID: types.UID(fmt.Sprintf("%04d", i)), Labels: map[string]string{v1alpha1.LabelChatbot: "support"},
		}})
	}
	pods[7].OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "set", UID: "set", Controller: ptr.To(true)}}
	hasSet := func(r metav1.OwnerReference) bool { return r.UID == "set" }
	if keepers := listKeepers(pods, "support"); len(keepers) != maxKeepers || !slices.ContainsFunc(keepers, hasSet) {
		t.Errorf("%d owners, the ReplicaSet among them: %t", len(keepers), slices.ContainsFunc(keepers, hasSet))
	}
	few := pods[6:8]
	var names []string
	for _, keeper := range listAllKeepers(few, "support") {
		names = append(names, keeper.Kind+" "+keeper.Name)
	}
	if want := []string{"Pod 6", "Pod 7", "ReplicaSet set"}; !slices.Equal(names, want) {
		t.Errorf("owners without a declaration: %q, want %q", names, want)
	}
}
