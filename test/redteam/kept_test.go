package redteam

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// orphanedPods deletes a declaration, and then the workload without its pods: what governs the pods stays until the last of them is gone.
func orphanedPods(t *testing.T, w *world) error {
	const namespace = "orphaned"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	sets := "/apis/apps/v1/namespaces/" + namespace + "/replicasets"
	var name string
	eventually(t, "a governed pod of a ReplicaSet", func() error {
		if a := w.call(t, namespaceAdmin, post, sets, replicaSet()); !a.ok() && !strings.Contains(a.message(), "already exists") {
			return errors.New(a.message())
		}
		var list corev1.PodList
		w.must(t, namespaceAdmin, get, pods(namespace), nil).decode(t, &list)
		if len(list.Items) == 0 || list.Items[0].Labels[v1alpha1.LabelChatbot] != "support" {
			return fmt.Errorf("%d pods", len(list.Items))
		}
		name = list.Items[0].Name
		return nil
	})
	w.governs(t, namespace, 1)
	w.must(t, administrator, remove, declarations(namespace)+"/support", nil)
	w.owned(t, namespace) // The pods become owners, too, once the declaration is gone.
	w.must(t, namespaceAdmin, remove, sets+"/bots?propagationPolicy=Orphan", nil)
	eventually(t, "the end of the ReplicaSet", func() error {
		if w.call(t, namespaceAdmin, get, sets+"/bots", nil).ok() {
			return errors.New("it is still there")
		}
		return nil
	})
	isThere := func() error {
		for _, object := range []string{networkPolicies(namespace) + "/chaperone-support", configMaps(namespace) + "/chaperone-support"} {
			if a := w.call(t, administrator, get, object, nil); !a.ok() {
				return errors.New(a.message())
			}
		}
		return nil
	}
	if err := within(repairTime, func() error {
		if isThere() == nil {
			return errors.New("still there")
		}
		return nil
	}); err == nil {
		return fmt.Errorf("while its pod runs, an object is gone: %w", isThere())
	}
	w.must(t, namespaceAdmin, remove, pods(namespace)+"/"+name+"?gracePeriodSeconds=0", nil)
	eventually(t, "the end of the objects", func() error {
		if isThere() == nil {
			return errors.New("they are still there")
		}
		return nil
	})
	return nil
}

func replicaSet() *appsv1.ReplicaSet {
	template := builders.Pod()
	return &appsv1.ReplicaSet{
		TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"}, ObjectMeta: metav1.ObjectMeta{Name: "bots", Labels: template.Labels},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: ptr.To[int32](1), Selector: &metav1.LabelSelector{MatchLabels: template.Labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: template.Labels}, Spec: template.Spec},
		},
	}
}

// unreplacedPods has a quota refuse the pods that a StatefulSet makes in place of those that Chaperone evicts: it must evict no other.
func unreplacedPods(t *testing.T, w *world) error {
	const namespace, replicas = "unreplaced", 3
	w.namespace(t, namespace)
	sets := "/apis/apps/v1/namespaces/" + namespace + "/statefulsets"
	template := replicaSet().Spec.Template
	set := &appsv1.StatefulSet{
		TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"}, ObjectMeta: metav1.ObjectMeta{Name: "bots"},
		Spec: appsv1.StatefulSetSpec{
			Replicas: ptr.To[int32](replicas), Selector: replicaSet().Spec.Selector, Template: template, PodManagementPolicy: appsv1.ParallelPodManagement,
		},
	}
	eventually(t, "the StatefulSet", func() error {
		if a := w.call(t, namespaceAdmin, post, sets, set); !a.ok() {
			return errors.New(a.message())
		}
		return nil
	})
	for i := range replicas {
		eventually(t, "a ready pod", func() error {
			ready := `{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}`
			if a := w.call(t, administrator, strategic, fmt.Sprintf("%s/bots-%d/status", pods(namespace), i), ready); !a.ok() {
				return errors.New(a.message())
			}
			return nil
		})
	}
	w.must(t, administrator, post, "/api/v1/namespaces/"+namespace+"/resourcequotas", `{"metadata":{"name":"full"},"spec":{"hard":{"pods":"1"}}}`)
	declaration := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Namespace = namespace })
	w.must(t, namespaceAdmin, post, declarations(namespace), declaration)
	eventually(t, "the first eviction", func() error {
		if repair := w.repairOf(t, namespace); repair == nil || repair.Replaced == 0 {
			return fmt.Errorf("repair %+v", repair)
		}
		return nil
	})
	time.Sleep(3 * repairLook)
	if repair := w.repairOf(t, namespace); repair.Replaced != 1 || repair.State != v1alpha1.RepairStateWaiting {
		return fmt.Errorf("the repair goes on although no pod comes back: %+v", repair)
	}
	return nil
}

// repairLook is how often a repair looks at its pods.
const repairLook = 10 * time.Second

// repairOf returns the progress of a repair.
func (w *world) repairOf(t *testing.T, namespace string) *v1alpha1.RepairStatus {
	t.Helper()
	var d v1alpha1.ChatbotDeployment
	w.must(t, namespaceAdmin, get, declarations(namespace)+"/support", nil).decode(t, &d)
	return d.Status.Repair
}
