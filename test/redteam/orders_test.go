package redteam

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// orderRows apply and prune what a GitOps tool has of a chatbot, in the orders in which tools do it (docs/gitops.md).
func orderRows() []row {
	return []row{
		{id: "U-03a", attack: "A tool applies the objects of a chatbot in every order.", try: everyOrder},
		{id: "U-03b", attack: "A tool applies a Service before its chatbot that leads around the sidecar.", try: serviceBeforeDeclaration},
		{id: "U-04", attack: "A tool without the right to release prunes a declaration whose pods run, and tries again when they are gone.", try: pruneDeclaration},
	}
}

// newDeploymentOf returns the Deployment of the chatbot support, with one pod.
func newDeploymentOf(namespace string) *appsv1.Deployment {
	d := builders.Deployment()
	d.Namespace = namespace
	return d
}

func deployments(namespace string) string {
	return "/apis/apps/v1/namespaces/" + namespace + "/deployments"
}

// everyOrder applies declaration, Service and workload in each order. Every pod has its sidecar, or the status names it as one that lacks it, and no
// Service leads where no pod is: that is, the declaration is not Ready. After a restart of the workload, everything is governed.
func everyOrder(t *testing.T, w *world) error {
	var errs []error
	for i, order := range [][]string{
		{"declaration", "service", "workload"}, {"declaration", "workload", "service"}, {"service", "declaration", "workload"},
		{"service", "workload", "declaration"}, {"workload", "declaration", "service"}, {"workload", "service", "declaration"},
	} {
		namespace := fmt.Sprintf("order-%d", i)
		w.namespace(t, namespace)
		for _, what := range order {
			w.applyPart(t, namespace, what)
		}
		if err := within(limit, func() error { return w.isTold(t, namespace) }); err != nil {
			errs = append(errs, fmt.Errorf("%v: %w", order, err))
			continue
		}
		w.must(t, administrator, merge, deployments(namespace)+"/"+newDeploymentOf(namespace).Name,
			`{"spec":{"template":{"metadata":{"annotations":{"restarted":"once"}}}}}`)
		if err := within(limit, func() error { return w.newestAreInjected(t, namespace) }); err != nil {
			errs = append(errs, fmt.Errorf("%v, after a restart: %w", order, err))
		}
	}
	return errors.Join(errs...)
}

// applyPart applies one object, and waits until it is admitted: new roles take effect after a moment.
func (w *world) applyPart(t *testing.T, namespace, what string) {
	t.Helper()
	declaration := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Namespace = namespace })
	path, object := map[string]string{
		"declaration": declarations(namespace), "service": services(namespace), "workload": deployments(namespace),
	}[what], map[string]any{"declaration": declaration, "service": service(namespace, "bot"), "workload": newDeploymentOf(namespace)}[what]
	eventually(t, what+" in "+namespace, func() error {
		if a := w.call(t, administrator, post, path, object); !a.ok() {
			return errors.New(a.message())
		}
		return nil
	})
	if what == "workload" { // A tool is seldom faster than the controllers of Kubernetes.
		eventually(t, "the pod in "+namespace, func() error {
			if len(w.podsOf(t, namespace)) == 0 {
				return errors.New("there is none")
			}
			return nil
		})
	}
}

func (w *world) podsOf(t *testing.T, namespace string) []corev1.Pod {
	t.Helper()
	var list corev1.PodList
	w.must(t, administrator, get, pods(namespace), nil).decode(t, &list)
	return list.Items
}

func (w *world) declarationIn(t *testing.T, namespace string) *v1alpha1.ChatbotDeployment {
	t.Helper()
	d := &v1alpha1.ChatbotDeployment{}
	w.must(t, administrator, get, declarations(namespace)+"/support", nil).decode(t, d)
	return d
}

// isTold returns an error unless the status is about the newest declaration and says which pods lack the sidecar.
func (w *world) isTold(t *testing.T, namespace string) error {
	t.Helper()
	d, found := w.declarationIn(t, namespace), w.podsOf(t, namespace)
	if d.Status.ObservedGeneration != d.Generation || int(d.Status.Workloads.Governed) != len(found) {
		return fmt.Errorf("the status is about %d pods of %d", d.Status.Workloads.Governed, len(found))
	}
	governed := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionWorkloadsGoverned)
	for _, p := range found {
		if !isInjected(p) && (governed.Status != metav1.ConditionFalse || !strings.Contains(governed.Message, p.Name)) {
			return fmt.Errorf("pod %s has no sidecar, and the status says %s: %s", p.Name, governed.Status, governed.Message)
		}
	}
	return nil
}

// newestAreInjected returns an error unless there is a pod after the restart, and every such pod has its sidecar and the port to which the Service
// leads.
func (w *world) newestAreInjected(t *testing.T, namespace string) error {
	t.Helper()
	newest := 0
	for _, p := range w.podsOf(t, namespace) {
		if p.Annotations["restarted"] == "" {
			continue
		}
		newest++
		if !isInjected(p) {
			return fmt.Errorf("pod %s has no sidecar", p.Name)
		}
		text, err := json.Marshal(p.Spec.InitContainers[0].Ports)
		if err != nil || !strings.Contains(string(text), `"`+builders.ChatPort+`"`) {
			return fmt.Errorf("the sidecar of pod %s has the ports %s, and the Service leads to %s", p.Name, text, builders.ChatPort)
		}
	}
	if newest == 0 {
		return errors.New("there is no new pod")
	}
	return nil
}

func isInjected(p corev1.Pod) bool {
	return len(p.Spec.InitContainers) > 0 && p.Spec.InitContainers[0].Name == "chaperone"
}

// serviceBeforeDeclaration expects that the Service goes on to lead somewhere, and that the status says that it leads around the sidecar.
func serviceBeforeDeclaration(t *testing.T, w *world) error {
	const namespace = "order-service"
	w.namespace(t, namespace)
	w.must(t, administrator, post, services(namespace), service(namespace, "bot", func(s *corev1.ServiceSpec) { s.Ports[0].TargetPort = intstr.FromInt32(8080) }))
	w.applyPart(t, namespace, "workload")
	w.applyPart(t, namespace, "declaration")
	return within(limit, func() error {
		d := w.declarationIn(t, namespace)
		c := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionServicesGoverned)
		if c == nil || c.Status != metav1.ConditionFalse || !strings.Contains(c.Message, "bot") || meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.ConditionReady) {
			return fmt.Errorf("the conditions are %+v", d.Status.Conditions)
		}
		if a := w.call(t, administrator, get, networkPolicies(namespace)+"/chaperone-support", nil); a.ok() {
			return errors.New("a NetworkPolicy cuts the clients of the Service off")
		}
		return nil
	})
}

// pruneDeclaration deletes the declaration as the namespace admin, whom most tools impersonate, before and after the workload.
func pruneDeclaration(t *testing.T, w *world) error {
	const namespace = "order-prune"
	w.namespace(t, namespace)
	for _, what := range []string{"declaration", "service", "workload"} {
		w.applyPart(t, namespace, what)
	}
	eventually(t, "a status that counts the pod", func() error {
		if n := w.declarationIn(t, namespace).Status.Workloads.Governed; n == 0 {
			return errors.New("it counts none")
		}
		return nil
	})
	path := declarations(namespace) + "/support"
	if err := w.call(t, namespaceAdmin, remove, path, nil).refusedWith("release"); err != nil {
		return err
	}
	w.must(t, namespaceAdmin, remove, services(namespace)+"/bot", nil)
	w.must(t, namespaceAdmin, remove, deployments(namespace)+"/"+newDeploymentOf(namespace).Name+"?propagationPolicy=Foreground", nil)
	for _, p := range w.podsOf(t, namespace) { // No kubelet ends them.
		w.call(t, administrator, remove, pods(namespace)+"/"+p.Name+"?gracePeriodSeconds=0", nil)
	}
	return within(limit, func() error {
		if a := w.call(t, namespaceAdmin, remove, path, nil); !a.ok() && a.code != 404 {
			return errors.New(a.message())
		}
		if a := w.call(t, administrator, get, path, nil); a.code != 404 {
			return errors.New("the declaration is still there")
		}
		return nil
	})
}
