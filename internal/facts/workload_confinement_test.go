package facts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/internal/facts"
)

func TestNetworks(t *testing.T) {
	const key = "k8s.v1.cni.cncf.io/networks"
	for value, want := range map[string][]string{
		"":                           nil,
		"[]":                         nil,
		"macvlan":                    {"macvlan"},
		" shop/macvlan@net1 , other": {"shop/macvlan", "other"},
		`[{"name": "macvlan", "namespace": "shop"}, {"name": "other"}]`: {"shop/macvlan", "other"},
		`[{"name": `: {`[{"name":`},
	} {
		t.Run(value, func(t *testing.T) {
			in := governed()
			in.Pod.Annotations[key] = value
			var names []string
			for _, network := range facts.NewWorkload(in).Networks {
				names = append(names, network.Name)
				if network.Field != "metadata.annotations["+key+"]" {
					t.Errorf("field %s", network.Field)
				}
			}
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("networks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConfinement(t *testing.T) {
	in := governed()
	unconfined, runtimeDefault := corev1.SeccompProfileTypeUnconfined, corev1.SeccompProfileTypeRuntimeDefault
	in.Pod.Spec.SecurityContext = &corev1.PodSecurityContext{SeccompProfile: &corev1.SeccompProfile{Type: unconfined}}
	in.Pod.Spec.Containers = []corev1.Container{
		{Name: "a", SecurityContext: &corev1.SecurityContext{ProcMount: ptr.To(corev1.UnmaskedProcMount)}},
		{Name: "b", SecurityContext: &corev1.SecurityContext{
			ProcMount: ptr.To(corev1.DefaultProcMount), SeccompProfile: &corev1.SeccompProfile{Type: runtimeDefault},
		}},
		{Name: "c"},
	}
	in.Pod.Spec.Containers[2].StartupProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Host: "db.shop.svc"}}}
	in.Pod.Spec.Containers[2].LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Host: "::1"}}}
	in.Pod.Spec.Containers[2].Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{HTTPGet: &corev1.HTTPGetAction{Host: "10.0.0.9"}}}
	got := facts.NewWorkload(in)
	for name, diff := range map[string]string{
		"unmasked": cmp.Diff([]string{"spec.containers[0].securityContext.procMount"}, got.UnmaskedProc),
		"unconfined": cmp.Diff([]string{
			"spec.containers[0].securityContext.seccompProfile.type", "spec.containers[2].securityContext.seccompProfile.type",
		}, got.UnconfinedSeccomp),
		"hosts": cmp.Diff([]facts.NamedField{
			{Field: "spec.containers[2].startupProbe.tcpSocket.host", Name: "db.shop.svc"},
			{Field: "spec.containers[2].lifecycle.preStop.httpGet.host", Name: "10.0.0.9"},
		}, got.ProbeHosts),
	} {
		if diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
