package controllers

import (
	"fmt"
	"maps"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/controllers/chatbot"
	"github.com/chaperone-dev/chaperone/controllers/clusterpolicy"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// CacheOptions returns options that limit the manager's cache to the objects, and to the fields of them, that the controllers read.
// namespace is the namespace of Chaperone itself.
func CacheOptions(namespace string) cache.Options {
	managed := labels.SelectorFromSet(labels.Set{contract.LabelManagedBy: contract.ManagedBy})
	return cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			// RBAC allows access to this Secret and these two configurations only by name, so a list or watch must select the name.
			&corev1.Secret{}: {Namespaces: map[string]cache.Config{namespace: {FieldSelector: selectByName(contract.WebhookSecret)}}},
			&admissionv1.MutatingWebhookConfiguration{}:     {Field: selectByName(contract.MutatingWebhooks), Transform: keepAll},
			&admissionv1.ValidatingWebhookConfiguration{}:   {Field: selectByName(contract.ValidatingWebhooks), Transform: keepAll},
			&admissionv1.ValidatingAdmissionPolicy{}:        {Transform: keepAll},
			&admissionv1.ValidatingAdmissionPolicyBinding{}: {Transform: keepAll},

			// Of definitions, the manager may read this one only.
			clusterpolicy.NewDefinition(): {Field: selectByName(clusterpolicy.DefinitionName)},

			&v1alpha1.ChatbotDeployment{}: {Transform: newDeclarationSharer().share},
			&corev1.ConfigMap{}:           {Label: managed},
			// A pod that has ended is left out: it needs no sidecar, and no client connects to it. Its metadata does not say that it has ended.
			&corev1.Pod{}:                 {Field: selectRunning(), Transform: shrinkPodMetadata},
			&networkingv1.NetworkPolicy{}: {Transform: shrinkNetworkPolicy},
			&appsv1.ReplicaSet{}:          {Transform: shrinkReplicaSet},
			&corev1.Service{}:             {Transform: shrinkService},
			&discoveryv1.EndpointSlice{}:  {Transform: shrinkEndpointSlice},
		},
	}
}

// keepAll keeps also the owners of fields, in whose name a deleted object is created again. It is a cache.TransformFunc.
func keepAll(object any) (any, error) { return object, nil }

func selectByName(name string) fields.Selector {
	return fields.OneTermEqualSelector(metav1.ObjectNameField, name)
}

// selectRunning returns a selector of the pods that have not ended.
func selectRunning() fields.Selector {
	return fields.AndSelectors(
		fields.OneTermNotEqualSelector("status.phase", string(corev1.PodSucceeded)),
		fields.OneTermNotEqualSelector("status.phase", string(corev1.PodFailed)),
	)
}

// newKeySecret returns a new cache that holds only the Secret with the signing keys, and lets the manager run this cache. RBAC allows access
// to two Secrets by name. A list or watch selects one name, so the manager's own cache, which has the other Secret, cannot have both.
func newKeySecret(mgr ctrl.Manager, namespace string) (cache.Cache, error) {
	secrets, err := cache.New(mgr.GetConfig(), cache.Options{
		Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(), HTTPClient: mgr.GetHTTPClient(),
		ByObject: map[client.Object]cache.ByObject{
			&corev1.Secret{}: {Namespaces: map[string]cache.Config{namespace: {FieldSelector: selectByName(contract.KeySecret)}}},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("build cache of signing keys: %w", err)
	}
	if err := mgr.Add(onEveryReplica{secrets}); err != nil {
		return nil, fmt.Errorf("run cache of signing keys: %w", err)
	}
	return secrets, nil
}

// onEveryReplica is a cache that every replica runs. The manager would run one with options by kind on the leader only, and the controllers of
// the others, which fill their queues in advance (EnableWarmup), would wait for it until they end the process.
type onEveryReplica struct{ cache.Cache }

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (onEveryReplica) NeedLeaderElection() bool { return false }

// shrinkReplicaSet returns the fields of a ReplicaSet that the chatbot controller reads: its labels, the labels of its pods, its replicas,
// and whether admission refused a pod. The other fields are dropped, because the cache holds all ReplicaSets of the cluster. It is a
// cache.TransformFunc.
func shrinkReplicaSet(object any) (any, error) {
	full, ok := object.(*appsv1.ReplicaSet)
	if !ok {
		return nil, fmt.Errorf("shrink replica set: %T", object)
	}
	small := &appsv1.ReplicaSet{TypeMeta: full.TypeMeta}
	small.ObjectMeta = metav1.ObjectMeta{
		Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion, Labels: full.Labels,
	}
	small.Spec.Replicas = full.Spec.Replicas
	small.Spec.Template.Labels = full.Spec.Template.Labels
	if maps.Equal(full.Labels, full.Spec.Template.Labels) {
		small.Spec.Template.Labels = full.Labels
	}
	small.Status.Replicas = full.Status.Replicas
	for _, c := range full.Status.Conditions {
		if c.Type == appsv1.ReplicaSetReplicaFailure {
			small.Status.Conditions = []appsv1.ReplicaSetCondition{{Type: c.Type, Status: c.Status, Message: c.Message}}
		}
	}
	return small, nil
}

// shrinkService returns the fields of a Service that decisions read. The other fields are dropped, because the cache holds all Services of
// the cluster. It is a cache.TransformFunc.
func shrinkService(object any) (any, error) {
	full, ok := object.(*corev1.Service)
	if !ok {
		return nil, fmt.Errorf("shrink service: %T", object)
	}
	small := &corev1.Service{TypeMeta: full.TypeMeta}
	small.ObjectMeta = metav1.ObjectMeta{Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion}
	small.Spec = corev1.ServiceSpec{Type: full.Spec.Type, Selector: full.Spec.Selector, ExternalIPs: full.Spec.ExternalIPs}
	// All ports are kept, in their order: findings name a port by its index, and any of them can lead around the sidecar.
	small.Spec.Ports = make([]corev1.ServicePort, len(full.Spec.Ports))
	for i, port := range full.Spec.Ports {
		small.Spec.Ports[i] = corev1.ServicePort{Protocol: corev1.Protocol(share(string(port.Protocol))), Port: port.Port, TargetPort: port.TargetPort}
	}
	// Of the addresses, a decision reads only whether the Service is headless.
	if full.Spec.ClusterIP == corev1.ClusterIPNone {
		small.Spec.ClusterIP = corev1.ClusterIPNone
	}
	return small, nil
}

// shrinkEndpointSlice returns to which Service an EndpointSlice belongs, and whether an endpoint takes connections: the first one that does stands
// for all. The cache holds all EndpointSlices of the cluster. It is a cache.TransformFunc.
func shrinkEndpointSlice(object any) (any, error) {
	full, ok := object.(*discoveryv1.EndpointSlice)
	if !ok {
		return nil, fmt.Errorf("shrink endpoint slice: %T", object)
	}
	small := &discoveryv1.EndpointSlice{TypeMeta: full.TypeMeta}
	small.ObjectMeta = metav1.ObjectMeta{Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion}
	if service, ok := full.Labels[discoveryv1.LabelServiceName]; ok {
		small.Labels = map[string]string{discoveryv1.LabelServiceName: service}
	}
	for i := range full.Endpoints {
		if conditions := full.Endpoints[i].Conditions; chatbot.IsReady(conditions) {
			small.Endpoints = []discoveryv1.Endpoint{{Conditions: conditions}}
			break
		}
	}
	return small, nil
}

// shrinkNetworkPolicy returns a NetworkPolicy of Chaperone unchanged, and of the others, of which the cache holds all of the cluster, the
// fields that decisions read: the pods that it selects, and the ports that it opens. One with very long lists counts as one that selects or opens
// more. It is a cache.TransformFunc.
func shrinkNetworkPolicy(object any) (any, error) {
	full, ok := object.(*networkingv1.NetworkPolicy)
	if !ok {
		return nil, fmt.Errorf("shrink network policy: %T", object)
	}
	full.ManagedFields = nil
	if contract.IsManaged(full.Labels) {
		return full, nil
	}
	small := &networkingv1.NetworkPolicy{TypeMeta: full.TypeMeta}
	small.ObjectMeta = metav1.ObjectMeta{Namespace: full.Namespace, Name: full.Name, UID: full.UID, ResourceVersion: full.ResourceVersion}
	small.Spec.PodSelector, small.Spec.PolicyTypes = shrinkSelector(full.Spec.PodSelector), full.Spec.PolicyTypes
	small.Spec.Ingress = shrinkIngress(full.Spec.Ingress)
	return small, nil
}

// maxListed bounds the values of a selector and the ports of a NetworkPolicy that the cache holds. A user who may write NetworkPolicies in some
// namespace can make lists that take hundreds of times the memory of those that people write.
const maxListed = 256

// shrinkIngress returns the ports that the rules open; all ports if they are more than maxListed different ones.
func shrinkIngress(rules []networkingv1.NetworkPolicyIngressRule) []networkingv1.NetworkPolicyIngressRule {
	ports := 0
	for _, rule := range rules {
		ports += max(1, len(rule.Ports))
	}
	if ports > maxListed {
		rules = mergeRules(rules)
	}
	var small []networkingv1.NetworkPolicyIngressRule
	for _, rule := range rules {
		small = append(small, networkingv1.NetworkPolicyIngressRule{Ports: rule.Ports})
	}
	return small
}

// mergeRules returns one rule that opens the ports of all rules; all ports if they are more than maxListed different ones.
func mergeRules(rules []networkingv1.NetworkPolicyIngressRule) []networkingv1.NetworkPolicyIngressRule {
	known := sets.New[string]()
	var merged networkingv1.NetworkPolicyIngressRule
	for _, rule := range rules {
		if len(rule.Ports) == 0 {
			return make([]networkingv1.NetworkPolicyIngressRule, 1)
		}
		for _, port := range rule.Ports {
			id := fmt.Sprint(ptr.Deref(port.Protocol, ""), " ", port.Port, " ", ptr.Deref(port.EndPort, 0))
			if known.Has(id) {
				continue
			}
			if known.Insert(id); len(known) > maxListed {
				return make([]networkingv1.NetworkPolicyIngressRule, 1)
			}
			merged.Ports = append(merged.Ports, port)
		}
	}
	return []networkingv1.NetworkPolicyIngressRule{merged}
}

// shrinkSelector returns the selector; one of all pods if it has more than maxListed values.
func shrinkSelector(selector metav1.LabelSelector) metav1.LabelSelector {
	values := len(selector.MatchLabels)
	for _, expression := range selector.MatchExpressions {
		values += 1 + len(expression.Values)
	}
	if values > maxListed {
		return metav1.LabelSelector{}
	}
	return selector
}
