package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
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

// maxReviewBytes bounds a request: two objects of at most 3 MiB (the API server's bound on requests that it decodes) and 1 MiB
// for the rest, as in controller-runtime.
const maxReviewBytes = 7 << 20

// review is the form of every request and answer.
var reviewType = metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "AdmissionReview"}

// endpoint serves one webhook: it reads the request, bounds its time, and writes the answer.
type endpoint struct {
	name   string
	budget time.Duration
	hook   *admission.Webhook
	count  *counters
}

func newEndpoint(name string, budget time.Duration, handler admission.Handler, count *counters) http.Handler {
	hook := &admission.Webhook{Handler: handler, LogConstructor: logger}
	return &endpoint{name: name, budget: budget, hook: hook, count: count}
}

// logger names the object of a request in every line, and not who asked: a user's name is personal data.
func logger(base logr.Logger, r *admission.Request) logr.Logger {
	if r == nil {
		return base
	}
	return base.WithValues(r.Kind.Kind, klog.KRef(r.Namespace, r.Name), "requestID", r.UID)
}

// ServeHTTP answers one AdmissionReview. A request that cannot be read is refused with a 4xx and an AdmissionReview that says
// why; a panic in the handler refuses (controller-runtime recovers it).
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, err := readReview(w, r)
	if err != nil {
		logf.FromContext(r.Context()).Info("Refused an unreadable admission request", "webhook", e.name, "reason", err.Error())
		response := unreadable(err)
		e.count.decided(e.name, response)
		e.write(r.Context(), w, response)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), e.budget)
	defer cancel()
	response := e.hook.Handle(ctx, admission.Request{AdmissionRequest: *request})
	e.count.decided(e.name, response)
	e.write(ctx, w, response)
}

func (e *endpoint) write(ctx context.Context, w http.ResponseWriter, response admission.Response) {
	review := admissionv1.AdmissionReview{TypeMeta: reviewType, Response: &response.AdmissionResponse}
	body, err := json.Marshal(review)
	if err != nil {
		logf.FromContext(ctx).Error(err, "Cannot encode an admission response", "webhook", e.name)
		response = undecidable("the answer could not be encoded")
		body = nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(transportCode(response))
	if _, err := w.Write(body); err != nil {
		logf.FromContext(ctx).V(1).Info("The caller is gone", "webhook", e.name, "reason", err.Error())
	}
}

// requestError is a request that cannot be read; respond.go knows its code.
type requestError struct {
	kind requestProblem
	err  error
}

func (e *requestError) Error() string { return e.err.Error() }

// readReview returns the request of the AdmissionReview in the body, or a *requestError.
func readReview(w http.ResponseWriter, r *http.Request) (*admissionv1.AdmissionRequest, error) {
	if r.Method != http.MethodPost {
		return nil, &requestError{wrongMethod, fmt.Errorf("method %s is not served, send POST", r.Method)}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &requestError{wrongMediaType, errors.New("the content type is not application/json")}
	}
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	var review admissionv1.AdmissionReview
	if err := utiljson.Unmarshal(body, &review); err != nil {
		return nil, &requestError{malformed, fmt.Errorf("decode AdmissionReview: %w", err)}
	}
	switch {
	case review.TypeMeta != reviewType:
		return nil, &requestError{malformed, fmt.Errorf("the body is not an AdmissionReview of %s", reviewType.APIVersion)}
	case review.Request == nil || review.Request.UID == "":
		return nil, &requestError{malformed, errors.New("the AdmissionReview has no request with a uid")}
	}
	return review.Request, nil
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	tooLarge := &requestError{oversize, fmt.Errorf("the request is larger than %d bytes", maxReviewBytes)}
	if r.ContentLength > maxReviewBytes {
		return nil, tooLarge
	}
	var body bytes.Buffer
	body.Grow(int(max(r.ContentLength, 0)) + bytes.MinRead)
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, maxReviewBytes))
	var exceeded *http.MaxBytesError
	switch {
	case errors.As(err, &exceeded):
		return nil, tooLarge
	case err != nil:
		return nil, &requestError{malformed, fmt.Errorf("read body: %w", err)}
	}
	return body.Bytes(), nil
}
