package webhook

import (
	"context"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// newEndpoint serves a handler at a path. controller-runtime reads the AdmissionReview, of at most 7 MiB, recovers a panic to a
// refusal and writes the response; what is ours is the budget of time and the count of decisions.
func newEndpoint(name string, budget time.Duration, handler admission.Handler, counts *counters) http.Handler {
	return limitTime(budget, &admission.Webhook{Handler: countDecisions(name, handler, counts), LogConstructor: logger})
}

// limitTime ends the context of a request when its budget is used up.
func limitTime(budget time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), budget)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// countDecisions counts every response, and a panic as no decision.
func countDecisions(name string, next admission.Handler, counts *counters) admission.Handler {
	return admission.HandlerFunc(func(ctx context.Context, req admission.Request) (response admission.Response) {
		defer func() { counts.countDecision(name, response) }()
		return next.Handle(ctx, req)
	})
}

// logger names the object of a request in every line, and not the user: a user's name is personal data.
func logger(base logr.Logger, r *admission.Request) logr.Logger {
	if r == nil {
		return base
	}
	return base.WithValues(r.Kind.Kind, klog.KRef(r.Namespace, r.Name), "requestID", r.UID)
}
