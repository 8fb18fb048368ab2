package controllers_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// owners returns the kinds and names of the owners of the chatbot's ConfigMap and NetworkPolicy.
func (w *world) owners() [][]string {
	w.t.Helper()
	var configMap corev1.ConfigMap
	w.get(&configMap, owned)
	var all [][]string
	for _, references := range [][]metav1.OwnerReference{configMap.OwnerReferences, w.networkPolicy().OwnerReferences} {
		var names []string
		for _, r := range references {
			names = append(names, r.Kind+" "+r.Name)
		}
		all = append(all, names)
	}
	return all
}

// No node runs here, so a pod is deleted at once, and no garbage collector runs: what the owners keep is a fact about Kubernetes, which the tests
// of attacks try with its controllers.
func TestObjectsOutliveTheDeclarationWhilePodsRun(t *testing.T) {
	w := newWorld(t)
	d := w.declare("support", appLabels("support"))
	w.reconcile("support")
	w.reconcileNamespace()
	hash := w.read("support").Status.SidecarConfigHash
	bare := w.governedPod(d, "bare", hash, nil)
	inSet := w.governedPod(d, "set-1", hash, func(p *corev1.Pod) {
		p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "set", UID: "u-1", Controller: ptr.To(true)}}
	})
	w.reconcile("support")
	withDeclaration := []string{"ChatbotDeployment support", "Pod bare", "ReplicaSet set"}
	if diff := cmp.Diff([][]string{withDeclaration, withDeclaration}, w.owners(), cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	file, first := w.readSigned()

	w.delete(d)
	result := w.reconcile("support")
	w.reconcileNamespace()
	// Every pod is an owner then, and the declaration is none.
	all := []string{"Pod bare", "Pod set-1", "ReplicaSet set"}
	if diff := cmp.Diff([][]string{all, all}, w.owners(), cmpopts.SortSlices(strings.Compare)); diff != "" || !w.isEnforced() || result.RequeueAfter <= 0 {
		t.Errorf("enforced: %t; next look after %s; owners (-want +got):\n%s", w.isEnforced(), result.RequeueAfter, diff)
	}
	w.clock.SetTime(noon.Add(84 * time.Hour))
	w.reconcile("support")
	if again, second := w.readSigned(); second.Serial <= first.Serial || again != file {
		t.Errorf("not signed again: %+v after %+v", second, first)
	}

	w.delete(bare)
	w.reconcile("support")
	if w.networkPolicy() == nil {
		t.Error("the NetworkPolicy is gone before the last pod")
	}
	w.delete(inSet)
	w.reconcile("support")
	w.reconcileNamespace()
	if err := w.client.Get(t.Context(), w.key(owned), &corev1.ConfigMap{}); !apierrors.IsNotFound(err) || w.networkPolicy() != nil || w.isEnforced() {
		t.Errorf("without pods, the objects are still there, or the namespace is enforced: %v", err)
	}
}

// followsObjectsOfTheGone deletes what governs a pod whose declaration is gone, and has the pod outlive its workload.
func followsObjectsOfTheGone(t *testing.T, w *world) {
	d := w.declareCompliant("support", nil)
	w.awaitCondition("support", v1alpha1.ConditionReady, "True/Ready")
	pod := w.governedPod(d, "bot", w.read("support").Status.SidecarConfigHash, func(p *corev1.Pod) { p.OwnerReferences = ownedBy("ReplicaSet") })
	w.run(pod)
	w.awaitCount("1/1")
	w.delete(d)
	w.awaitOwner("Pod bot") // It becomes one when the manager knows that the declaration is gone.
	exist := func() error {
		return errors.Join(w.client.Get(t.Context(), w.key(owned), &corev1.ConfigMap{}), w.client.Get(t.Context(), w.key(owned), &networkingv1.NetworkPolicy{}))
	}
	for _, object := range []client.Object{&corev1.ConfigMap{}, &networkingv1.NetworkPolicy{}} {
		w.get(object, owned)
		w.delete(object)
	}
	eventually(t, exist)
	if _, statement := w.readSigned(); statement.UID != string(d.UID) {
		t.Errorf("the configuration is not that of the declaration: %+v", statement)
	}
	eventually(t, func() error {
		if !w.isEnforced() {
			return errors.New("the namespace is not enforced")
		}
		return nil
	})
	w.delete(pod)
	eventually(t, func() error {
		if exist() == nil {
			return errors.New("the objects are still there")
		}
		return nil
	})
}

// awaitOwner waits until both objects of the chatbot have the owner.
func (w *world) awaitOwner(want string) {
	w.t.Helper()
	eventually(w.t, func() error {
		if owners := w.owners(); !slices.Contains(owners[0], want) || !slices.Contains(owners[1], want) {
			return fmt.Errorf("owners %v, want %s", owners, want)
		}
		return nil
	})
}

// followsOwnersOfPods has a pod outlive its workload.
func followsOwnersOfPods(t *testing.T, w *world) {
	d := w.declareCompliant("support", nil)
	w.awaitCondition("support", v1alpha1.ConditionReady, "True/Ready")
	pod := w.governedPod(d, "bot", w.read("support").Status.SidecarConfigHash, func(p *corev1.Pod) { p.OwnerReferences = ownedBy("ReplicaSet") })
	for _, want := range []string{"ReplicaSet set", "Pod bot"} {
		w.awaitOwner(want)
		w.get(pod, "bot")
		pod.OwnerReferences = nil
		w.update(pod)
	}
}

// ports returns the numbers that the NetworkPolicy of the declaration support opens.
func (w *world) ports() []int32 {
	w.t.Helper()
	var numbers []int32
	for _, port := range w.networkPolicy().Spec.Ingress[0].Ports {
		numbers = append(numbers, port.Port.IntVal)
	}
	return numbers
}

func TestPortOpensWhenEverySidecarServesIt(t *testing.T) {
	w := newWorld(t)
	d := w.declare("support", appLabels("support"))
	w.reconcile("support")
	old := w.governedPod(d, "old", "", nil)
	w.change(func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Ports = append(d.Spec.Ports, v1alpha1.ChatPort{Name: "more", Shape: "openai-chat"})
	})
	w.reconcile("support")
	if diff := cmp.Diff([]int32{23100, 23090}, w.ports()); diff != "" {
		t.Errorf("ports beside a pod that has no sidecar in front of the new one (-want +got):\n%s", diff)
	}
	pod := builders.Pod(func(p *corev1.Pod) {
		p.Name, p.Labels = "new", appLabels("support")
		p.Spec.Containers[0].Ports = append(p.Spec.Containers[0].Ports, corev1.ContainerPort{Name: "more", ContainerPort: 9000, Protocol: corev1.ProtocolTCP})
	})
	w.inject(pod, w.read("support"), "", nil)
	w.reconcile("support")
	if diff := cmp.Diff([]int32{23100, 23090}, w.ports()); diff != "" {
		t.Errorf("ports while a pod of before runs (-want +got):\n%s", diff)
	}
	w.delete(old)
	w.reconcile("support")
	if diff := cmp.Diff([]int32{23100, 23101, 23090}, w.ports()); diff != "" {
		t.Errorf("ports when every sidecar serves them (-want +got):\n%s", diff)
	}
}
