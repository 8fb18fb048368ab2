package webhook_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/webhook"
)

func TestUnreadableRequests(t *testing.T) {
	s := serve(t, allowing(), compliant(t))
	const reviewOf = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"`
	cases := map[string]struct {
		contentType string
		body        string
		code        int32
	}{
		"nothing":                 {body: "", code: http.StatusBadRequest},
		"no JSON":                 {body: "{", code: http.StatusBadRequest},
		"two documents":           {body: reviewOf + `}{}`, code: http.StatusBadRequest},
		"a list":                  {body: "[]", code: http.StatusBadRequest},
		"no review":               {body: `{"kind":"Pod","apiVersion":"v1"}`, code: http.StatusBadRequest},
		"no request":              {body: reviewOf + `}`, code: http.StatusBadRequest},
		"null for the request":    {body: reviewOf + `,"request":null}`, code: http.StatusBadRequest},
		"a request of nothing":    {body: reviewOf + `,"request":{}}`, code: http.StatusBadRequest},
		"very deep":               {body: strings.Repeat(`{"a":`, 20000), code: http.StatusBadRequest},
		"another type of content": {contentType: "text/yaml", body: reviewOf + `}`, code: http.StatusBadRequest},
		"too large":               {body: `{"a":"` + strings.Repeat("x", 8<<20) + `"}`, code: http.StatusRequestEntityTooLarge},
	}
	for name, c := range cases {
		for _, path := range []string{
			contract.PathMutatePods, contract.PathValidatePods, contract.PathValidateWorkloads, contract.PathValidateServices,
			contract.PathValidateConnections, contract.PathValidateDeclarations,
		} {
			t.Run(name+" at "+path, func(t *testing.T) {
				contentType := c.contentType
				if contentType == "" {
					contentType = "application/json"
				}
				_, response := s.post(t, path, contentType, strings.NewReader(c.body))
				if response.Allowed || response.Result.Code != c.code || response.Result.Message == "" {
					t.Errorf("allowed %v, code %d, message %q, want a refusal with %d", response.Allowed, response.Result.Code, response.Result.Message, c.code)
				}
			})
		}
	}
}

// endless hides its length, so that the size is found only while reading.
type endless struct{ io.Reader }

func TestOversizeWithoutLength(t *testing.T) {
	s := serve(t, allowing())
	body := endless{io.MultiReader(strings.NewReader(`{"a":"`), bytes.NewReader(bytes.Repeat([]byte("x"), 8<<20)))}
	_, response := s.post(t, contract.PathValidatePods, "application/json", body)
	if response.Allowed || response.Result.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("allowed %v, code %d, want a refusal with 413", response.Allowed, response.Result.Code)
	}
}

func TestMetrics(t *testing.T) {
	e := allowing()
	s := serve(t, e, compliant(t))
	pod := governed(t, e, compliant(t))
	s.ask(t, contract.PathMutatePods, creation(t, read[corev1.Pod](t, "pod.yaml")))
	s.ask(t, contract.PathValidatePods, creation(t, pod))
	s.ask(t, contract.PathValidatePods, creation(t, pod))
	s.ask(t, contract.PathValidatePods, admissionv1.AdmissionRequest{Operation: admissionv1.Create})
	e.workload.Outcome = ""
	pod.Labels["another"] = "template"
	s.ask(t, contract.PathValidatePods, creation(t, pod))
	want := `
# HELP chaperone_admission_cache_lookups_total Lookups in the cache of decisions, by kind of decision (declaration, workload) and result (hit, miss).
# TYPE chaperone_admission_cache_lookups_total counter
chaperone_admission_cache_lookups_total{cache="declaration",result="hit"} 3
chaperone_admission_cache_lookups_total{cache="declaration",result="miss"} 1
chaperone_admission_cache_lookups_total{cache="workload",result="hit"} 1
chaperone_admission_cache_lookups_total{cache="workload",result="miss"} 2
# HELP chaperone_admission_decisions_total Admission requests decided, by webhook and outcome (allowed, patched, warned, denied, undecided, unreadable).
# TYPE chaperone_admission_decisions_total counter
chaperone_admission_decisions_total{outcome="allowed",webhook="validate-pods"} 2
chaperone_admission_decisions_total{outcome="patched",webhook="mutate-pods"} 1
chaperone_admission_decisions_total{outcome="undecided",webhook="validate-pods"} 1
chaperone_admission_decisions_total{outcome="unreadable",webhook="validate-pods"} 1
`
	if err := testutil.GatherAndCompare(s.metrics, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

func TestOptionsAreRequired(t *testing.T) {
	got := webhook.Options{Image: "sidecar:1"}.Validate().Error()
	want := `webhook options: Engine is missing
webhook options: Reader is missing
webhook options: Live is missing
webhook options: the sidecar image "sidecar:1" is not named by digest (name@sha256:…)`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if _, err := webhook.NewHandlers(webhook.Options{}); err == nil {
		t.Error("handlers without options: no error")
	}
	s := serve(t, allowing())
	_, err := webhook.NewHandlers(webhook.Options{Engine: allowing(), Image: image, Reader: s.stored, Live: s.live, Metrics: s.metrics})
	if err == nil || !strings.Contains(err.Error(), "register admission metrics") {
		t.Errorf("metrics that are registered twice: error %v", err)
	}
}

// FuzzReview sends bodies of any shape: the response is always a review, never a broken connection.
func FuzzReview(f *testing.F) {
	s := serve(f, allowing(), compliant(f))
	f.Add([]byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","operation":"CREATE","object":{"spec":{}}}}`))
	f.Add([]byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","operation":"UPDATE","object":{"metadata":null},"oldObject":7}}`))
	f.Add([]byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","operation":"CONNECT","name":"a:b:c","subResource":"proxy","resource":{"resource":"pods"}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, path := range []string{
			contract.PathMutatePods, contract.PathValidatePods, contract.PathValidateWorkloads, contract.PathValidateServices,
			contract.PathValidateConnections, contract.PathValidateDeclarations,
		} {
			if code, response := s.post(t, path, "application/json", bytes.NewReader(body)); code != http.StatusOK || response == nil {
				t.Errorf("%s: code %d, response %v", path, code, response)
			}
		}
	})
}
