package webhook

import (
	"bytes"
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// fieldSelector is the field of the finding that a Service leads to ungoverned pods.
const fieldSelector = "spec.selector"

// permitUngoverned admits a pod, or a workload with a pod template, that no declaration governs. It warns if the pod is on the network of
// its node, and if a Service of a chatbot leads to these pods, too: the review of the Service finds that, but the Service may have been
// there before them. The kind is that of the object in the request.
func (r *reviewers) permitUngoverned(ctx context.Context, namespace, kind string, pod namedPod, scope review.Scope) admission.Response {
	warnings, err := r.listServiceWarnings(ctx, namespace, kind, pod, scope)
	if err != nil {
		// Once the pods are there, the status of the declaration says the same.
		logf.FromContext(ctx).V(1).Info("Could not review the Services of an ungoverned pod", "reason", err.Error())
	}
	return permit().WithWarnings(append(warnings, warnOfHostNetwork(kind, pod)...)...)
}

// warnOfHostNetwork returns a warning if the pod is on the network of its node, to which no NetworkPolicy applies.
func warnOfHostNetwork(kind string, pod namedPod) []string {
	if !bytes.Contains(pod.Spec, []byte(`"hostNetwork"`)) {
		return nil
	}
	var spec struct {
		HostNetwork bool `json:"hostNetwork"`
	}
	if err := utiljson.Unmarshal(pod.Spec, &spec); err != nil || !spec.HostNetwork {
		return nil
	}
	return newWarnings(fmt.Sprintf("%s %q is on the network of its node, to which no NetworkPolicy applies: it can reach the apps of chatbots on this node "+
		"without their sidecars. Remove spec.hostNetwork, or keep it off the nodes of chatbots. The Pod Security level baseline refuses such pods.", kind, pod.name))
}

// listServiceWarnings returns a warning for each Service of a chatbot that also leads to the ungoverned pods.
func (r *reviewers) listServiceWarnings(ctx context.Context, namespace, kind string, pod namedPod, scope review.Scope) ([]string, error) {
	services, err := r.cluster.listServicesOf(ctx, namespace, pod.Labels)
	if err != nil || len(services) == 0 {
		return nil, err
	}
	decoded, err := pod.Decode(namespace)
	if err != nil {
		return nil, err
	}
	if scope.PodLabels, err = r.cluster.listGovernedPodLabels(ctx, namespace); err != nil {
		return nil, err
	}
	scope.Ungoverned = []review.Ungoverned{{
		Labels: pod.Labels, UngovernedPods: facts.NewUngovernedPods(kind+" "+pod.name, &decoded.Spec),
	}}
	var warnings []string
	for _, service := range services {
		result, err := r.reviewer.Service(ctx, scope, service)
		if err != nil {
			return nil, err
		}
		for _, f := range result.Verdict.Findings {
			if f.Field == fieldSelector && f.Action != policy.ActionAudit {
				warnings = append(warnings, newWarnings(fmt.Sprintf("Service %s: %s", service.Name, report.Line(f)))...)
			}
		}
	}
	return warnings, nil
}

// listServicesOf returns the Services of the namespace that select pods with the labels, from the cache.
func (c *cluster) listServicesOf(ctx context.Context, namespace string, podLabels map[string]string) ([]*corev1.Service, error) {
	var list corev1.ServiceList
	if err := c.reader.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list Services of namespace %q: %w", namespace, err)
	}
	var services []*corev1.Service
	for i := range list.Items {
		selector := list.Items[i].Spec.Selector
		if len(selector) > 0 && labels.SelectorFromSet(selector).Matches(labels.Set(podLabels)) {
			services = append(services, &list.Items[i])
		}
	}
	return services, nil
}
