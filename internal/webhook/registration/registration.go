// Package registration says which requests API servers send to which webhook. The time budgets of the handlers, and the manifests in
// config/webhook, which hack/generate writes, follow from its tables.
package registration

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/podtemplate"
)

// How long API servers wait for a webhook. Injection has less time, because it delays every pod of a governed namespace. Profiles, which few
// people write and seldom, have more: the whole law is prepared with them.
const (
	mutateTimeout   = 3 * time.Second
	validateTimeout = 5 * time.Second
	profileTimeout  = 20 * time.Second
	// responseMargin is the time that a handler leaves unused, so that the API server gets a reason for a refusal before its timeout.
	responseMargin = 500 * time.Millisecond
)

// The time that handlers have for a response.
const (
	MutateBudget   = mutateTimeout - responseMargin
	ValidateBudget = validateTimeout - responseMargin
	ProfileBudget  = profileTimeout - responseMargin
)

// Scope selects the namespaces and objects whose requests a webhook gets.
type Scope int

const (
	// Everywhere is all objects of all namespaces, and objects without a namespace.
	Everywhere Scope = iota
	// Enforced is all objects of the namespaces that hold a ChatbotDeployment. It leaves out Chaperone's own namespace and those of
	// Kubernetes, such as kube-system.
	Enforced
	// Claimed is the objects with the label chaperone.dev/chatbot in the other namespaces. It leaves out Chaperone's own namespace and those
	// of Kubernetes, such as kube-system.
	Claimed
)

// Webhook is one entry of a webhook configuration.
type Webhook struct {
	// Name is unique, and ends with the domain chaperone.dev.
	Name string
	// Path is the URL path at which the manager serves the webhook.
	Path string
	// FailOpen is true if a request passes when Chaperone does not respond (docs/adr/0006-what-fails-open.md).
	FailOpen bool
	// Scope is Everywhere unless set.
	Scope Scope
	// Rules select the requests by operation and resource.
	Rules []admissionv1.RuleWithOperations
	// Conditions leave out requests that need no review, by expressions that API servers evaluate themselves.
	Conditions []admissionv1.MatchCondition
	// LeavesOutManager leaves out what the manager writes: only objects of Chaperone, which admission policies see to (chaperone-manager-scope).
	LeavesOutManager bool
	// Once is true if API servers must not call a mutating webhook again after others have changed the object: it could not tell what the user wrote
	// from what it wrote itself.
	Once bool
	// Timeout is how long API servers wait for a webhook that refuses: validateTimeout unless set.
	Timeout time.Duration
}

// newRule selects operations on resources, subresources included (`pods/exec`), of one version of some API groups. It states the default scope,
// because server-side apply would otherwise see a conflict between a rule without a scope and the same rule as API servers store it.
func newRule(operations []admissionv1.OperationType, groups []string, version string, resources ...string) admissionv1.RuleWithOperations {
	return admissionv1.RuleWithOperations{
		Operations: operations,
		Rule:       admissionv1.Rule{APIGroups: groups, APIVersions: []string{version}, Resources: resources, Scope: ptr.To(admissionv1.AllScopes)},
	}
}

// newOwnRule selects the creation and the update of a resource of Chaperone.
func newOwnRule(resource string) admissionv1.RuleWithOperations {
	return newRule(writes, []string{v1alpha1.GroupVersion.Group}, v1alpha1.GroupVersion.Version, resource)
}

// only returns the rule as the only one of a webhook.
func only(rule admissionv1.RuleWithOperations) []admissionv1.RuleWithOperations {
	return []admissionv1.RuleWithOperations{rule}
}

// newWorkloadRules returns the rules for the kinds of workloads: one for those of Kubernetes, and one for each API group of other projects,
// in any version. Rules for resources that a cluster does not have cost nothing.
func newWorkloadRules(kinds podtemplate.Table) []admissionv1.RuleWithOperations {
	var ofKubernetes, groups []string
	resources := map[string][]string{}
	for _, kind := range kinds.List() {
		if kind.IsOfKubernetes() {
			ofKubernetes = append(ofKubernetes, kind.Resource)
			continue
		}
		if !slices.Contains(groups, kind.Group) {
			groups = append(groups, kind.Group)
		}
		resources[kind.Group] = append(resources[kind.Group], kind.Resource)
	}
	slices.Sort(ofKubernetes)
	rules := only(newRule(writes, []string{corev1.GroupName, appsv1.GroupName, batchv1.GroupName}, "v1", ofKubernetes...))
	for _, group := range groups {
		rules = append(rules, newRule(writes, []string{group}, "*", resources[group]...))
	}
	return rules
}

var (
	writes    = []admissionv1.OperationType{admissionv1.Create, admissionv1.Update}
	creates   = []admissionv1.OperationType{admissionv1.Create}
	connects  = []admissionv1.OperationType{admissionv1.Connect}
	coreGroup = []string{corev1.GroupName}
)

// listMutating returns the webhooks that patch. Injection fails open: the validating webhooks refuse a governed pod without its sidecar.
func listMutating() []Webhook {
	podCreation := newRule(creates, coreGroup, "v1", "pods")
	return []Webhook{
		{Name: "inject.chaperone.dev", Path: contract.PathMutatePods, FailOpen: true, Scope: Enforced, Rules: only(podCreation)},
		{Name: "inject-claimed.chaperone.dev", Path: contract.PathMutatePods, FailOpen: true, Scope: Claimed, Rules: only(podCreation)},
		{Name: "stamp-exceptions.chaperone.dev", Path: contract.PathMutateExceptions, Once: true, Rules: only(newOwnRule("policyexceptions"))},
	}
}

// listValidating returns the webhooks that refuse. No request for a pod matches both entries for pods. The entry for workloads fails open,
// so that users can write workloads during an outage of Chaperone: the pods of a workload are reviewed again, by a webhook that fails
// closed. The entry for endpoints fails open, because databases elect their leaders by them, and a NetworkPolicy closes the ports to which
// they could lead. Workloads have no entry with the scope Claimed: the label chaperone.dev/chatbot is on their pod template, and the selectors of
// webhooks match only the labels of the workload itself.
func listValidating(kinds podtemplate.Table) []Webhook {
	podWrites := newRule(writes, coreGroup, "v1", "pods", "pods/ephemeralcontainers", "pods/resize")
	workloadWrites := newWorkloadRules(kinds)
	serviceWrites := newRule(writes, coreGroup, "v1", "services")
	networkPolicyWrites := newRule(writes, []string{networkingv1.GroupName}, "v1", "networkpolicies")
	endpointWrites := newRule(writes, []string{corev1.GroupName, discoveryv1.GroupName}, "v1", "endpoints", "endpointslices")
	connections := newRule(connects, coreGroup, "v1", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "services/proxy")
	return []Webhook{
		{Name: "guard.chaperone.dev", Path: contract.PathValidateDeclarations, Rules: only(newOwnRule("chatbotdeployments"))},
		{Name: "validate.chaperone.dev", Path: contract.PathValidatePods, Scope: Enforced, Rules: only(podWrites)},
		{Name: "validate-claimed.chaperone.dev", Path: contract.PathValidatePods, Scope: Claimed, Rules: only(podWrites)},
		{Name: "validate-workloads.chaperone.dev", Path: contract.PathValidateWorkloads, FailOpen: true, Scope: Enforced, Rules: workloadWrites},
		{Name: "validate-services.chaperone.dev", Path: contract.PathValidateServices, Scope: Enforced, Rules: only(serviceWrites)},
		{Name: "validate-connections.chaperone.dev", Path: contract.PathValidateConnections, Scope: Enforced, Rules: only(connections)},
		{Name: "validate-networkpolicies.chaperone.dev", Path: contract.PathValidateNetwork, Scope: Enforced, Rules: only(networkPolicyWrites), LeavesOutManager: true},
		{
			Name: "validate-endpoints.chaperone.dev", Path: contract.PathValidateEndpoints, FailOpen: true, Scope: Enforced, Rules: only(endpointWrites),
			Conditions: selectHandMade(),
		},
		{Name: "guard-profiles.chaperone.dev", Path: contract.PathValidateProfiles, Rules: only(newOwnRule("jurisdictionprofiles")), Timeout: profileTimeout},
		{Name: "guard-policies.chaperone.dev", Path: contract.PathValidatePolicies, Rules: only(newOwnRule("governancepolicies"))},
		{Name: "guard-shapes.chaperone.dev", Path: contract.PathValidateShapes, Rules: only(newOwnRule("chatshapes"))},
		{Name: "guard-exceptions.chaperone.dev", Path: contract.PathValidateExceptions, Rules: only(newOwnRule("policyexceptions"))},
	}
}

// selectHandMade returns the conditions for the creation and the change of endpoints by other clients than the controllers of Kubernetes,
// which write them for Services with selectors, and copy those that others have written. A change of annotations, by which a controller of
// a database holds a lock, is left out.
func selectHandMade() []admissionv1.MatchCondition {
	return []admissionv1.MatchCondition{
		{Name: "by-hand", Expression: `!(request.userInfo.username in ["system:kube-controller-manager", ` +
			`"system:serviceaccount:kube-system:endpoint-controller", "system:serviceaccount:kube-system:endpointslice-controller", ` +
			`"system:serviceaccount:kube-system:endpointslicemirroring-controller"])`},
		{Name: "leads-elsewhere", Expression: `oldObject == null || ["subsets", "endpoints", "ports"].exists(f, ` +
			`(f in object) != (f in oldObject) || (f in object && object[f] != oldObject[f]))`},
	}
}

// NewMutatingConfiguration returns the configuration of the webhooks that patch objects.
func NewMutatingConfiguration() *admissionv1.MutatingWebhookConfiguration {
	c := &admissionv1.MutatingWebhookConfiguration{
		TypeMeta:   metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "MutatingWebhookConfiguration"},
		ObjectMeta: metav1.ObjectMeta{Name: contract.MutatingWebhooks, Labels: newLabels()},
	}
	for _, w := range listMutating() {
		reinvocation := admissionv1.IfNeededReinvocationPolicy
		if w.Once {
			reinvocation = admissionv1.NeverReinvocationPolicy
		}
		c.Webhooks = append(c.Webhooks, admissionv1.MutatingWebhook{
			Name: w.Name, ClientConfig: w.newClientConfig(), Rules: w.Rules, FailurePolicy: w.failurePolicy(),
			NamespaceSelector: w.selectNamespaces(contract.OperatorNamespace), ObjectSelector: w.selectObjects(),
			MatchPolicy: ptr.To(admissionv1.Equivalent), SideEffects: ptr.To(admissionv1.SideEffectClassNone), TimeoutSeconds: toSeconds(mutateTimeout),
			AdmissionReviewVersions: []string{"v1"}, ReinvocationPolicy: &reinvocation,
		})
	}
	return c
}

// NewValidatingConfiguration returns the configuration of the webhooks that refuse objects. kinds are the kinds of workloads that they
// review.
func NewValidatingConfiguration(kinds podtemplate.Table) *admissionv1.ValidatingWebhookConfiguration {
	c := &admissionv1.ValidatingWebhookConfiguration{
		TypeMeta:   metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "ValidatingWebhookConfiguration"},
		ObjectMeta: metav1.ObjectMeta{Name: contract.ValidatingWebhooks, Labels: newLabels()},
	}
	for _, w := range listValidating(kinds) {
		c.Webhooks = append(c.Webhooks, admissionv1.ValidatingWebhook{
			Name: w.Name, ClientConfig: w.newClientConfig(), Rules: w.Rules, FailurePolicy: w.failurePolicy(),
			NamespaceSelector: w.selectNamespaces(contract.OperatorNamespace), ObjectSelector: w.selectObjects(),
			MatchPolicy: ptr.To(admissionv1.Equivalent), SideEffects: ptr.To(admissionv1.SideEffectClassNone), TimeoutSeconds: toSeconds(cmp.Or(w.Timeout, validateTimeout)),
			AdmissionReviewVersions: []string{"v1"}, MatchConditions: w.listConditions(contract.OperatorNamespace),
		})
	}
	return c
}

func newLabels() map[string]string {
	return map[string]string{"app.kubernetes.io/name": "chaperone"}
}

func toSeconds(d time.Duration) *int32 { return ptr.To(int32(d / time.Second)) }

func (w Webhook) newClientConfig() admissionv1.WebhookClientConfig {
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

// exemptNamespaces returns the namespaces whose pods must start without Chaperone: its own and those of Kubernetes.
func exemptNamespaces(own string) []string {
	return []string{own, corev1.NamespaceNodeLease, metav1.NamespacePublic, metav1.NamespaceSystem}
}

// selectNamespaces returns the selector of the webhook's namespaces; nil for all. A selector leaves out Chaperone's own namespace and those
// of Kubernetes, whose pods must start without Chaperone.
func (w Webhook) selectNamespaces(own string) *metav1.LabelSelector {
	if w.Scope == Everywhere {
		return nil
	}
	// The manager sets LabelEnforce on the namespaces that hold a ChatbotDeployment. Claimed means the other namespaces.
	operator := metav1.LabelSelectorOpIn
	if w.Scope == Claimed {
		operator = metav1.LabelSelectorOpNotIn
	}
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpNotIn, Values: exemptNamespaces(own)},
		{Key: v1alpha1.LabelEnforce, Operator: operator, Values: []string{"true"}},
	}}
}

// listConditions returns the conditions of the webhook of an installation in the namespace.
func (w Webhook) listConditions(own string) []admissionv1.MatchCondition {
	if !w.LeavesOutManager {
		return w.Conditions
	}
	return append(slices.Clone(w.Conditions), admissionv1.MatchCondition{
		Name: "by-another", Expression: fmt.Sprintf("request.userInfo.username != 'system:serviceaccount:%s:%s'", own, contract.Manager),
	})
}

// selectObjects returns the selector of the webhook's objects; nil for all.
func (w Webhook) selectObjects() *metav1.LabelSelector {
	if w.Scope != Claimed {
		return nil
	}
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: v1alpha1.LabelChatbot, Operator: metav1.LabelSelectorOpExists},
	}}
}
