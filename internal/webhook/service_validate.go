package webhook

import (
	"context"
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// serviceValidator judges Services that lead to pods of chatbots, by what is declared and by the governed pods that exist.
type serviceValidator struct{ decide *decider }

var _ admission.Handler = (*serviceValidator)(nil)

// Handle answers a CREATE or UPDATE of a Service. An update that leads nowhere else passes.
func (s *serviceValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	service, old, err := services(req)
	if err != nil {
		return unreadable(err)
	}
	if old != nil && leadsAlike(service, old) {
		return permitted()
	}
	chatbots, err := s.decide.behind(ctx, req.Namespace, service)
	if err != nil {
		return undecidable(err.Error())
	}
	if len(chatbots) == 0 {
		return permitted()
	}
	in := facts.NewServiceInput(service, chatbots, s.decide.clock.Now())
	verdict := bounded(ctx, s.decide.engine.Revision(), in.AsOf, func() policy.Verdict { return s.decide.engine.Service(ctx, in) })
	return answer(ctx, fmt.Sprintf("Service %q", req.Namespace+"/"+objectName(service)), verdict)
}

// leadsAlike reports whether an update leaves everything as it was that a decision reads. A Service without a selector of its
// own begins to lead to pods by its type alone.
func leadsAlike(service, old *corev1.Service) bool {
	external := func(s *corev1.Service) bool { return s.Spec.Type == corev1.ServiceTypeExternalName }
	return external(service) == external(old) &&
		equality.Semantic.DeepEqual(service.Spec.Selector, old.Spec.Selector) &&
		equality.Semantic.DeepEqual(service.Spec.Ports, old.Spec.Ports) &&
		equality.Semantic.DeepEqual(service.Spec.ExternalIPs, old.Spec.ExternalIPs)
}

// services returns the Service, and on updates the Service as it was.
func services(req admission.Request) (service, old *corev1.Service, err error) {
	if req.Operation != admissionv1.Create && req.Operation != admissionv1.Update {
		return nil, nil, fmt.Errorf("operation %q of services is not judged here", req.Operation)
	}
	service, old = &corev1.Service{}, &corev1.Service{}
	if err := utiljson.Unmarshal(req.Object.Raw, service); err != nil {
		return nil, nil, fmt.Errorf("object: decode service: %w", err)
	}
	if req.Operation == admissionv1.Create {
		return service, nil, nil
	}
	if err := utiljson.Unmarshal(req.OldObject.Raw, old); err != nil {
		return nil, nil, fmt.Errorf("old object: decode service: %w", err)
	}
	return service, old, nil
}

func objectName(service *corev1.Service) string {
	if service.Name == "" {
		return service.GenerateName
	}
	return service.Name
}
