package controllers_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// awaitConfiguration waits until the configuration of the sidecar has the text.
func (w *world) awaitConfiguration(text string) {
	w.t.Helper()
	eventually(w.t, func() error {
		var stored corev1.ConfigMap
		if err := w.client.Get(w.t.Context(), w.key(owned), &stored); err != nil {
			return err
		}
		if file := stored.Data[contract.SidecarConfigKey]; !strings.Contains(file, text) {
			return fmt.Errorf("the configuration lacks %s: %s", text, file)
		}
		return nil
	})
}

// awaitShape waits until the status of a shape says that the revision is ready and how many chatbots name it.
func (w *world) awaitShape(name, want string) {
	w.t.Helper()
	eventually(w.t, func() error {
		s := &v1alpha1.ChatShape{}
		if err := w.client.Get(w.t.Context(), client.ObjectKey{Name: name}, s); err != nil {
			return err
		}
		ready := meta.FindStatusCondition(s.Status.Conditions, v1alpha1.ConditionReady)
		if ready == nil {
			return fmt.Errorf("no condition")
		}
		if got := fmt.Sprintf("%s, revision %d, %d chatbots", ready.Reason, s.Status.Revision, s.Status.Chatbots); got != want {
			return fmt.Errorf("%s (%s), want %s", got, ready.Message, want)
		}
		return nil
	})
}

// followsShapes creates, changes and deletes a ChatShape that a declaration names. There is no webhook, so a faulty one can be stored.
func followsShapes(_ *testing.T, w *world) {
	name := w.namespace
	w.declareCompliant("support", func(d *v1alpha1.ChatbotDeployment) { d.Spec.Ports[0].Shape = v1alpha1.ShapeName(name) })
	w.awaitOutcome("Deny")
	if rules := w.readRules(); strings.Join(rules, " ") != "declaration.unknown_shape" {
		w.t.Errorf("findings %v before the shape is there", rules)
	}
	s := builders.ChatShape(name, builders.ShapeDocument)
	w.create(s)
	w.awaitOutcome("Allow")
	w.awaitConfiguration(`$.question`)
	w.awaitShape(name, "Ready, revision 1, 1 chatbots")

	w.updateShape(name, strings.NewReplacer(`$.question`, `$.text`, `"revision": 1`, `"revision": 2`).Replace(builders.ShapeDocument))
	w.awaitConfiguration(`$.text`)
	w.awaitShape(name, "Ready, revision 2, 1 chatbots")

	w.updateShape(name, strings.Replace(builders.ShapeDocument, `"texts": ["Hello"]`, `"texts": ["Bye"]`, 1))
	w.awaitOutcome("Deny")
	w.awaitShape(name, "NotUsable, revision 1, 1 chatbots")
	w.awaitConfiguration(`$.text`) // The earlier configuration stays.

	w.delete(s)
	eventually(w.t, func() error {
		if rules := w.readRules(); strings.Join(rules, " ") != "declaration.unknown_shape" {
			return fmt.Errorf("findings %v", rules)
		}
		return nil
	})
	if message := w.message("support", v1alpha1.ConditionPolicyCompliant); !strings.Contains(message, name) {
		w.t.Errorf("the condition does not name the shape: %s", message)
	}
	w.awaitConfiguration(`$.text`)
}

// updateShape replaces the document of a stored shape, whose status the reconciler may have written.
func (w *world) updateShape(name, document string) {
	w.t.Helper()
	eventually(w.t, func() error {
		s := &v1alpha1.ChatShape{}
		if err := w.client.Get(w.t.Context(), client.ObjectKey{Name: name}, s); err != nil {
			return err
		}
		s.Spec.Raw = []byte(document)
		return w.client.Update(w.t.Context(), s)
	})
}
