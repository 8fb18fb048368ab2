package redteam

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// openPods are pods with settings that lead around the sidecar, each with the JSON path of the setting. Admission refuses them under Deny.
var openPods = map[string]func(*corev1.Pod){
	"spec.hostNetwork":                    func(p *corev1.Pod) { p.Spec.HostNetwork = true },
	"spec.hostPID":                        func(p *corev1.Pod) { p.Spec.HostPID = true },
	"spec.shareProcessNamespace":          func(p *corev1.Pod) { p.Spec.ShareProcessNamespace = ptr.To(true) },
	"spec.containers[0].ports[].hostPort": func(p *corev1.Pod) { p.Spec.Containers[0].Ports[0].HostPort = 8080 },
	"spec.containers[0].securityContext.privileged": func(p *corev1.Pod) {
		p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: ptr.To(true)}
	},
	"spec.containers[0].securityContext.capabilities.add": func(p *corev1.Pod) {
		p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"NET_ADMIN"}}}
	},
	"spec.containers[0].securityContext.runAsUser": func(p *corev1.Pod) {
		p.Spec.SecurityContext.RunAsUser = ptr.To[int64](10742)
	},
	"metadata.annotations[k8s.v1.cni.cncf.io/networks]": func(p *corev1.Pod) {
		p.Annotations = map[string]string{"k8s.v1.cni.cncf.io/networks": "macvlan"}
	},
	"spec.volumes[0].hostPath.path": func(p *corev1.Pod) {
		p.Spec.Volumes = []corev1.Volume{{Name: "node", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/lib/kubelet"}}}}
	},
}

// deniedLater starts each of the pods under Audit, beside a lawful one, and declares Deny then.
func deniedLater(t *testing.T, w *world) error {
	const namespace = "denied-later"
	w.underAudit(t, namespace)
	eventually(t, "a lawful pod with its sidecar", func() error {
		return injected(t, w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "lawful")))
	})
	w.must(t, namespaceAdmin, post, pods(namespace), pod(namespace, "lawful", func(p *corev1.Pod) {
		p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsUser: ptr.To[int64](1000)}
	}))
	for field, change := range openPods {
		w.must(t, namespaceAdmin, post, pods(namespace), pod(namespace, "open", change))
		err := within(repairTime, func() error { return w.tellsOpenPod(t, namespace, "True", "Deny would refuse", field) })
		if err != nil {
			return fmt.Errorf("under Audit: %w", err)
		}
		w.must(t, namespaceAdmin, merge, declarations(namespace)+"/support", `{"spec":{"enforcement":"Deny"}}`)
		err = within(repairTime, func() error { return w.tellsOpenPod(t, namespace, "False", "which the rules refuse", field) })
		if err != nil {
			return fmt.Errorf("under Deny: %w", err)
		}
		w.must(t, administrator, remove, pods(namespace)+"/open?gracePeriodSeconds=0", nil)
		eventually(t, "all is governed again", func() error { return w.tellsOpenPod(t, namespace, "True", "", "") })
		w.must(t, administrator, merge, declarations(namespace)+"/support", `{"spec":{"enforcement":"Audit"}}`)
	}
	return nil
}

// tellsOpenPod returns an error unless the condition WorkloadsGoverned has the status and names the pod with its setting, and Ready has the same status.
func (w *world) tellsOpenPod(t *testing.T, namespace, status, text, field string) error {
	t.Helper()
	d := w.declarationIn(t, namespace)
	c, ready := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionWorkloadsGoverned), meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionReady)
	named := ""
	if field != "" {
		named = "open ("
	}
	if c == nil || ready == nil || string(c.Status) != status || ready.Status != c.Status || !strings.Contains(c.Message, text) || !strings.Contains(c.Message, named) ||
		!strings.Contains(c.Message, field) || field == "" && strings.Contains(c.Message, "around the sidecar") || strings.Contains(c.Message, "lawful (") {
		return fmt.Errorf("%s: the conditions are %+v and %+v", field, c, ready)
	}
	return nil
}

// regionsDeclaredLater declares where a chatbot may run whose pod runs anywhere.
func regionsDeclaredLater(t *testing.T, w *world) error {
	const namespace = "regions-later"
	w.chatbot(t, namespace)
	w.governs(t, namespace, 1)
	w.must(t, namespaceAdmin, merge, declarations(namespace)+"/support", `{"spec":{"residency":{"regions":["eu-central-1"]}}}`)
	return within(repairTime, func() error {
		if c := meta.FindStatusCondition(w.declarationIn(t, namespace).Status.Conditions, v1alpha1.ConditionWorkloadsGoverned); c.Status != "False" {
			return fmt.Errorf("the condition is %+v", c)
		}
		return nil
	})
}
