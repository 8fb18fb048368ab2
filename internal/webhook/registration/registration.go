// Package registration says which requests API servers send to which webhook. One table is behind the handlers' time budgets and
// behind config/webhook, which hack/generate writes.
package registration

import (
	"slices"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// How long API servers wait for a webhook. Injection is short: it delays every pod of a governed namespace.
const (
	mutateTimeout   = 3 * time.Second
	validateTimeout = 5 * time.Second
	// margin is how much earlier a handler responds, so that the API server gets a reason instead of a timeout.
	margin = 500 * time.Millisecond
)

// The time that handlers have for a response.
const (
	MutateBudget   = mutateTimeout - margin
	ValidateBudget = validateTimeout - margin
)

// Scope says in which namespaces a webhook sees which objects.
type Scope int

const (
	// Everywhere is all namespaces, and objects without one.
	Everywhere Scope = iota
	// Enforced is every object of the namespaces that hold a ChatbotDeployment. Chaperone's own namespace and those of the
	// cluster are never enforced.
	Enforced
	// Claimed is, in all other namespaces, the objects that carry the label of a chatbot.
	Claimed
)

// Webhook is one entry of a webhook configuration.
type Webhook struct {
	// Name is unique and qualified by the domain.
	Name string
	// Path is where the manager serves it.
	Path string
	// FailOpen lets requests pass that Chaperone does not respond to (docs/adr/0006-what-fails-open.md).
	FailOpen bool
	Scope    Scope
	// Operations, Groups, Versions and Resources are those of the one rule.
	Operations []admissionv1.OperationType
	Groups     []string
	Version    string
	Resources  []string
}

var (
	writes   = []admissionv1.OperationType{admissionv1.Create, admissionv1.Update}
	creates  = []admissionv1.OperationType{admissionv1.Create}
	connects = []admissionv1.OperationType{admissionv1.Connect}
	core     = []string{corev1.GroupName}
	own      = []string{v1alpha1.GroupVersion.Group}

	pods        = []string{"pods"}
	podWrites   = []string{"pods", "pods/ephemeralcontainers", "pods/resize"}
	connections = []string{"pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "services/proxy"}
	workloads   = []string{"cronjobs", "daemonsets", "deployments", "jobs", "replicasets", "replicationcontrollers", "statefulsets"}
)

// mutating returns the webhooks that patch. Injection fails open: the validating webhooks refuse a governed pod without its sidecar.
func mutating() []Webhook {
	return []Webhook{
		{Name: "inject.chaperone.dev", Path: contract.PathMutatePods, FailOpen: true, Scope: Enforced, Operations: creates, Groups: core, Version: "v1", Resources: pods},
		{Name: "inject-claimed.chaperone.dev", Path: contract.PathMutatePods, FailOpen: true, Scope: Claimed, Operations: creates, Groups: core, Version: "v1", Resources: pods},
		{Name: "stamp-exceptions.chaperone.dev", Path: contract.PathMutateExceptions, Operations: writes, Groups: own, Version: "v1alpha1", Resources: []string{"policyexceptions"}},
	}
}

// validating returns the webhooks that refuse. Each request for a pod reaches one of the two entries for pods. The review of
// workloads fails open: their pods are reviewed by webhooks that fail closed, and an outage of Chaperone must not stop the
// roll-outs of everything else in the namespace. It has no entry for claimed objects: the label is on the template, where no
// selector sees it.
func validating() []Webhook {
	return []Webhook{
		{Name: "guard.chaperone.dev", Path: contract.PathValidateDeclarations, Operations: writes, Groups: own, Version: "v1alpha1", Resources: []string{"chatbotdeployments"}},
		{Name: "validate.chaperone.dev", Path: contract.PathValidatePods, Scope: Enforced, Operations: writes, Groups: core, Version: "v1", Resources: podWrites},
		{Name: "validate-claimed.chaperone.dev", Path: contract.PathValidatePods, Scope: Claimed, Operations: writes, Groups: core, Version: "v1", Resources: podWrites},
		{Name: "validate-workloads.chaperone.dev", Path: contract.PathValidateWorkloads, FailOpen: true, Scope: Enforced, Operations: writes, Groups: []string{"", "apps", "batch"}, Version: "v1", Resources: workloads},
		{Name: "validate-services.chaperone.dev", Path: contract.PathValidateServices, Scope: Enforced, Operations: writes, Groups: core, Version: "v1", Resources: []string{"services"}},
		{Name: "validate-connections.chaperone.dev", Path: contract.PathValidateConnections, Scope: Enforced, Operations: connects, Groups: core, Version: "v1", Resources: connections},
		{Name: "guard-profiles.chaperone.dev", Path: contract.PathValidateProfiles, Operations: writes, Groups: own, Version: "v1alpha1", Resources: []string{"jurisdictionprofiles"}},
		{Name: "guard-policies.chaperone.dev", Path: contract.PathValidatePolicies, Operations: writes, Groups: own, Version: "v1alpha1", Resources: []string{"governancepolicies"}},
		{Name: "guard-exceptions.chaperone.dev", Path: contract.PathValidateExceptions, Operations: writes, Groups: own, Version: "v1alpha1", Resources: []string{"policyexceptions"}},
	}
}

// Mutating returns the configuration of the webhooks that patch objects.
func Mutating() *admissionv1.MutatingWebhookConfiguration {
	c := &admissionv1.MutatingWebhookConfiguration{
		TypeMeta:   metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "MutatingWebhookConfiguration"},
		ObjectMeta: metav1.ObjectMeta{Name: contract.MutatingWebhooks, Labels: labels()},
	}
	for _, w := range mutating() {
		c.Webhooks = append(c.Webhooks, admissionv1.MutatingWebhook{
			Name: w.Name, ClientConfig: w.client(), Rules: w.rules(), FailurePolicy: w.failurePolicy(), NamespaceSelector: w.namespaces(), ObjectSelector: w.objects(),
			MatchPolicy: ptr.To(admissionv1.Equivalent), SideEffects: ptr.To(admissionv1.SideEffectClassNone), TimeoutSeconds: seconds(mutateTimeout),
			AdmissionReviewVersions: []string{"v1"}, ReinvocationPolicy: ptr.To(admissionv1.IfNeededReinvocationPolicy),
		})
	}
	return c
}

// Validating returns the configuration of the webhooks that refuse objects.
func Validating() *admissionv1.ValidatingWebhookConfiguration {
	c := &admissionv1.ValidatingWebhookConfiguration{
		TypeMeta:   metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "ValidatingWebhookConfiguration"},
		ObjectMeta: metav1.ObjectMeta{Name: contract.ValidatingWebhooks, Labels: labels()},
	}
	for _, w := range validating() {
		c.Webhooks = append(c.Webhooks, admissionv1.ValidatingWebhook{
			Name: w.Name, ClientConfig: w.client(), Rules: w.rules(), FailurePolicy: w.failurePolicy(), NamespaceSelector: w.namespaces(), ObjectSelector: w.objects(),
			MatchPolicy: ptr.To(admissionv1.Equivalent), SideEffects: ptr.To(admissionv1.SideEffectClassNone), TimeoutSeconds: seconds(validateTimeout),
			AdmissionReviewVersions: []string{"v1"},
		})
	}
	return c
}

func labels() map[string]string {
	return map[string]string{"app.kubernetes.io/name": "chaperone"}
}

func seconds(d time.Duration) *int32 { return ptr.To(int32(d / time.Second)) }

func (w Webhook) client() admissionv1.WebhookClientConfig {
	return admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{
		Name: contract.WebhookService, Namespace: contract.OperatorNamespace, Path: &w.Path,
	}}
}

func (w Webhook) failurePolicy() *admissionv1.FailurePolicyType {
	if w.FailOpen {
		return ptr.To(admissionv1.Ignore)
	}
	return ptr.To(admissionv1.Fail)
}

func (w Webhook) rules() []admissionv1.RuleWithOperations {
	return []admissionv1.RuleWithOperations{{
		Operations: w.Operations,
		Rule:       admissionv1.Rule{APIGroups: w.Groups, APIVersions: []string{w.Version}, Resources: w.Resources},
	}}
}

// namespaces exempts Chaperone's own namespace and those of the cluster, which must start without Chaperone.
func (w Webhook) namespaces() *metav1.LabelSelector {
	if w.Scope == Everywhere {
		return nil
	}
	enforced := metav1.LabelSelectorOpIn
	if w.Scope == Claimed {
		enforced = metav1.LabelSelectorOpNotIn
	}
	exempt := []string{contract.OperatorNamespace, corev1.NamespaceNodeLease, metav1.NamespacePublic, metav1.NamespaceSystem}
	slices.Sort(exempt)
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpNotIn, Values: exempt},
		{Key: v1alpha1.LabelEnforce, Operator: enforced, Values: []string{"true"}},
	}}
}

func (w Webhook) objects() *metav1.LabelSelector {
	if w.Scope != Claimed {
		return nil
	}
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: v1alpha1.LabelChatbot, Operator: metav1.LabelSelectorOpExists},
	}}
}
