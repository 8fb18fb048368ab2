package facts_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/internal/facts"
)

func TestServiceInput(t *testing.T) {
	service := &corev1.Service{Spec: corev1.ServiceSpec{
		ExternalIPs: []string{"192.0.2.1"},
		Ports: []corev1.ServicePort{
			{Port: 80, TargetPort: intstr.FromString("http")},
			{Port: 53, Protocol: corev1.ProtocolUDP},
			{Port: 8080, Protocol: corev1.ProtocolTCP},
			{Port: 81, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromInt32(9090)},
		},
	}}
	chatbots := []facts.Chatbot{{Name: "support", Ports: map[string]int32{"c": 3, "a": 1, "d": 4, "b": 2}}}
	want := facts.ServiceInput{
		Chatbots: chatbots, ExternalIPs: []string{"192.0.2.1"}, AsOf: "2026-11-24",
		Targets: []facts.Target{
			{Field: "spec.ports[0].targetPort", Pointer: "/spec/ports/0/targetPort", Name: "http"},
			{Field: "spec.ports[2].targetPort", Pointer: "/spec/ports/2/targetPort", Number: 8080},
			{Field: "spec.ports[3].targetPort", Pointer: "/spec/ports/3/targetPort", Number: 9090},
		},
	}
	stored, created := service.DeepCopy(), service.DeepCopy()
	stored.Name, stored.UID, created.Name = "bot", "u", "bot"
	if name := facts.NewServiceInput(stored, chatbots, time.Time{}).Name; name != "bot" {
		t.Errorf("the name of a Service of a cluster is %q", name)
	}
	if name := facts.NewServiceInput(created, chatbots, time.Time{}).Name; name != "" {
		t.Errorf("the name of a Service that no cluster has is %q: no command can patch it", name)
	}
	headless := service.DeepCopy()
	headless.Spec.ClusterIP = corev1.ClusterIPNone
	wantHeadless := []facts.Target{
		{Field: "spec.ports[0].port", Number: 80}, {Field: "spec.ports[2].port", Number: 8080}, {Field: "spec.ports[3].port", Number: 81},
	}
	late := time.Date(2026, 11, 23, 23, 30, 0, 0, time.FixedZone("west", -3600))
	if diff := cmp.Diff(want, facts.NewServiceInput(service, chatbots, late)); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantHeadless, facts.NewServiceInput(headless, chatbots, late).HeadlessPorts); diff != "" {
		t.Errorf("ports of a headless Service (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, chatbots[0].PortNames()); diff != "" {
		t.Errorf("port names (-want +got):\n%s", diff)
	}
	got := facts.ConnectionInput{Kind: "exec"}.WithChatbots(chatbots, late)
	if got.AsOf != "2026-11-24" || len(got.Chatbots) != 1 || got.Kind != "exec" {
		t.Errorf("connection: %+v", got)
	}
}
