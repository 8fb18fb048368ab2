package controllers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// A Service that led to a running chatbot is named while it leads elsewhere, also if it was deleted and made again.
func TestServicesThatLeaveAChatbotAreNamed(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector.MatchLabels = appLabels("support") })
	d := w.read("support")
	w.run(w.governedPod(d, "bot", "", nil))
	service := w.newService("front", appLabels("support"), intstr.FromString(builders.ChatPort))
	w.create(service)
	expect := func(step, condition string, services ...string) {
		t.Helper()
		w.reconcile("support")
		t.Log(step)
		w.checkCondition("support", v1alpha1.ConditionServicesGoverned, condition)
		if diff := cmp.Diff(services, w.read("support").Status.Services); diff != "" {
			t.Errorf("%s: services (-want +got):\n%s", step, diff)
		}
	}
	expect("it leads to the chatbot", "True/AllGoverned", "front")

	service.Spec.Selector = map[string]string{"app": "page"}
	w.update(service)
	expect("it leads to a page", "False/ServiceLeadsElsewhere", "front")
	if got := w.message("support", v1alpha1.ConditionServicesGoverned); !strings.Contains(got, "front to pods with app=page") {
		t.Errorf("the message is %s", got)
	}
	w.change(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Suspended = true })
	expect("the chatbot is suspended", "True/AllGoverned", "front")
	w.change(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Suspended = false })
	w.delete(service)
	expect("it is gone", "True/AllGoverned", "front")
	again := w.newService("front", nil, intstr.FromInt32(8080))
	again.Spec.Type, again.Spec.ExternalName = corev1.ServiceTypeExternalName, "bot.saas.example"
	w.create(again)
	expect("it is made again", "False/ServiceLeadsElsewhere", "front")
	w.delete(again)
	w.create(w.newService("front", appLabels("support"), intstr.FromString(builders.ChatPort)))
	expect("it leads back", "True/AllGoverned", "front")
}

// Declaring a chatbot is not enough to have a Service forgotten: the chatbot needs a pod that the Service selects.
func TestServiceThatIsMovedToAnotherChatbotIsForgotten(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector.MatchLabels = appLabels("support") })
	d := w.read("support")
	w.run(w.governedPod(d, "bot", "", nil))
	sales := w.declareCompliant("sales", nil)
	w.reconcile("sales")
	service := w.newService("front", appLabels("support"), intstr.FromString(builders.ChatPort))
	w.create(service)
	w.reconcile("support")
	service.Spec.Selector = appLabels("sales")
	w.update(service)
	expect := func(step string, ofSupport ...string) {
		t.Helper()
		w.reconcile("support")
		w.reconcile("sales")
		t.Log(step)
		w.checkCondition("support", v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
		if diff := cmp.Diff(ofSupport, w.read("support").Status.Services); diff != "" {
			t.Errorf("%s: services of support (-want +got):\n%s", step, diff)
		}
		if diff := cmp.Diff([]string{"front"}, w.read("sales").Status.Services); diff != "" {
			t.Errorf("%s: services of sales (-want +got):\n%s", step, diff)
		}
	}
	expect("sales has no pod", "front")
	other := w.governedPod(sales, "sales", "", func(p *corev1.Pod) { p.Labels["app"] = "sales-canary" })
	expect("sales has a pod that the Service does not select", "front")
	w.delete(other)
	w.run(w.governedPod(sales, "sales", "", nil))
	expect("sales has a pod that the Service selects")
}

// The names of the first Services stay, however many are made later.
func TestNoServiceIsForgottenBecauseOfOthers(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector.MatchLabels = appLabels("support") })
	d := w.read("support")
	w.run(w.governedPod(d, "bot", "", nil))
	w.create(w.newService("z-first", appLabels("support"), intstr.FromString(builders.ChatPort)))
	w.reconcile("support")
	for i := range 32 {
		w.create(w.newService("a-"+string(rune('a'+i/26))+string(rune('a'+i%26)), appLabels("support"), intstr.FromString(builders.ChatPort)))
	}
	w.reconcile("support")
	if got := w.read("support").Status.Services; len(got) != 32 || got[0] != "z-first" {
		t.Errorf("services: %v", got)
	}
}

// Services that are gone, such as those of former releases, give way once there is no room for one that exists.
func TestServicesThatAreGoneMakeRoom(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector.MatchLabels = appLabels("support") })
	d := w.read("support")
	w.run(w.governedPod(d, "bot", "", nil))
	w.create(w.newService("release-00", appLabels("support"), intstr.FromString(builders.ChatPort)))
	var gone []*corev1.Service
	for i := 1; i < 32; i++ {
		service := w.newService(fmt.Sprintf("release-%02d", i), appLabels("support"), intstr.FromString(builders.ChatPort))
		w.create(service)
		gone = append(gone, service)
	}
	w.reconcile("support")
	before := w.read("support").Status.Services
	for _, service := range gone {
		w.delete(service)
	}
	w.reconcile("support")
	if diff := cmp.Diff(before, w.read("support").Status.Services); diff != "" {
		t.Errorf("services while there is room (-want +got):\n%s", diff)
	}
	w.create(w.newService("bot", appLabels("support"), intstr.FromString(builders.ChatPort)))
	w.reconcile("support")
	want := append([]string{"release-00"}, append(slices.Clone(before[2:]), "bot")...)
	if diff := cmp.Diff(want, w.read("support").Status.Services); diff != "" {
		t.Errorf("services with another one (-want +got):\n%s", diff)
	}
}

// A Service that leads to no chatbot concerns the declaration that knows it.
func followsServicesThatLeave(_ *testing.T, w *world) {
	d := w.declareCompliant("support", nil)
	w.run(w.governedPod(d, "bot", "", nil))
	service := w.newService("front", appLabels("support"), intstr.FromString(builders.ChatPort))
	w.create(service)
	w.awaitStatus("status.services", func(s *v1alpha1.ChatbotDeploymentStatus) string { return strings.Join(s.Services, " ") }, "front")
	w.delete(service)
	w.create(w.newService("front", map[string]string{"app": "page"}, intstr.FromString(builders.ChatPort)))
	w.awaitCondition("support", v1alpha1.ConditionServicesGoverned, "False/ServiceLeadsElsewhere")
}
