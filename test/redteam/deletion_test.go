package redteam

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// deletionRows are declarations that are half gone, owners that are none, and selectors that two edits make overlap.
func deletionRows() []row {
	return []row{
		{id: "K-03s", attack: "A tenant deletes a declaration without pods that a finalizer of its own keeps, and starts pods of the chatbot then.", try: podsOfEndingDeclaration},
		{id: "K-03p", attack: "A tenant keeps a declaration that was deleted with the right to do so by a finalizer, so that nothing is decided about its pods any more.",
			try: endingDeclarationIsDecided},
		{id: "K-03q", attack: "A tenant makes an object that makes no pods the owner of a governed pod, so that the NetworkPolicy is collected with it.", try: forgedOwner},
		{id: "K-03r", attack: "A tenant gives the pods of a chatbot owners of different kinds with one UID, which the API server takes in no other object.", try: ownersOfOneUID},
		{id: "K-04l", attack: "A tenant makes two selectors overlap by edits at the same time, so that nobody counts the pods, and deletes a declaration.", try: overlapByRace},
	}
}

const tenantsFinalizer = `{"metadata":{"finalizers":["redteam.example/keep"]}}`

// releaseFinalizer lets the declaration go in the end.
func (w *world) releaseFinalizer(t *testing.T, namespace string) {
	t.Helper()
	w.call(t, administrator, merge, declarations(namespace)+"/support", `{"metadata":{"finalizers":null}}`)
}

func podsOfEndingDeclaration(t *testing.T, w *world) error {
	const namespace = "ending"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	w.must(t, namespaceAdmin, merge, declarations(namespace)+"/support", tenantsFinalizer)
	w.must(t, namespaceAdmin, remove, declarations(namespace)+"/support", nil)
	defer w.releaseFinalizer(t, namespace)
	return within(repairTime, func() error {
		return w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "bot")).refusedWith("is being deleted", "redteam.example/keep")
	})
}

// endingDeclarationIsDecided stops a chatbot whose declaration a finalizer keeps: its sidecars are told.
func endingDeclarationIsDecided(t *testing.T, w *world) error {
	const namespace = "ending-with-pods"
	w.chatbot(t, namespace)
	w.governs(t, namespace, 1)
	path := declarations(namespace) + "/support"
	w.must(t, namespaceAdmin, merge, path, tenantsFinalizer)
	w.must(t, administrator, remove, path, nil)
	defer w.releaseFinalizer(t, namespace)
	w.must(t, namespaceAdmin, merge, path, `{"spec":{"suspended":true}}`)
	return within(repairTime, func() error {
		var config corev1.ConfigMap
		w.must(t, administrator, get, configMaps(namespace)+"/chaperone-support", nil).decode(t, &config)
		if !strings.Contains(config.Data["config.json"], `"suspended": true`) {
			return fmt.Errorf("the sidecars go on: %s", config.Data["config.json"])
		}
		if !w.call(t, administrator, get, networkPolicies(namespace)+"/chaperone-support", nil).ok() {
			return errors.New("the NetworkPolicy is gone")
		}
		return nil
	})
}

// ownedPod makes a governed pod with the owners, and no other.
func (w *world) ownedPod(t *testing.T, namespace, name string, owners ...metav1.OwnerReference) {
	t.Helper()
	owned := pod(namespace, name, func(p *corev1.Pod) { p.OwnerReferences = owners })
	eventually(t, "a governed pod with its owners in "+namespace, func() error {
		return injected(t, w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, owned))
	})
	w.must(t, namespaceAdmin, post, pods(namespace), owned)
}

// newOwner makes an object that makes no pods, and returns a reference to it.
func (w *world) newOwner(t *testing.T, namespace, name string) metav1.OwnerReference {
	t.Helper()
	var created struct{ Metadata struct{ UID types.UID } }
	eventually(t, "the owner", func() error {
		a := w.call(t, namespaceAdmin, post, configMaps(namespace), "metadata: {name: "+name+"}")
		if !a.ok() {
			return errors.New(a.message())
		}
		a.decode(t, &created)
		return nil
	})
	return metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: name, UID: created.Metadata.UID, Controller: ptr.To(true)}
}

func forgedOwner(t *testing.T, w *world) error {
	const namespace = "forged-owner"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	w.ownedPod(t, namespace, "bot", w.newOwner(t, namespace, "owner"))
	return within(repairTime, func() error {
		var kinds []string
		for _, owner := range w.networkPolicyOf(t, namespace).OwnerReferences {
			kinds = append(kinds, owner.Kind)
		}
		if strings.Join(kinds, " ") != "ChatbotDeployment Pod" {
			return fmt.Errorf("the NetworkPolicy belongs to %v", kinds)
		}
		return nil
	})
}

// ownersOfOneUID wants the configuration to follow the declaration as before.
func ownersOfOneUID(t *testing.T, w *world) error {
	const namespace = "one-uid"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	owner := w.newOwner(t, namespace, "owner")
	for _, kind := range []string{"ReplicaSet", "StatefulSet"} {
		forged := owner
		forged.APIVersion, forged.Kind = "apps/v1", kind
		w.ownedPod(t, namespace, strings.ToLower(kind), forged)
	}
	w.must(t, namespaceAdmin, merge, declarations(namespace)+"/support", `{"spec":{"suspended":true}}`)
	return within(repairTime, func() error {
		var config corev1.ConfigMap
		w.must(t, administrator, get, configMaps(namespace)+"/chaperone-support", nil).decode(t, &config)
		if !strings.Contains(config.Data["config.json"], `"suspended": true`) {
			return errors.New("the configuration does not follow the declaration")
		}
		return nil
	})
}

// overlapByRace declares two chatbots at the same time, whose selectors overlap, until both are admitted. Then a pod of one of them runs.
func overlapByRace(t *testing.T, w *world) error {
	const namespace = "overlap"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	for i := range 20 {
		names, selectors := [2]string{fmt.Sprintf("left-%d", i), fmt.Sprintf("right-%d", i)}, [2]string{"left", "right"}
		var answers [2]answer
		var both sync.WaitGroup
		for j := range names {
			both.Go(func() {
				answers[j] = w.call(t, namespaceAdmin, post, declarations(namespace), builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
					d.Namespace, d.Name = namespace, names[j]
					d.Spec.Selector.MatchLabels = map[string]string{selectors[j]: "yes", "app": fmt.Sprintf("raced-%d", i)}
				}))
			})
		}
		both.Wait()
		if answers[0].ok() && answers[1].ok() {
			return w.countsOverlapping(t, namespace, names[0], map[string]string{"left": "yes", "app": fmt.Sprintf("raced-%d", i)})
		}
	}
	t.Fatal("admission saw each overlap, so this shows nothing")
	return nil
}

// countsOverlapping starts a pod that only one declaration selects, and deletes this declaration.
func (w *world) countsOverlapping(t *testing.T, namespace, name string, labels map[string]string) error {
	t.Helper()
	raced := pod(namespace, "raced", func(p *corev1.Pod) { p.Labels = labels })
	eventually(t, "a pod with the sidecar of one of them", func() error {
		if a := w.call(t, namespaceAdmin, post, pods(namespace), raced); !a.ok() {
			return errors.New(a.message())
		}
		return nil
	})
	path := declarations(namespace) + "/" + name
	eventually(t, "a pod in the status of a declaration that overlaps", func() error {
		var got v1alpha1.ChatbotDeployment
		w.must(t, administrator, get, path, nil).decode(t, &got)
		if got.Status.Workloads.Governed != 1 {
			return fmt.Errorf("workloads: %+v", got.Status.Workloads)
		}
		return nil
	})
	return w.call(t, namespaceAdmin, remove, path+dryRun, nil).refusedWith("chaperone floor", "chaperone-release")
}
