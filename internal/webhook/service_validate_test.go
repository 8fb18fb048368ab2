package webhook_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// service leads to the pods of the compliant declaration, by the name of the port.
func service(changes ...func(*corev1.Service)) *corev1.Service {
	s := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "bot", Namespace: "shop"},
		Spec: corev1.ServiceSpec{
			Type:     corev1.ServiceTypeClusterIP,
			Selector: map[string]string{"app": "support-bot"},
			Ports:    []corev1.ServicePort{{Name: "http", Port: 80, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromString("http")}},
		},
	}
	for _, change := range changes {
		change(s)
	}
	return s
}

func byNumber(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromInt32(8080) }

func selects(key, value string) func(*corev1.Service) {
	return func(s *corev1.Service) { s.Spec.Selector = map[string]string{key: value} }
}

// metadata is what the cache holds of a pod.
func metadata(name string, labels map[string]string) metav1.PartialObjectMetadata {
	return metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: labels}}
}

func TestValidateService(t *testing.T) {
	warned := compliant(t)
	warned.Spec.Enforcement = v1alpha1.EnforcementWarn
	elsewhere := compliant(t)
	elsewhere.Namespace = "other"
	web := metadata("bot-1", map[string]string{"tier": "web", v1alpha1.LabelChatbot: "support"})
	stranger := metadata("shop-1", map[string]string{"tier": "web"})
	cases := map[string]struct {
		stored  *v1alpha1.ChatbotDeployment
		pods    []metav1.PartialObjectMetadata
		service *corev1.Service
		want    []string
		fields  []string
		warned  bool
	}{
		"by the name of the port: allowed": {service: service()},
		"by number":                        {service: service(byNumber), want: []string{"service.target_by_name"}, fields: []string{"spec.ports[0].targetPort"}},
		"all findings are told": {service: service(byNumber, func(s *corev1.Service) {
			s.Spec.ExternalIPs = []string{"203.0.113.7"}
			s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Port: 81, TargetPort: intstr.FromString("chaperone-0")})
		}), want: []string{"service.external_ips", "service.reserved_target", "service.target_by_name"},
			fields: []string{"spec.externalIPs", "spec.ports[1].targetPort", "spec.ports[0].targetPort"}},
		"by number, of a chatbot that only warns": {stored: warned, service: service(byNumber), warned: true},
		"by number, by the chatbot's label":       {service: service(byNumber, selects(v1alpha1.LabelChatbot, "support")), want: []string{"service.target_by_name"}, fields: []string{"spec.ports[0].targetPort"}},
		"by number, by a label of a governed pod": {pods: []metav1.PartialObjectMetadata{web}, service: service(byNumber, selects("tier", "web")),
			want: []string{"service.target_by_name"}, fields: []string{"spec.ports[0].targetPort"}},
		"by number, by that label of another's pod: allowed": {pods: []metav1.PartialObjectMetadata{stranger}, service: service(byNumber, selects("tier", "web"))},
		"by number, by a label that no pod has: allowed":     {pods: []metav1.PartialObjectMetadata{web}, service: service(byNumber, selects("tier", "db"))},
		"by number, of a declaration elsewhere: allowed":     {stored: elsewhere, service: service(byNumber)},
		"without a selector: allowed":                        {service: service(byNumber, func(s *corev1.Service) { s.Spec.Selector = nil })},
		"an external name: allowed":                          {service: service(byNumber, func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeExternalName })},
	}
	e := newEngine(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			stored := c.stored
			if stored == nil {
				stored = compliant(t)
			}
			s := serve(t, e, stored)
			s.stored.pods = c.pods
			response := s.ask(t, "/validate-services", creation(t, c.service))
			if response.Allowed != (len(c.want) == 0) || c.warned != (len(response.Warnings) > 0) {
				t.Errorf("allowed %v, warnings %q: %v", response.Allowed, response.Warnings, response.Result)
			}
			if diff := cmp.Diff(c.want, rules(response)); diff != "" {
				t.Fatalf("rules (-want +got):\n%s\n%v", diff, response.Result)
			}
			for i, field := range c.fields {
				if got := response.Result.Details.Causes[i].Field; got != field {
					t.Errorf("field %q, want %q", got, field)
				}
			}
		})
	}
}

// TestUpdateService changes a Service that was there before the webhooks and would be refused today.
func TestUpdateService(t *testing.T) {
	external := func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeExternalName }
	cases := map[string]struct {
		old, change func(*corev1.Service)
		code        int32
	}{
		"its labels":                         {change: func(s *corev1.Service) { s.Labels = map[string]string{"a": "b"} }, code: http.StatusOK},
		"its finalizers":                     {change: func(s *corev1.Service) { s.Finalizers = []string{"a.example/b"} }, code: http.StatusOK},
		"its addresses":                      {change: func(s *corev1.Service) { s.Spec.LoadBalancerClass = new("x") }, code: http.StatusOK},
		"its ports":                          {change: func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromInt32(8081) }, code: http.StatusForbidden},
		"its ports, to what they should be":  {change: func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromString("http") }, code: http.StatusOK},
		"its selector, away from others":     {old: selects("app", "other"), change: selects("app", "support-bot"), code: http.StatusForbidden},
		"its external IPs":                   {change: func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"203.0.113.7"} }, code: http.StatusForbidden},
		"its type, so that it leads to pods": {old: external, change: func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeClusterIP }, code: http.StatusForbidden},
		"its type, between two that do":      {change: func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeNodePort }, code: http.StatusOK},
	}
	e := newEngine(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			old := service(byNumber)
			if c.old != nil {
				c.old(old)
			}
			changed := old.DeepCopy()
			c.change(changed)
			response := serve(t, e, compliant(t)).ask(t, "/validate-services", change(t, old, changed))
			if response.Result.Code != c.code {
				t.Errorf("code %d, want %d: %s", response.Result.Code, c.code, response.Result.Message)
			}
		})
	}
}

func TestNoDecisionRefusesService(t *testing.T) {
	broken := compliant(t)
	broken.Name, broken.Spec.Selector = "broken", metav1.LabelSelector{}
	cases := map[string]struct {
		change func(*fakeEngine, *server)
		reason string
	}{
		"undecided":                   {change: func(e *fakeEngine, _ *server) { e.service = policy.NewUndecided("r1", "", "stale policy") }, reason: "stale policy"},
		"no verdict":                  {change: func(e *fakeEngine, _ *server) { e.service = policy.Verdict{} }, reason: "no decision"},
		"the lookup fails":            {change: func(_ *fakeEngine, s *server) { s.stored.err = errors.New("cache is not started") }, reason: "cache is not started"},
		"the lookup of pods fails":    {change: func(_ *fakeEngine, s *server) { s.stored.podsErr = errors.New("no pods in the cache") }, reason: "no pods in the cache"},
		"a stored selector is broken": {change: func(_ *fakeEngine, s *server) { s.stored.items = append(s.stored.items, *broken) }, reason: `"shop/broken"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := allowing()
			s := serve(t, e, compliant(t))
			c.change(e, s)
			response := s.ask(t, "/validate-services", creation(t, service()))
			if response.Allowed || response.Result.Code != http.StatusInternalServerError || !strings.Contains(response.Result.Message, c.reason) {
				t.Errorf("allowed %v, code %d, message %q, want 500 with %q", response.Allowed, response.Result.Code, response.Result.Message, c.reason)
			}
		})
	}
}

func TestServiceRequestsThatAreNone(t *testing.T) {
	s := serve(t, allowing(), compliant(t))
	cases := map[string]func(*admissionv1.AdmissionRequest){
		"no object":                        func(r *admissionv1.AdmissionRequest) { r.Object.Raw = nil },
		"a list":                           func(r *admissionv1.AdmissionRequest) { r.Object.Raw = []byte(`[]`) },
		"a selector of numbers":            func(r *admissionv1.AdmissionRequest) { r.Object.Raw = []byte(`{"spec":{"selector":{"app":1}}}`) },
		"an update without the old object": func(r *admissionv1.AdmissionRequest) { r.Operation = admissionv1.Update },
		"a deletion":                       func(r *admissionv1.AdmissionRequest) { r.Operation = admissionv1.Delete },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			request := creation(t, service())
			change(&request)
			if response := s.ask(t, "/validate-services", request); response.Allowed || response.Result.Code != http.StatusBadRequest {
				t.Errorf("allowed %v, code %d, want a refusal with 400", response.Allowed, response.Result.Code)
			}
		})
	}
}
