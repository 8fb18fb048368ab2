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

// A Service is not forgotten when it is led to another chatbot: that one may be scaled to zero, and the Service led elsewhere from there.
func TestServiceThatIsMovedToAnotherChatbotIsRemembered(t *testing.T) {
	w := newWorld(t)
	w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector.MatchLabels = appLabels("support") })
	d := w.read("support")
	w.run(w.governedPod(d, "bot", "", nil))
	sales := w.declareCompliant("sales", nil)
	w.reconcile("sales")
	service := w.newService("front", appLabels("support"), intstr.FromString(builders.ChatPort))
	w.create(service)
	w.reconcile("support")
	lead := func(selector map[string]string) {
		service.Spec.Selector = selector
		w.update(service)
	}
	expect := func(step, condition string) {
		t.Helper()
		w.reconcile("support")
		w.reconcile("sales")
		t.Log(step)
		w.checkCondition("support", v1alpha1.ConditionServicesGoverned, condition)
		w.checkCondition("sales", v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
		if diff := cmp.Diff([]string{"front"}, w.read("support").Status.Services); diff != "" {
			t.Errorf("%s: services of support (-want +got):\n%s", step, diff)
		}
	}
	lead(appLabels("sales"))
	expect("sales has no pod", "True/AllGoverned")
	pod := w.governedPod(sales, "sales", "", nil)
	w.run(pod)
	expect("sales has a pod", "True/AllGoverned")
	w.delete(pod)
	lead(appLabels("page"))
	expect("sales is scaled to zero, and the Service led elsewhere", "False/ServiceLeadsElsewhere")
	lead(appLabels("support"))
	expect("it leads back", "True/AllGoverned")
}

// A chatbot that is only observed governs nothing behind a Service that led to one whose rules deny.
func TestServiceThatIsLedToAnObservedChatbotIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		ofSupport, ofTrial v1alpha1.Enforcement
		want               string
	}{
		"from Deny to Audit":               {"", v1alpha1.EnforcementAudit, "False/ServiceLeadsElsewhere"},
		"from Deny to Warn, which governs": {"", v1alpha1.EnforcementWarn, "True/AllGoverned"},
		"from Audit to Audit":              {v1alpha1.EnforcementAudit, v1alpha1.EnforcementAudit, "True/AllGoverned"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) {
				d.Spec.Selector.MatchLabels, d.Spec.Enforcement = appLabels("support"), c.ofSupport
			})
			w.run(w.governedPod(w.read("support"), "bot", "", nil))
			w.declareCompliant("trial", func(d *v1alpha1.ChatbotDeployment) { d.Spec.Enforcement = c.ofTrial })
			w.reconcile("trial")
			service := w.newService("front", appLabels("support"), intstr.FromString(builders.ChatPort))
			w.create(service)
			w.reconcile("support")
			service.Spec.Selector = appLabels("trial")
			w.update(service)
			w.reconcile("support")
			w.checkCondition("support", v1alpha1.ConditionServicesGoverned, c.want)
			isNamed := strings.Contains(w.message("support", v1alpha1.ConditionServicesGoverned), "front to ChatbotDeployment trial, which is only observed (Audit)")
			if isNamed != (c.want == "False/ServiceLeadsElsewhere") {
				t.Errorf("the message is %s", w.message("support", v1alpha1.ConditionServicesGoverned))
			}
		})
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

// When the chatbot to which a Service is led becomes observed, that concerns the one to which the Service led.
func followsTheEnforcementOfOthers(_ *testing.T, w *world) {
	d := w.declareCompliant("support", nil)
	w.run(w.governedPod(d, "bot", "", nil))
	w.declareCompliant("trial", nil)
	service := w.newService("front", appLabels("support"), intstr.FromString(builders.ChatPort))
	w.create(service)
	services := func(s *v1alpha1.ChatbotDeploymentStatus) string { return strings.Join(s.Services, " ") }
	w.awaitStatus("status.services", services, "front")
	service.Spec.Selector = appLabels("trial")
	w.update(service)
	eventually(w.t, func() error {
		if got := services(&w.read("trial").Status); got != "front" {
			return fmt.Errorf("services of trial: %s", got)
		}
		return nil
	})
	w.awaitCondition("support", v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
	trial := w.read("trial")
	trial.Spec.Enforcement = v1alpha1.EnforcementAudit
	w.update(trial)
	w.awaitCondition("support", v1alpha1.ConditionServicesGoverned, "False/ServiceLeadsElsewhere")
}
