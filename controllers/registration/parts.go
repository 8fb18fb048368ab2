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

// restoreMutating is part.restore for a MutatingWebhookConfiguration. An operator may choose that webhooks which fail open fail closed.
func restoreMutating(desired *admissionv1.MutatingWebhookConfiguration, object client.Object) bool {
	existing, ok := object.(*admissionv1.MutatingWebhookConfiguration)
	if !ok {
		return false
	}
	changed := false
	for i := range desired.Webhooks {
		want := *desired.Webhooks[i].DeepCopy()
		want.NamespaceSelector, want.ObjectSelector = orAll(want.NamespaceSelector), orAll(want.ObjectSelector)
		found := findWebhook(existing.Webhooks, func(w admissionv1.MutatingWebhook) bool { return w.Name == want.Name })
		if found == nil {
			existing.Webhooks = append(existing.Webhooks, want)
			changed = true
			continue
		}
		want.ClientConfig, want.TimeoutSeconds = found.ClientConfig, found.TimeoutSeconds
		if ptr.Deref(found.FailurePolicy, admissionv1.Fail) == admissionv1.Fail {
			want.FailurePolicy = found.FailurePolicy
		}
		if !equality.Semantic.DeepEqual(want, *found) {
			*found = want
			changed = true
		}
	}
	return changed
}

// restoreValidating is part.restore for a ValidatingWebhookConfiguration.
func restoreValidating(desired *admissionv1.ValidatingWebhookConfiguration, object client.Object) bool {
	existing, ok := object.(*admissionv1.ValidatingWebhookConfiguration)
	if !ok {
		return false
	}
	changed := false
	for i := range desired.Webhooks {
		want := *desired.Webhooks[i].DeepCopy()
		want.NamespaceSelector, want.ObjectSelector = orAll(want.NamespaceSelector), orAll(want.ObjectSelector)
		found := findWebhook(existing.Webhooks, func(w admissionv1.ValidatingWebhook) bool { return w.Name == want.Name })
		if found == nil {
			existing.Webhooks = append(existing.Webhooks, want)
			changed = true
			continue
		}
		want.ClientConfig, want.TimeoutSeconds = found.ClientConfig, found.TimeoutSeconds
		if ptr.Deref(found.FailurePolicy, admissionv1.Fail) == admissionv1.Fail {
			want.FailurePolicy = found.FailurePolicy
		}
		if !equality.Semantic.DeepEqual(want, *found) {
			*found = want
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
