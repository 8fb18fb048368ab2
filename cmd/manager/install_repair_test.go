package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// repairLimit is how long a registration may be missing, on a busy machine.
const repairLimit = 20 * time.Second

// repairsRegistration takes away what Chaperone has registered with the API server, as a cluster administrator can, in every way.
func (i *installation) repairsRegistration(t *testing.T) {
	t.Run("what was applied is not written again", i.leavesRegistration)
	for name, attack := range map[string]func(*admissionv1.ValidatingWebhookConfiguration){
		"emptied":             func(c *admissionv1.ValidatingWebhookConfiguration) { c.Webhooks = nil },
		"without one webhook": func(c *admissionv1.ValidatingWebhookConfiguration) { c.Webhooks = c.Webhooks[1:] },
		"without rules":       func(c *admissionv1.ValidatingWebhookConfiguration) { c.Webhooks[1].Rules = nil },
		"set to Ignore": func(c *admissionv1.ValidatingWebhookConfiguration) {
			c.Webhooks[1].FailurePolicy = ptr.To(admissionv1.Ignore)
		},
		"without some namespaces": func(c *admissionv1.ValidatingWebhookConfiguration) {
			c.Webhooks[1].NamespaceSelector.MatchLabels = map[string]string{"a": "b"}
		},
		"with a condition": func(c *admissionv1.ValidatingWebhookConfiguration) {
			c.Webhooks[1].MatchConditions = []admissionv1.MatchCondition{{Name: "none", Expression: "false"}}
		},
	} {
		t.Run("webhooks "+name, func(t *testing.T) {
			intact, changed := &admissionv1.ValidatingWebhookConfiguration{}, &admissionv1.ValidatingWebhookConfiguration{}
			i.get(t, intact, "", contract.ValidatingWebhooks)
			eventually(t, repairLimit, func() error {
				i.get(t, changed, "", contract.ValidatingWebhooks)
				attack(changed)
				return i.admin.Update(t.Context(), changed)
			})
			i.isRestored(t, intact)
		})
	}
	t.Run("webhooks deleted", func(t *testing.T) {
		intact := &admissionv1.ValidatingWebhookConfiguration{}
		i.get(t, intact, "", contract.ValidatingWebhooks)
		i.delete(t, intact.DeepCopy())
		i.isRestored(t, intact)
		eventually(t, repairLimit, i.published)
	})
	t.Run("a policy emptied", func(t *testing.T) {
		policy := &admissionv1.ValidatingAdmissionPolicy{}
		i.get(t, policy, "", "chaperone-floor-pods")
		intact := policy.Spec.DeepCopy()
		policy.Spec.MatchConditions = append(policy.Spec.MatchConditions, admissionv1.MatchCondition{Name: "none", Expression: "false"})
		policy.Spec.FailurePolicy = ptr.To(admissionv1.Ignore)
		i.update(t, policy)
		eventually(t, repairLimit, func() error {
			i.get(t, policy, "", policy.Name)
			if len(policy.Spec.MatchConditions) != len(intact.MatchConditions) || *policy.Spec.FailurePolicy != admissionv1.Fail {
				return fmt.Errorf("policy: %+v", policy.Spec)
			}
			return nil
		})
	})
	t.Run("a policy and its binding deleted", func(t *testing.T) {
		policy, binding := &admissionv1.ValidatingAdmissionPolicy{}, &admissionv1.ValidatingAdmissionPolicyBinding{}
		policy.Name, binding.Name = "chaperone-floor-objects", "chaperone-floor-objects"
		i.delete(t, policy)
		i.delete(t, binding)
		eventually(t, repairLimit, func() error {
			key := types.NamespacedName{Name: policy.Name}
			return errors.Join(i.admin.Get(t.Context(), key, &admissionv1.ValidatingAdmissionPolicy{}),
				i.admin.Get(t.Context(), key, &admissionv1.ValidatingAdmissionPolicyBinding{}))
		})
	})
	t.Run("a binding that only audits", func(t *testing.T) {
		binding := &admissionv1.ValidatingAdmissionPolicyBinding{}
		i.get(t, binding, "", "chaperone-floor-marks")
		binding.Spec.ValidationActions = []admissionv1.ValidationAction{admissionv1.Audit}
		i.update(t, binding)
		eventually(t, repairLimit, func() error {
			i.get(t, binding, "", binding.Name)
			if len(binding.Spec.ValidationActions) != 2 {
				return fmt.Errorf("actions: %v", binding.Spec.ValidationActions)
			}
			return nil
		})
	})
	t.Run("what an operator may choose stays", i.keepsChoices)
	t.Run("an upgrade can change what was put back", i.upgradesRegistration)
	t.Run("a lost Secret is made again", func(t *testing.T) {
		secret := &corev1.Secret{}
		i.get(t, secret, contract.OperatorNamespace, contract.WebhookSecret)
		i.delete(t, secret.DeepCopy())
		eventually(t, repairLimit, func() error {
			again := &corev1.Secret{}
			if err := i.admin.Get(t.Context(), client.ObjectKeyFromObject(secret), again); err != nil {
				return err
			}
			if again.UID == secret.UID || len(again.Data) == 0 {
				return fmt.Errorf("the Secret has %d keys", len(again.Data))
			}
			return nil
		})
		eventually(t, repairLimit, i.published)
		eventually(t, repairLimit, func() error { return i.ready(t) })
	})
}

// isRestored waits until the configuration has the webhooks of an intact one.
func (i *installation) isRestored(t *testing.T, intact *admissionv1.ValidatingWebhookConfiguration) {
	t.Helper()
	eventually(t, repairLimit, func() error {
		var found admissionv1.ValidatingWebhookConfiguration
		if err := i.admin.Get(t.Context(), types.NamespacedName{Name: contract.ValidatingWebhooks}, &found); err != nil {
			return err
		}
		if diff := cmp.Diff(listGuarded(intact), listGuarded(&found)); diff != "" {
			return fmt.Errorf("webhooks (-want +got):\n%s", diff)
		}
		return nil
	})
}

// listGuarded returns what is put back of each webhook, by its name.
func listGuarded(c *admissionv1.ValidatingWebhookConfiguration) map[string]admissionv1.ValidatingWebhook {
	guarded := map[string]admissionv1.ValidatingWebhook{}
	for _, w := range c.Webhooks {
		w.ClientConfig, w.TimeoutSeconds = admissionv1.WebhookClientConfig{}, nil
		guarded[w.Name] = w
	}
	return guarded
}

// keepsChoices changes what an operator may change, and then something that is put back: the choices are still there.
func (i *installation) keepsChoices(t *testing.T) {
	var mutating admissionv1.MutatingWebhookConfiguration
	i.get(t, &mutating, "", contract.MutatingWebhooks)
	mutating.Labels["team"] = "platform"
	mutating.Webhooks[0].TimeoutSeconds = ptr.To[int32](7)
	mutating.Webhooks[0].FailurePolicy = ptr.To(admissionv1.Fail)
	mutating.Webhooks[1].Rules = nil
	i.update(t, &mutating)
	eventually(t, repairLimit, func() error {
		i.get(t, &mutating, "", mutating.Name)
		if len(mutating.Webhooks[1].Rules) == 0 {
			return errors.New("not restored")
		}
		return nil
	})
	if w := mutating.Webhooks[0]; *w.TimeoutSeconds != 7 || *w.FailurePolicy != admissionv1.Fail || mutating.Labels["team"] != "platform" {
		t.Errorf("what an operator may choose was changed: %+v, labels %v", w, mutating.Labels)
	}
	i.delete(t, &mutating)
	eventually(t, repairLimit, func() error {
		var again admissionv1.MutatingWebhookConfiguration
		if err := i.admin.Get(t.Context(), types.NamespacedName{Name: contract.MutatingWebhooks}, &again); err != nil {
			return err
		}
		if again.Labels["team"] != "platform" {
			t.Errorf("labels were lost with the object: %v", again.Labels)
		}
		return nil
	})
	eventually(t, repairLimit, i.published)
}

// upgradesRegistration applies all of the registration as kubectl does, which refuses to change what another has written. All kinds have
// been restored and created again before.
func (i *installation) upgradesRegistration(t *testing.T) {
	for _, object := range i.build("config/default") {
		switch object.GetKind() {
		case "ValidatingAdmissionPolicy":
			if err := unstructured.SetNestedField(object.Object, "Ignore", "spec", "failurePolicy"); err != nil {
				t.Fatal(err)
			}
			i.applyOne(object)
		case "ValidatingAdmissionPolicyBinding":
			i.applyOne(object)
		case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration":
			i.changeWebhooks(object, func(webhook map[string]any) {
				webhook["matchPolicy"] = "Exact"
				webhook["rules"] = webhook["rules"].([]any)[:1]
			})
			i.applyOne(object)
		}
	}
}

// leavesRegistration checks that the manager finds nothing to mend in the policies that are as config/default has them.
func (i *installation) leavesRegistration(t *testing.T) {
	var found eventsv1.EventList
	if err := i.admin.List(t.Context(), &found); err != nil {
		t.Fatal(err)
	}
	for _, event := range found.Items {
		if event.Reason == "RegistrationRestored" && strings.HasPrefix(event.Regarding.Kind, "ValidatingAdmissionPolicy") {
			t.Errorf("event: %s", event.Note)
		}
	}
}

func (i *installation) update(t *testing.T, object client.Object) {
	t.Helper()
	if err := i.admin.Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}
