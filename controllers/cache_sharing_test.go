package controllers

import (
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// shareAll returns the declarations as the cache holds them, and fails if one says something else than before.
func shareAll(t *testing.T, makers ...func() *v1alpha1.ChatbotDeployment) []*v1alpha1.ChatbotDeployment {
	t.Helper()
	sharer := newDeclarationSharer()
	var shared []*v1alpha1.ChatbotDeployment
	for _, declare := range makers {
		got, err := sharer.share(declare())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(any(declare()), got); diff != "" {
			t.Errorf("the declaration says something else in the cache (-want +got):\n%s", diff)
		}
		shared = append(shared, got.(*v1alpha1.ChatbotDeployment))
	}
	return shared
}

// TestCachedDeclarationsShareEqualParts caches declarations of one team, which differ in their names and in one part.
func TestCachedDeclarationsShareEqualParts(t *testing.T) {
	declare := func(name, contact string) func() *v1alpha1.ChatbotDeployment {
		return func() *v1alpha1.ChatbotDeployment {
			return &v1alpha1.ChatbotDeployment{
				ObjectMeta: metav1.ObjectMeta{Name: name},
				Spec: v1alpha1.ChatbotDeploymentSpec{
					Ports:    []v1alpha1.ChatPort{{Name: "http", Shape: "openai-chat"}},
					Audience: &v1alpha1.Audience{Languages: []v1alpha1.LanguageTag{"en", "de"}}, Rights: &v1alpha1.Rights{Contact: v1alpha1.Contact(contact)},
				},
				Status: v1alpha1.ChatbotDeploymentStatus{Conditions: []metav1.Condition{{Type: "Ready", Message: name}}},
			}
		}
	}
	all := shareAll(t, declare("one", "a@shop.example"), declare("two", "b@shop.example"))
	one, two := all[0].Spec, all[1].Spec
	if one.Audience != two.Audience || unsafe.SliceData(one.Ports) != unsafe.SliceData(two.Ports) {
		t.Error("equal parts are in memory twice")
	}
	if one.Rights == two.Rights {
		t.Error("the contact of one is that of the other")
	}
}

// TestCachedDeclarationsKeepNilAndEmptyApart caches a declaration that does not say which liability it excludes, and one that says that it excludes
// none.
func TestCachedDeclarationsKeepNilAndEmptyApart(t *testing.T) {
	declare := func(excluded []v1alpha1.ExcludedLiability) func() *v1alpha1.ChatbotDeployment {
		return func() *v1alpha1.ChatbotDeployment {
			return &v1alpha1.ChatbotDeployment{Spec: v1alpha1.ChatbotDeploymentSpec{Contract: &v1alpha1.Contract{Excludes: excluded}}}
		}
	}
	shareAll(t, declare(nil), declare([]v1alpha1.ExcludedLiability{}), declare(nil))
}

// TestGovernedPodsShareSpecs caches pods of one workload, and some whose specs somebody made long to fill the memory of the manager.
func TestGovernedPodsShareSpecs(t *testing.T) {
	shrinker, err := newPodShrinker()
	if err != nil {
		t.Fatal(err)
	}
	shrink := func(image string) *corev1.Container {
		got, err := shrinker.shrink(&corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: image}}}})
		if err != nil {
			t.Fatal(err)
		}
		return &got.(*corev1.Pod).Spec.Containers[0]
	}
	long := strings.Repeat("x", maxSharedSpecBytes)
	if first, second := shrink("one"), shrink("one"); first != second {
		t.Error("the containers of equal pods are in memory twice")
	}
	if first, second := shrink(long), shrink(long); first == second || first.Image != long || shrinker.sharedSpecs.Len() != 1 {
		t.Errorf("%d specs are kept, want the short one only", shrinker.sharedSpecs.Len())
	}
}

// TestLongPartsAreNotKept caches declarations that somebody edits to fill the memory of the manager.
func TestLongPartsAreNotKept(t *testing.T) {
	sharer := newDeclarationSharer()
	for _, length := range []int{10, maxSharedPartBytes + 1} {
		d := &v1alpha1.ChatbotDeployment{Spec: v1alpha1.ChatbotDeploymentSpec{Rights: &v1alpha1.Rights{Contact: v1alpha1.Contact(strings.Repeat("x", length))}}}
		if _, err := sharer.share(d); err != nil {
			t.Fatal(err)
		}
	}
	if sharer.parts.Len() != 1 {
		t.Errorf("%d parts are kept, want the short one only", sharer.parts.Len())
	}
}

// TestCachedDeclarationsKeepNoMetadataOfOthers caches declarations with metadata that somebody could make as long as an object may be.
func TestCachedDeclarationsKeepNoMetadataOfOthers(t *testing.T) {
	declare := func(deleted *metav1.Time) *v1alpha1.ChatbotDeployment {
		own := map[string]string{"example.com/own": "value"}
		return &v1alpha1.ChatbotDeployment{ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "bot", UID: "1", ResourceVersion: "7", Generation: 2, DeletionTimestamp: deleted, Labels: own, Annotations: own,
			OwnerReferences: []metav1.OwnerReference{{Name: "owner"}}, Finalizers: []string{"example.com/own"}, ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl"}},
		}}
	}
	deleted := &metav1.Time{Time: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	kept := metav1.ObjectMeta{Namespace: "shop", Name: "bot", UID: "1", ResourceVersion: "7", Generation: 2}
	keptOfDeleted := kept
	keptOfDeleted.DeletionTimestamp, keptOfDeleted.Finalizers = deleted, []string{"example.com/own"}
	for _, c := range []struct {
		deleted *metav1.Time
		want    metav1.ObjectMeta
	}{{nil, kept}, {deleted, keptOfDeleted}} {
		got, err := newDeclarationSharer().share(declare(c.deleted))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got.(*v1alpha1.ChatbotDeployment).ObjectMeta); diff != "" {
			t.Errorf("deleted %v (-want +got):\n%s", c.deleted, diff)
		}
	}
}
