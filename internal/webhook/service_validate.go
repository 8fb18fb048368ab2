package webhook

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/review"
)

// serviceValidator reviews Services that lead to pods of chatbots: to pods that a declaration would select, and to existing governed pods. It
// also looks at those that led there.
type serviceValidator struct{ reviewers }

var _ admission.Handler = (*serviceValidator)(nil)

// Handle responds to a CREATE or UPDATE of a Service. It permits an update without a review if the update
// changes nothing that a decision reads.
func (v *serviceValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	service, old, err := decodeBoth(req, "services", decodeService)
	if err != nil {
		return respondUnreadable(err)
	}
	if old != nil && isSameServiceForReview(service, *old) {
		return permit()
	}
	if old == nil {
		service.UID = "" // The API server has given it one, although no cluster has the Service before it is admitted.
	}
	scope, err := v.cluster.readServiceScope(ctx, req.Namespace, service)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	result, err := v.reviewer.Service(ctx, scope, service)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	if !result.IsGoverned() {
		return v.respondLeft(ctx, scope, old, service)
	}
	warning, err := v.describeMove(ctx, scope, deref(old), service, result.Chatbots)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	name := cmp.Or(service.Name, service.GenerateName)
	response := v.respond(ctx, req, fmt.Sprintf("Service %q", req.Namespace+"/"+name), result)
	if warning == "" {
		return response
	}
	return response.WithWarnings(newWarnings(warning)...)
}

// describeMove returns a warning if the Service led to a chatbot whose rules deny, and which runs, and one of the chatbots to which it now leads is
// only observed: its sidecar governs nothing. Otherwise it returns "". The errors are those of Reviewer.LeftForObserved.
func (v *serviceValidator) describeMove(ctx context.Context, scope review.Scope, before, service *corev1.Service, leads []string) (string, error) {
	left, observed, err := v.reviewer.LeftForObserved(ctx, scope, before, service, leads)
	if err != nil || len(left) == 0 {
		return "", err
	}
	return fmt.Sprintf("Service %q led to the chatbot %s, which runs, and now leads to %s, which is only observed (enforcement Audit): "+
		"nothing is governed there. Give that declaration the enforcement of the former one. The status of the former ChatbotDeployment names the Service until then.",
		service.Name, strings.Join(left, ", "), strings.Join(observed, ", ")), nil
}

// deref returns the old object of a request, or nil.
func deref(old **corev1.Service) *corev1.Service {
	if old == nil {
		return nil
	}
	return *old
}

// respondLeft responds to a Service that leads to no chatbot. If it led to one that has pods, people may think that they still chat with it. Pods
// that are no chatbot, such as a page for maintenance, are often behind a Service for a while, so it warns of them, and the status names the
// Service. A name outside of the cluster is no page for maintenance: the Service is refused, unless the chatbot is suspended or its rules do not deny.
// Endpoints that are written by hand can lead outside too; nothing tells them from others, so it warns of the Service.
func (v *serviceValidator) respondLeft(ctx context.Context, scope review.Scope, old **corev1.Service, service *corev1.Service) admission.Response {
	left, err := scope.Left(deref(old), service)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	switch {
	case len(left) == 0:
		return permit()
	case service.Spec.Type == corev1.ServiceTypeExternalName && v.reviewer.IsEnforced(ctx, scope, left):
		return respondRefused(refuse(serviceLeavesCluster, service.Name, strings.Join(left, ", ")))
	}
	return permit().WithWarnings(newWarnings(fmt.Sprintf("Service %q led to the chatbot %s, which runs, and now leads to what no ChatbotDeployment governs. "+
		"If people chat there, declare that chatbot. The status of the ChatbotDeployment names the Service until it leads back.",
		service.Name, strings.Join(left, ", ")))...)
}

// isSameServiceForReview reports whether two states of a Service are equal in everything that a decision reads. Of the type, a decision
// reads only whether it is ExternalName, which leads to no pod, and the name then. A Service of another type can become headless.
func isSameServiceForReview(a, b *corev1.Service) bool {
	isExternal := func(s *corev1.Service) bool { return s.Spec.Type == corev1.ServiceTypeExternalName }
	isHeadless := func(s *corev1.Service) bool { return s.Spec.ClusterIP == corev1.ClusterIPNone }
	return isExternal(a) == isExternal(b) && isHeadless(a) == isHeadless(b) && (!isExternal(a) || a.Spec.ExternalName == b.Spec.ExternalName) &&
		equality.Semantic.DeepEqual(a.Spec.Selector, b.Spec.Selector) &&
		equality.Semantic.DeepEqual(a.Spec.Ports, b.Spec.Ports) &&
		equality.Semantic.DeepEqual(a.Spec.ExternalIPs, b.Spec.ExternalIPs)
}

// decodeService decodes the JSON of a Service.
func decodeService(raw []byte) (*corev1.Service, error) {
	service := &corev1.Service{}
	if err := utiljson.Unmarshal(raw, service); err != nil {
		return nil, fmt.Errorf("decode service: %w", err)
	}
	return service, nil
}
