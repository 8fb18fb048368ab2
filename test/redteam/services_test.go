package redteam

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// knowsService waits until the status of the chatbot lists the Service bot.
func (w *world) knowsService(t *testing.T, namespace, chatbot string) {
	t.Helper()
	eventually(t, "the Service in the status", func() error {
		var got v1alpha1.ChatbotDeployment
		w.must(t, administrator, get, declarations(namespace)+"/"+chatbot, nil).decode(t, &got)
		if strings.Join(got.Status.Services, " ") != "bot" {
			return fmt.Errorf("services: %v", got.Status.Services)
		}
		return nil
	})
}

// namesService returns an error unless the status says that the Service bot leads elsewhere.
func (w *world) namesService(t *testing.T, namespace string) error {
	t.Helper()
	return within(repairTime, func() error {
		var got v1alpha1.ChatbotDeployment
		w.must(t, administrator, get, declarations(namespace)+"/support", nil).decode(t, &got)
		c := meta.FindStatusCondition(got.Status.Conditions, v1alpha1.ConditionServicesGoverned)
		if c == nil || c.Reason != v1alpha1.ReasonServiceLeadsElsewhere || !strings.Contains(c.Message, "bot to ") {
			return fmt.Errorf("the condition is %+v", c)
		}
		return nil
	})
}

// externalName turns the Service of a chatbot, turns it once it leads to another chatbot, which has no pods, and makes it again. A Service that never
// led to the chatbot is no concern.
func externalName(t *testing.T, w *world) error {
	const namespace = "external-name"
	w.chatbot(t, namespace)
	w.knowsService(t, namespace, "support")
	outside := func(name string) *corev1.Service {
		return service(namespace, name, func(s *corev1.ServiceSpec) {
			*s = corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "bot.saas.example"}
		})
	}
	turn := func() error {
		patch := `{"spec":{"type":"ExternalName","externalName":"bot.saas.example","selector":null,"ports":null}}`
		return w.call(t, namespaceAdmin, merge, services(namespace)+"/bot"+dryRun, patch).refusedWith("outside of the cluster", "Scale the chatbot to zero")
	}
	if err := turn(); err != nil {
		return err
	}
	w.must(t, namespaceAdmin, post, declarations(namespace), builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
		d.Namespace, d.Name, d.Spec.Selector.MatchLabels = namespace, "decoy", map[string]string{"app": "decoy"}
	}))
	w.must(t, namespaceAdmin, merge, services(namespace)+"/bot", `{"spec":{"selector":{"app":"decoy"}}}`)
	w.knowsService(t, namespace, "decoy")
	// The status of support may follow later.
	for range 20 {
		if err := turn(); err != nil {
			return fmt.Errorf("by way of another chatbot: %w", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.must(t, namespaceAdmin, remove, services(namespace)+"/bot", nil)
	return errors.Join(
		w.call(t, namespaceAdmin, post, services(namespace)+dryRun, outside("bot")).refusedWith("outside of the cluster"),
		admits(namespaceAdmin, post, services(namespace)+dryRun, outside("database"))(t, w))
}

// redirectedInSteps leads the Service to a second chatbot with a pod. The status of the first one has to know it afterwards.
func redirectedInSteps(t *testing.T, w *world) error {
	const namespace = "led-in-steps"
	w.chatbot(t, namespace)
	w.knowsService(t, namespace, "support")
	w.secondChatbot(t, namespace, "decoy", "")
	w.must(t, namespaceAdmin, merge, services(namespace)+"/bot", `{"spec":{"selector":{"app":"decoy"}}}`)
	w.knowsService(t, namespace, "decoy")
	w.must(t, namespaceAdmin, remove, pods(namespace)+"/decoy?gracePeriodSeconds=0", nil)
	outside := `{"spec":{"type":"ExternalName","externalName":"bot.saas.example","selector":null,"ports":null}}`
	err := within(repairTime, func() error {
		return w.call(t, namespaceAdmin, merge, services(namespace)+"/bot"+dryRun, outside).refusedWith("outside of the cluster")
	})
	a := w.must(t, namespaceAdmin, merge, services(namespace)+"/bot", `{"spec":{"selector":{"app":"a-copy"}}}`)
	if !strings.Contains(fmt.Sprint(a.warnings), "no ChatbotDeployment governs") {
		err = errors.Join(err, fmt.Errorf("nothing was said: %q", a.warnings))
	}
	return errors.Join(err, w.namesService(t, namespace))
}

// redirectedToTrial leads the Service to a chatbot under Audit, and back.
func redirectedToTrial(t *testing.T, w *world) error {
	const namespace = "led-to-trial"
	w.chatbot(t, namespace)
	w.knowsService(t, namespace, "support")
	w.secondChatbot(t, namespace, "trial", v1alpha1.EnforcementAudit)
	a := w.must(t, namespaceAdmin, merge, services(namespace)+"/bot", `{"spec":{"selector":{"app":"trial"}}}`)
	if !strings.Contains(fmt.Sprint(a.warnings), "only observed") {
		return fmt.Errorf("nothing was said: %q", a.warnings)
	}
	return w.namesService(t, namespace)
}

// secondChatbot declares a chatbot beside support, which selects the label app of its name, and makes a governed pod of it.
func (w *world) secondChatbot(t *testing.T, namespace, name string, enforcement v1alpha1.Enforcement) {
	t.Helper()
	w.must(t, namespaceAdmin, post, declarations(namespace), builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
		d.Namespace, d.Name, d.Spec.Selector.MatchLabels, d.Spec.Enforcement = namespace, name, map[string]string{"app": name}, enforcement
	}))
	governed := pod(namespace, name, func(p *corev1.Pod) { p.Labels = map[string]string{"app": name} })
	eventually(t, "a pod with its sidecar", func() error { return injected(t, w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, governed)) })
	w.must(t, namespaceAdmin, post, pods(namespace), governed)
}

// redirectedService changes the selector of the chatbot's Service, and then makes the Service again.
func redirectedService(t *testing.T, w *world) error {
	const namespace = "led-away"
	w.chatbot(t, namespace)
	w.knowsService(t, namespace, "support")
	elsewhere := map[string]string{"app": "a-copy"}
	a := w.must(t, namespaceAdmin, merge, services(namespace)+"/bot", `{"spec":{"selector":{"app":"a-copy"}}}`)
	if !strings.Contains(fmt.Sprint(a.warnings), "no ChatbotDeployment governs") {
		return fmt.Errorf("nothing was said: %q", a.warnings)
	}
	if err := w.namesService(t, namespace); err != nil {
		return err
	}
	w.must(t, namespaceAdmin, remove, services(namespace)+"/bot", nil)
	a = w.must(t, namespaceAdmin, post, services(namespace), service(namespace, "bot", func(s *corev1.ServiceSpec) { s.Selector = elsewhere }))
	if !strings.Contains(fmt.Sprint(a.warnings), "no ChatbotDeployment governs") {
		return fmt.Errorf("nothing was said of the Service that was made again: %q", a.warnings)
	}
	return w.namesService(t, namespace)
}
