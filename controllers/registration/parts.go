package registration

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// part is one object of the registration.
type part struct {
	desired client.Object
	// newObject returns an empty object of the kind.
	newObject func() client.Object
	// restore gives an existing object of the name what the desired one has, and reports whether it lacked anything.
	restore func(existing client.Object) bool
}

// request returns the name of the request that restores the part.
func (p part) request() string { return kindOf(p.desired) + "/" + p.desired.GetName() }

// kindOf returns the kind of an object of the registration.
func kindOf(object client.Object) string {
	switch object.(type) {
	case *admissionv1.MutatingWebhookConfiguration:
		return "MutatingWebhookConfiguration"
	case *admissionv1.ValidatingWebhookConfiguration:
		return "ValidatingWebhookConfiguration"
	case *admissionv1.ValidatingAdmissionPolicy:
		return "ValidatingAdmissionPolicy"
	case *admissionv1.ValidatingAdmissionPolicyBinding:
		return "ValidatingAdmissionPolicyBinding"
	}
	return ""
}

// list returns the parts of the registration.
func (d Desired) list() []part {
	parts := []part{
		{d.Mutating, func() client.Object { return &admissionv1.MutatingWebhookConfiguration{} }, func(existing client.Object) bool {
			return restoreMutating(d.Mutating, existing)
		}},
		{d.Validating, func() client.Object { return &admissionv1.ValidatingWebhookConfiguration{} }, func(existing client.Object) bool {
			return restoreValidating(d.Validating, existing)
		}},
	}
	for _, policy := range d.Policies {
		parts = append(parts, part{policy, func() client.Object { return &admissionv1.ValidatingAdmissionPolicy{} }, func(existing client.Object) bool {
			return restorePolicy(policy, existing)
		}})
	}
	for _, binding := range d.Bindings {
		parts = append(parts, part{binding, func() client.Object { return &admissionv1.ValidatingAdmissionPolicyBinding{} }, func(existing client.Object) bool {
			return restoreBinding(binding, existing)
		}})
	}
	return parts
}

// restoreMutating is part.restore for a MutatingWebhookConfiguration.
func restoreMutating(desired *admissionv1.MutatingWebhookConfiguration, object client.Object) bool {
	existing, ok := object.(*admissionv1.MutatingWebhookConfiguration)
	return ok && restoreWebhooks(desired.DeepCopy().Webhooks, &existing.Webhooks, func(w *admissionv1.MutatingWebhook) webhookFields {
		return webhookFields{w.Name, &w.NamespaceSelector, &w.ObjectSelector, &w.ClientConfig, &w.TimeoutSeconds, &w.FailurePolicy}
	})
}

// restoreValidating is part.restore for a ValidatingWebhookConfiguration.
func restoreValidating(desired *admissionv1.ValidatingWebhookConfiguration, object client.Object) bool {
	existing, ok := object.(*admissionv1.ValidatingWebhookConfiguration)
	return ok && restoreWebhooks(desired.DeepCopy().Webhooks, &existing.Webhooks, func(w *admissionv1.ValidatingWebhook) webhookFields {
		return webhookFields{w.Name, &w.NamespaceSelector, &w.ObjectSelector, &w.ClientConfig, &w.TimeoutSeconds, &w.FailurePolicy}
	})
}

// webhookFields are the fields of a webhook that both kinds have, as far as restoreWebhooks needs them.
type webhookFields struct {
	name                string
	namespaces, objects **metav1.LabelSelector
	clientConfig        *admissionv1.WebhookClientConfig
	timeoutSeconds      **int32
	failurePolicy       **admissionv1.FailurePolicyType
}

// restoreWebhooks gives the existing webhooks what the desired ones have, and reports whether they lacked anything. It changes both lists. An
// operator may choose that webhooks which fail open fail closed.
func restoreWebhooks[W any](desired []W, existing *[]W, fieldsOf func(*W) webhookFields) bool {
	changed := false
	for i := range desired {
		want := fieldsOf(&desired[i])
		*want.namespaces, *want.objects = orAll(*want.namespaces), orAll(*want.objects)
		found := findWebhook(*existing, func(w W) bool { return fieldsOf(&w).name == want.name })
		if found == nil {
			*existing = append(*existing, desired[i])
			changed = true
			continue
		}
		fields := fieldsOf(found)
		*want.clientConfig, *want.timeoutSeconds = *fields.clientConfig, *fields.timeoutSeconds
		if ptr.Deref(*fields.failurePolicy, admissionv1.Fail) == admissionv1.Fail {
			*want.failurePolicy = *fields.failurePolicy
		}
		if !equality.Semantic.DeepEqual(desired[i], *found) {
			*found = desired[i]
			changed = true
		}
	}
	return changed
}

// findWebhook returns a pointer to the element of a list that matches, or nil.
func findWebhook[W any](webhooks []W, matches func(W) bool) *W {
	for i := range webhooks {
		if matches(webhooks[i]) {
			return &webhooks[i]
		}
	}
	return nil
}

// restorePolicy is part.restore for a ValidatingAdmissionPolicy.
func restorePolicy(desired *admissionv1.ValidatingAdmissionPolicy, object client.Object) bool {
	existing, ok := object.(*admissionv1.ValidatingAdmissionPolicy)
	if !ok {
		return false
	}
	want := desired.DeepCopy().Spec
	if c := want.MatchConstraints; c != nil {
		c.NamespaceSelector, c.ObjectSelector = orAll(c.NamespaceSelector), orAll(c.ObjectSelector)
		c.MatchPolicy = ptr.To(ptr.Deref(c.MatchPolicy, admissionv1.Equivalent))
	}
	if equality.Semantic.DeepEqual(want, existing.Spec) {
		return false
	}
	existing.Spec = want
	return true
}

// restoreBinding is part.restore for a ValidatingAdmissionPolicyBinding.
func restoreBinding(desired *admissionv1.ValidatingAdmissionPolicyBinding, object client.Object) bool {
	existing, ok := object.(*admissionv1.ValidatingAdmissionPolicyBinding)
	if !ok || equality.Semantic.DeepEqual(desired.Spec, existing.Spec) {
		return false
	}
	existing.Spec = *desired.Spec.DeepCopy()
	return true
}

// orAll returns the selector, or the one that selects everything, which API servers store in place of none.
func orAll(selector *metav1.LabelSelector) *metav1.LabelSelector {
	if selector == nil {
		return &metav1.LabelSelector{}
	}
	return selector
}
