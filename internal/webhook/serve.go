package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/klog/v2"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// maxReviewBytes bounds the body of a request, as controller-runtime does: two objects of at most 3 MiB each, which is the limit of the API
// server, and 1 MiB for the rest.
const maxReviewBytes = 7 << 20

// reviewType is the type of the AdmissionReviews that the API server sends, since the registration asks for no other version.
var reviewType = metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "AdmissionReview"}

// endpoint serves one webhook. It decodes the requests of the API server itself, because controller-runtime would scan each of them twice
// as often as endpoint does (docs/adr/0015). controller-runtime still runs the handler: it responds to a panic with a refusal, completes
// the response, and gets every request that endpoint does not decode.
type endpoint struct {
	// budget bounds the time of a request.
	budget time.Duration
	// webhook has the handler.
	webhook *admission.Webhook
}

// newEndpoint returns the HTTP handler of a webhook, which counts its decisions under the name.
func newEndpoint(name string, budget time.Duration, handler admission.Handler, counts *counters) http.Handler {
	return &endpoint{budget, &admission.Webhook{Handler: countDecisions(name, handler, counts), LogConstructor: newLogger}}
}

// ServeHTTP responds to an AdmissionReview. It leaves a request that decodeRequest does not accept to controller-runtime, which refuses it,
// or has the same handler respond if it can decode the request, for example an AdmissionReview of version v1beta1.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), e.budget)
	defer cancel()
	body, err := readBody(r)
	if request := decodeRequest(r, body); err == nil && request != nil {
		writeResponse(ctx, w, e.webhook.Handle(ctx, admission.Request{AdmissionRequest: *request}))
		return
	}
	// controller-runtime reads the body from its start: what readBody has read, and then the rest.
	again := r.WithContext(ctx)
	again.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body))
	e.webhook.ServeHTTP(w, again)
}

// readBody returns the body of a request. It stops after maxReviewBytes, or at an error, and then leaves the rest in r.Body.
func readBody(r *http.Request) ([]byte, error) {
	var body bytes.Buffer
	// ContentLength is -1 if it is unknown. ReadFrom reallocates the buffer unless MinRead bytes are free at the end of the body.
	body.Grow(int(min(max(r.ContentLength, 0), maxReviewBytes)) + bytes.MinRead)
	_, err := body.ReadFrom(io.LimitReader(r.Body, maxReviewBytes))
	return body.Bytes(), err
}

// decodeRequest returns the request of the AdmissionReview in the body, or nil if the HTTP request is not one that the API server sends.
func decodeRequest(r *http.Request, body []byte) *admissionv1.AdmissionRequest {
	// A body of maxReviewBytes may be incomplete, because readBody stops there.
	if r.Header.Get("Content-Type") != "application/json" || len(body) == maxReviewBytes {
		return nil
	}
	var review admissionv1.AdmissionReview
	if err := utiljson.Unmarshal(body, &review); err != nil {
		return nil
	}
	if review.TypeMeta != reviewType || review.Request == nil || review.Request.UID == "" {
		return nil
	}
	return review.Request
}

// writeResponse writes the AdmissionReview with the response. It only logs an error, because the connection is lost then.
func writeResponse(ctx context.Context, w http.ResponseWriter, response admission.Response) {
	err := json.NewEncoder(w).Encode(admissionv1.AdmissionReview{TypeMeta: reviewType, Response: &response.AdmissionResponse})
	if err != nil {
		logf.FromContext(ctx).V(1).Info("Did not write an admission response", "reason", err.Error())
	}
}

// countDecisions returns the handler next with a counter of its responses. A panic leaves the response zero, which counts as undecided.
func countDecisions(name string, next admission.Handler, counts *counters) admission.Handler {
	return admission.HandlerFunc(func(ctx context.Context, req admission.Request) (response admission.Response) {
		defer func() { counts.countDecision(name, response) }()
		return next.Handle(ctx, req)
	})
}

// newLogger returns the logger for a request, or for no request (nil). Its lines name the object of the request but not the user, because
// the name of a user is personal data.
func newLogger(base logr.Logger, r *admission.Request) logr.Logger {
	if r == nil {
		return base
	}
	return base.WithValues(r.Kind.Kind, klog.KRef(r.Namespace, r.Name), "requestID", r.UID)
}
