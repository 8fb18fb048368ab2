package controllers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/backend"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// patchCommand finds the command that a remedy gives for a Service: the name of the Service, and the patch.
var patchCommand = regexp.MustCompile(`kubectl patch service (\S+) -n \S+ --type json -p '([^']+)'`)

// newService returns a Service that selects the labels and leads to the target.
func (w *world) newService(name string, selector map[string]string, target intstr.IntOrString) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
		Spec:       corev1.ServiceSpec{Selector: selector, Ports: []corev1.ServicePort{{Name: "web", Port: 80, TargetPort: target}}},
	}
}

// applyCommands applies the patches of all commands in the text, as kubectl does, and returns the names of the Services.
func (w *world) applyCommands(text string) []string {
	w.t.Helper()
	var names []string
	for _, command := range patchCommand.FindAllStringSubmatch(text, -1) {
		if !json.Valid([]byte(command[2])) {
			w.t.Fatalf("no JSON: %s", command[2])
		}
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: command[1]}}
		if err := w.client.Patch(w.t.Context(), service, client.RawPatch(types.JSONPatchType, []byte(command[2]))); err != nil {
			w.t.Fatal(err)
		}
		names = append(names, command[1])
	}
	return names
}

// A Service that was there before the declaration passed no admission. Whatever the enforcement is, the status names it before clients are
// cut off, and its repair is in the text.
func TestServicesAroundTheSidecarAreNamedAndNotCutOff(t *testing.T) {
	for _, enforcement := range []v1alpha1.Enforcement{v1alpha1.EnforcementAudit, v1alpha1.EnforcementWarn, v1alpha1.EnforcementDeny} {
		t.Run(string(enforcement), func(t *testing.T) {
			w := newWorld(t)
			w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Enforcement = enforcement })
			d := w.read(builders.Name)
			w.run(w.governedPod(d, "bot", "", func(p *corev1.Pod) { p.Labels["tier"] = "front" }))
			w.create(w.newService("by-label", d.Spec.Selector.MatchLabels, intstr.FromInt32(8080)))
			w.create(w.newService("by-pod", map[string]string{"tier": "front"}, intstr.FromInt32(8080)))
			w.create(w.newService("elsewhere", map[string]string{"tier": "back"}, intstr.FromInt32(8080)))
			w.reconcile(d.Name)

			w.checkCondition(d.Name, v1alpha1.ConditionServicesGoverned, "False/ServiceBypassesSidecar")
			w.checkCondition(d.Name, v1alpha1.ConditionReady, "False/ServiceBypassesSidecar")
			if got := w.read(d.Name).Status.Enforcement; got != enforcement {
				t.Errorf("status.enforcement is %q", got)
			}
			if w.networkPolicy() != nil {
				t.Error("a NetworkPolicy cuts the clients of the Services off")
			}
			if enforcement == v1alpha1.EnforcementDeny {
				if message := w.message(d.Name, v1alpha1.ConditionSidecarConfigured); !strings.Contains(message, "cut off what runs: Service by-label, Service by-pod.") {
					t.Errorf("SidecarConfigured: %s", message)
				}
			}
			message := w.message(d.Name, v1alpha1.ConditionServicesGoverned)
			if want := "2 Services lead around the sidecar: by-label, by-pod. Clients reach the app ungoverned"; !strings.HasPrefix(message, want) {
				t.Errorf("want a message that begins with %q, got %s", want, message)
			}
			if got := strings.Join(w.applyCommands(message), " "); got != "by-label by-pod" {
				t.Fatalf("commands for %q in: %s", got, message)
			}
			w.reconcile(d.Name)
			w.checkCondition(d.Name, v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
			w.checkCondition(d.Name, v1alpha1.ConditionReady, "True/Ready")
			if isClosed := w.networkPolicy() != nil; isClosed != (enforcement == v1alpha1.EnforcementDeny) {
				t.Errorf("NetworkPolicy after the repair: %t", isClosed)
			}
		})
	}
}

// A policy that exists stays, because its absence would be a way around the sidecar; the status says that clients are cut off.
func TestServiceAroundAnExistingNetworkPolicy(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(nil)
	d := w.read(builders.Name)
	w.run(w.governedPod(d, "bot", "", nil))
	w.reconcile(d.Name)
	w.checkCondition(d.Name, v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
	w.create(w.newService("late", d.Spec.Selector.MatchLabels, intstr.FromInt32(8080)))
	w.reconcile(d.Name)
	if w.networkPolicy() == nil {
		t.Error("the NetworkPolicy went away because of a Service")
	}
	message := w.message(d.Name, v1alpha1.ConditionServicesGoverned)
	if want := "1 Service leads around the sidecar: late. The NetworkPolicy closes the app's ports"; !strings.HasPrefix(message, want) {
		t.Errorf("want a message that begins with %q, got %s", want, message)
	}
}

// A Service that leads only to a proxy in the pod, which calls the chatbot on localhost, would lead nowhere once the NetworkPolicy closes the
// port of the proxy: the policy waits until the declaration names the port.
func TestServiceOfAProxyInThePodIsNamedAndNotCutOff(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(nil)
	d := w.read(builders.Name)
	w.run(w.governedPod(d, "bot", "", func(p *corev1.Pod) {
		p.Spec.Containers[0].Ports = append(p.Spec.Containers[0].Ports, corev1.ContainerPort{Name: "proxy", ContainerPort: 4180, Protocol: corev1.ProtocolTCP})
	}))
	w.create(w.newService("front", d.Spec.Selector.MatchLabels, intstr.FromString("proxy")))
	w.reconcile(d.Name)
	w.checkCondition(d.Name, v1alpha1.ConditionServicesGoverned, "False/ServiceBypassesSidecar")
	message := w.message(d.Name, v1alpha1.ConditionServicesGoverned)
	if want := "front: The Service leads to proxy, and not to " + builders.ChatPort + ". If people reach the chatbot by this Service"; !strings.Contains(message, want) {
		t.Errorf("want a message with %q, got %s", want, message)
	}
	if message := w.message(d.Name, v1alpha1.ConditionSidecarConfigured); !strings.Contains(message, "Deny would close these ports of the pods: 4180 (proxy).") {
		t.Errorf("SidecarConfigured: %s", message)
	}
	if w.networkPolicy() != nil {
		t.Error("a NetworkPolicy cuts the clients of the Service off")
	}
	d = w.read(d.Name)
	d.Spec.OpenPorts = []v1alpha1.PortName{"proxy"}
	w.update(d)
	w.reconcile(d.Name)
	w.checkCondition(d.Name, v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
	if policy := w.networkPolicy(); policy == nil || !slices.ContainsFunc(policy.Spec.Ingress[0].Ports, func(p networkingv1.NetworkPolicyPort) bool { return p.Port.StrVal == "proxy" }) {
		t.Errorf("NetworkPolicy: %v", policy)
	}
}

// The end of a remedy says what to do first, so it is shown whole.
func TestRemediesOfServicesAreShownWhole(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(nil)
	d := w.read(builders.Name)
	w.run(w.governedPod(d, "bot", "", nil))
	service := w.newService("numbers", d.Spec.Selector.MatchLabels, intstr.FromInt32(8080))
	for i := range 4 {
		service.Spec.Ports = append(service.Spec.Ports, corev1.ServicePort{Name: fmt.Sprintf("more-%d", i), Port: int32(81 + i), TargetPort: intstr.FromInt32(int32(9000 + i))})
	}
	w.create(service)
	w.reconcile(d.Name)
	message := w.message(d.Name, v1alpha1.ConditionServicesGoverned)
	if got := strings.Count(message, "or declare the chatbot's ports by number (service.target_by_name)"); got != 4 {
		t.Errorf("%d whole remedies in: %s", got, message)
	}
	if want := "; 1 more finding, which `kubectl chaperone check FILE` shows."; !strings.HasSuffix(message, want) {
		t.Errorf("want %q at the end of: %s", want, message)
	}
}

// External IPs lead somewhere else with a NetworkPolicy as without, so it need not wait.
func TestExternalIPsDoNotKeepTheNetworkOpen(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(nil)
	d := w.read(builders.Name)
	w.run(w.governedPod(d, "bot", "", nil))
	service := w.newService("external", d.Spec.Selector.MatchLabels, intstr.FromString(builders.ChatPort))
	service.Spec.ExternalIPs = []string{"192.0.2.1"}
	w.create(service)
	w.reconcile(d.Name)
	w.checkCondition(d.Name, v1alpha1.ConditionServicesGoverned, "False/ServiceBypassesSidecar")
	if w.networkPolicy() == nil {
		t.Error("no NetworkPolicy")
	}
}

func followsServices(_ *testing.T, w *world) {
	d := w.declareCompliant("support", nil)
	w.run(w.governedPod(d, "bot", "", func(p *corev1.Pod) { p.Labels["tier"] = "front" }))
	w.awaitCondition("support", v1alpha1.ConditionReady, "True/Ready")
	for _, selector := range []map[string]string{d.Spec.Selector.MatchLabels, {"tier": "front"}} {
		service := w.newService("front", selector, intstr.FromInt32(8080))
		w.create(service)
		w.awaitCondition("support", v1alpha1.ConditionServicesGoverned, "False/ServiceBypassesSidecar")
		service.Spec.Ports[0].TargetPort = intstr.FromString(builders.ChatPort)
		w.update(service)
		w.awaitCondition("support", v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
		w.delete(service)
	}
}

// podOf creates a pod of a Deployment's ReplicaSet in the world's namespace, with the names of ports.
func (w *world) podOf(deployment string, labels map[string]string, portNames ...string) *corev1.Pod {
	w.t.Helper()
	return w.pod(builders.Pod(func(p *corev1.Pod) {
		p.Name, p.Labels = deployment+"-5d8f-x", maps.Clone(labels)
		p.Labels["pod-template-hash"] = "5d8f"
		p.OwnerReferences = []metav1.OwnerReference{{
			APIVersion: "apps/v1", Kind: "ReplicaSet", Name: deployment + "-5d8f", UID: types.UID(deployment), Controller: ptr.To(true),
		}}
		p.Spec.Containers[0].Ports = nil
		for i, name := range portNames {
			p.Spec.Containers[0].Ports = append(p.Spec.Containers[0].Ports, corev1.ContainerPort{Name: name, ContainerPort: int32(8080 + i)})
		}
	}))
}

// declareV7 creates a declaration of version 7 of a shop, with a pod, and a Service of all its versions.
func (w *world) declareV7() *v1alpha1.ChatbotDeployment {
	w.t.Helper()
	d := w.declareCompliant(builders.Name, func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Selector.MatchLabels = map[string]string{"app": "shop", "version": "v7"}
	})
	w.run(w.governedPod(d, "shop-v7", "", nil))
	w.create(w.newService("shop", appLabels("shop"), intstr.FromString(builders.ChatPort)))
	return d
}

// A second version gets customers by the Service of the first, and no declaration selects its pods. The status names it, whatever the
// enforcement is, and nothing else that the Service selects.
func TestPodsBehindAServiceThatNobodyGovernsAreNamed(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(nil) // The reviewer is the real one.
	w.delete(w.read(builders.Name))
	d := w.declareV7()
	w.reconcile(d.Name)
	w.checkCondition(d.Name, v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
	w.drainEvents()

	v8 := w.podOf("shop-v8", map[string]string{"app": "shop", "version": "v8"}, builders.ChatPort)
	w.podOf("shop-worker", map[string]string{"app": "shop", "version": "worker"}, "metrics")
	w.podOf("other", appLabels("other"), builders.ChatPort)
	w.reconcile(d.Name)
	w.checkCondition(d.Name, v1alpha1.ConditionServicesGoverned, "False/ServiceReachesUngoverned")
	w.checkCondition(d.Name, v1alpha1.ConditionReady, "False/ServiceReachesUngoverned")
	want := "1 Service leads to pods without a sidecar, too, which no ChatbotDeployment governs: shop. " +
		"shop: The selector also matches pods of Deployment shop-v8, which no ChatbotDeployment governs. If they are the chatbot too"
	if message := w.message(d.Name, v1alpha1.ConditionServicesGoverned); !strings.HasPrefix(message, want) {
		t.Errorf("want a message that begins with %q, got %s", want, message)
	}
	if w.networkPolicy() == nil {
		t.Error("the NetworkPolicy waits for pods that it does not select")
	}
	if got := w.drainEvents(); !slices.Contains(got, "Warning ServiceReachesUngoverned") {
		t.Errorf("events %q", got)
	}
	version := w.read(d.Name).ResourceVersion
	w.reconcile(d.Name)
	if w.read(d.Name).ResourceVersion != version {
		t.Error("the status is written again, and nothing changed")
	}
	if err := w.client.Delete(t.Context(), v8, client.GracePeriodSeconds(0)); err != nil {
		t.Fatal(err)
	}
	w.reconcile(d.Name)
	w.checkCondition(d.Name, v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
}

// The names of ports do not change while a pod runs, so they are read from the API server once for all pods of a template.
func TestPortsOfUngovernedPodsAreReadOnce(t *testing.T) {
	w := newWorld(t)
	w.podOf("shop-v8", appLabels("shop"), builders.ChatPort)
	reads := 0
	finder, service := backend.NewFinder(w.client, w.countReads(&reads)), w.newService("shop", appLabels("shop"), intstr.FromString(builders.ChatPort))
	for range 2 {
		found, err := finder.Find(t.Context(), w.namespace, service, func(map[string]string) bool { return false })
		want := facts.UngovernedPods{Workload: "Deployment shop-v8", PortNames: []string{builders.ChatPort}, PortNumbers: []int32{8080}}
		if err != nil || len(found) != 1 || !cmp.Equal(want, found[0].UngovernedPods) {
			t.Fatalf("found %v, %v", found, err)
		}
	}
	if reads != 1 {
		t.Errorf("%d reads from the API server, want 1", reads)
	}
}

// Pods of Jobs stay after they have ended, and others of the template can run.
func TestPodsThatHaveEndedAreReadOnce(t *testing.T) {
	w := newWorld(t)
	ended := w.podOf("shop-v8", appLabels("shop"), builders.ChatPort)
	running := ended.DeepCopy()
	running.Name, running.ResourceVersion, running.UID = "shop-v8-5d8f-y", "", ""
	w.end(ended)
	reads := 0
	finder, service := backend.NewFinder(w.client, w.countReads(&reads)), w.newService("shop", appLabels("shop"), intstr.FromString(builders.ChatPort))
	isUnselected := func(map[string]string) bool { return false }
	for range 3 {
		if found, err := finder.Find(t.Context(), w.namespace, service, isUnselected); err != nil || len(found) != 0 {
			t.Fatalf("found %v, %v", found, err)
		}
	}
	if reads != 1 {
		t.Errorf("%d reads from the API server, want 1", reads)
	}
	w.pod(running)
	if found, err := finder.Find(t.Context(), w.namespace, service, isUnselected); err != nil || len(found) != 1 {
		t.Errorf("found %v, %v after another pod of the template runs", found, err)
	}
}

// countReads returns a client that counts the objects that are read by their names.
func (w *world) countReads(reads *int) client.Client {
	return interceptor.NewClient(w.client, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			*reads++
			return c.Get(ctx, key, object, options...)
		},
	})
}

func followsPodsBehindServices(_ *testing.T, w *world) {
	d := w.declareV7()
	w.awaitCondition(d.Name, v1alpha1.ConditionReady, "True/Ready")
	for _, end := range []func(*corev1.Pod){
		func(pod *corev1.Pod) { pod.Labels = appLabels("other"); w.update(pod) },
		func(*corev1.Pod) {
			// Another declaration selects the pod.
			w.declareCompliant("next", func(d *v1alpha1.ChatbotDeployment) {
				d.Spec.Selector.MatchLabels = map[string]string{"app": "shop", "version": "v8"}
			})
		},
	} {
		pod := w.podOf("shop-v8", map[string]string{"app": "shop", "version": "v8"}, builders.ChatPort)
		w.awaitCondition(d.Name, v1alpha1.ConditionServicesGoverned, "False/ServiceReachesUngoverned")
		end(pod)
		w.awaitCondition(d.Name, v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
		if err := w.client.Delete(w.t.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
			w.t.Fatal(err)
		}
	}
}
