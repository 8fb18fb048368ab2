package controllers_test

import (
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

func TestServiceThatIsMovedToAnotherChatbotIsForgotten(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector.MatchLabels = appLabels("support") })
	d := w.read("support")
	w.run(w.governedPod(d, "bot", "", nil))
	w.declareCompliant("sales", nil)
	w.reconcile("sales")
	service := w.newService("front", appLabels("support"), intstr.FromString(builders.ChatPort))
	w.create(service)
	w.reconcile("support")
	service.Spec.Selector = appLabels("sales")
	w.update(service)
	w.reconcile("support")
	w.reconcile("sales")
	w.checkCondition("support", v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
	if got := w.read("support").Status.Services; len(got) > 0 {
		t.Errorf("services of support: %v", got)
	}
	if diff := cmp.Diff([]string{"front"}, w.read("sales").Status.Services); diff != "" {
		t.Errorf("services of sales (-want +got):\n%s", diff)
	}
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
