package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

func TestService(t *testing.T) {
	engine := newEngine(t)
	target := func(port intstr.IntOrString) corev1.ServicePort {
		return corev1.ServicePort{Port: 80, TargetPort: port}
	}
	for name, test := range map[string]struct {
		spec corev1.ServiceSpec
		want string
	}{
		"by name": {spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{target(intstr.FromString("http"))}}},
		"by number, and behind it by name": {
			spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{target(intstr.FromInt32(8080)), target(intstr.FromString("http"))}},
			want: "service.target_by_name spec.ports[0].targetPort",
		},
		"by the number of the port, because none is given": {
			spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
			want: "service.target_by_name spec.ports[0].targetPort",
		},
		"by the number of the port, because an empty name is given": {
			spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{target(intstr.FromString(""))}},
			want: "service.target_by_name spec.ports[0].targetPort",
		},
		"by the name of a port that is not declared": {
			spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{target(intstr.FromString("proxy"))}},
			want: "service.no_open_port spec.ports, service.closed_port spec.ports[0].targetPort",
		},
		"by the name of a port that is open": {spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{target(intstr.FromString("metrics"))}}},
		"by number over another protocol": {
			spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 53, Protocol: corev1.ProtocolUDP}}},
		},
		"by the number of the sidecar":              {spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{target(intstr.FromInt32(inject.IngressPort(0)))}}},
		"by the number of the sidecar's admin port": {spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{target(intstr.FromInt32(contract.SidecarAdminPort))}}},
		"the number after the last one of the sidecar": {
			spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{target(intstr.FromInt32(inject.IngressPort(1)))}},
			want: "service.target_by_name spec.ports[0].targetPort",
		},
		"the app's own port": {
			spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{target(intstr.FromString(inject.TakenPortName(0)))}},
			want: "service.reserved_target spec.ports[0].targetPort",
		},
		"the admin port by name": {spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{target(intstr.FromString(inject.AdminPortName))}}},
		"a headless Service": {
			spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Ports: []corev1.ServicePort{{Port: 8080, TargetPort: intstr.FromString("http")}}},
			want: "service.headless_port spec.ports[0].port",
		},
		"a headless Service with the sidecar's number": {
			spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Ports: []corev1.ServicePort{{Port: inject.IngressPort(0), TargetPort: intstr.FromString("http")}}},
		},
		"external IPs": {spec: corev1.ServiceSpec{ExternalIPs: []string{"203.0.113.7"}}, want: "service.external_ips spec.externalIPs"},
	} {
		t.Run(name, func(t *testing.T) {
			declaration := enginetest.NewMinimal(t)
			declaration.Spec.OpenPorts = []v1alpha1.PortName{"metrics"}
			chatbots := []facts.Chatbot{inject.NewChatbot("support", declaration)}
			v := engine.Service(t.Context(), facts.NewServiceInput(&corev1.Service{Spec: test.spec}, chatbots, time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)))
			if diff := cmp.Diff(test.want, listPlaces(v)); diff != "" {
				t.Errorf("findings (-want +got):\n%s\nreason: %s", diff, v.Reason)
			}
			if v.Refuses() != (test.want != "") || v.AsOf != enginetest.AsOf || v.Revision != engine.Revision() {
				t.Errorf("outcome %s as of %s, revision %s", v.Outcome, v.AsOf, v.Revision)
			}
		})
	}
}

func TestServiceOfNoChatbotIsUndecided(t *testing.T) {
	v := newEngine(t).Service(t.Context(), facts.ServiceInput{AsOf: enginetest.AsOf})
	if v.Outcome != policy.OutcomeUndecided || !strings.Contains(v.Reason, "evaluate service") {
		t.Errorf("outcome %s, reason %q", v.Outcome, v.Reason)
	}
}
