package webhook_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
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
		code        int
		message     string
	}{
		"nothing":                 {body: "", code: http.StatusBadRequest, message: "decode AdmissionReview"},
		"no JSON":                 {body: "{", code: http.StatusBadRequest, message: "decode AdmissionReview"},
		"two documents":           {body: reviewOf + `}{}`, code: http.StatusBadRequest, message: "decode AdmissionReview"},
		"a list":                  {body: "[]", code: http.StatusBadRequest, message: "decode AdmissionReview"},
		"no review":               {body: `{"kind":"Pod","apiVersion":"v1"}`, code: http.StatusBadRequest, message: "not an AdmissionReview of admission.k8s.io/v1"},
		"an old version":          {body: `{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"1"}}`, code: http.StatusBadRequest, message: "not an AdmissionReview of admission.k8s.io/v1"},
		"no request":              {body: reviewOf + `}`, code: http.StatusBadRequest, message: "no request with a uid"},
		"a request without uid":   {body: reviewOf + `,"request":{}}`, code: http.StatusBadRequest, message: "no request with a uid"},
		"very deep":               {body: strings.Repeat(`{"a":`, 20000), code: http.StatusBadRequest, message: "decode AdmissionReview"},
		"another type of content": {contentType: "text/yaml", body: reviewOf + `}`, code: http.StatusUnsupportedMediaType, message: "not application/json"},
		"too large":               {body: `{"a":"` + strings.Repeat("x", 8<<20) + `"}`, code: http.StatusRequestEntityTooLarge, message: "larger than 7340032 bytes"},
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
				code, response := s.post(t, path, contentType, strings.NewReader(c.body))
				if code != c.code || response.Allowed || int(response.Result.Code) != c.code {
					t.Errorf("code %d, allowed %v, in the review %d, want a refusal with %d", code, response.Allowed, response.Result.Code, c.code)
				}
				if !strings.Contains(response.Result.Message, c.message) {
					t.Errorf("message %q, want %q in it", response.Result.Message, c.message)
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
	code, response := s.post(t, contract.PathValidatePods, "application/json", body)
	if code != http.StatusRequestEntityTooLarge || response.Allowed {
		t.Errorf("code %d, allowed %v, want a refusal with 413", code, response.Allowed)
	}
}

func TestGetIsNotServed(t *testing.T) {
	s := serve(t, allowing())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+contract.PathValidatePods, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("code %d, want 405", response.StatusCode)
	}
}

func TestMetrics(t *testing.T) {
	e := allowing()
	s := serve(t, e, compliant(t))
	pod := governed(t, e, compliant(t))
	s.ask(t, contract.PathMutatePods, creation(t, read[corev1.Pod](t, "pod.yaml")))
	s.ask(t, contract.PathValidatePods, creation(t, pod))
	s.ask(t, contract.PathValidatePods, creation(t, pod))
	s.post(t, contract.PathValidatePods, "application/json", strings.NewReader("{"))
	e.workload.Outcome = ""
	pod.Labels["another"] = "template"
	s.ask(t, contract.PathValidatePods, creation(t, pod))
	want := `
# HELP chaperone_admission_cache_lookups_total Lookups of earlier decisions, by cache (declaration, workload) and result (hit, miss).
# TYPE chaperone_admission_cache_lookups_total counter
chaperone_admission_cache_lookups_total{cache="declaration",result="hit"} 3
chaperone_admission_cache_lookups_total{cache="declaration",result="miss"} 1
chaperone_admission_cache_lookups_total{cache="workload",result="hit"} 1
chaperone_admission_cache_lookups_total{cache="workload",result="miss"} 2
# HELP chaperone_admission_decisions_total Admission requests answered, by webhook and outcome (allowed, patched, warned, denied, undecided, unreadable).
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
	if _, err := webhook.Handlers(webhook.Options{}); err == nil {
		t.Error("handlers without options: no error")
	}
	s := serve(t, allowing())
	_, err := webhook.Handlers(webhook.Options{Engine: allowing(), Image: image, Reader: s.stored, Live: s.live, Metrics: s.metrics})
	if err == nil || !strings.Contains(err.Error(), "register admission metrics") {
		t.Errorf("metrics that are registered twice: error %v", err)
	}
}

// FuzzReview feeds bodies of any shape: the answer is always a review, never a panic, and nothing unreadable is allowed.
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
			code, response := s.post(t, path, "application/json", bytes.NewReader(body))
			if response == nil || (code != http.StatusOK && response.Allowed) {
				t.Errorf("%s: code %d, response %v", path, code, response)
			}
		}
	})
}
