package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
	"github.com/chaperone-dev/chaperone/internal/webhook"
	"github.com/chaperone-dev/chaperone/policies"
)

const image = "registry.example/chaperone/sidecar@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

func today() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func read[T any](t testing.TB, file string) *T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	object := new(T)
	if err := yaml.UnmarshalStrict(data, object); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return object
}

func compliant(t testing.TB) *v1alpha1.ChatbotDeployment {
	t.Helper()
	return read[v1alpha1.ChatbotDeployment](t, "compliant.yaml")
}

func newEngine(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := engine.New(t.Context(), policies.FS, engine.WithWorker(sandboxtest.Command(t)))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// governed returns the pod of testdata as it is after injection for the declaration.
func governed(t testing.TB, e webhook.Engine, declaration *v1alpha1.ChatbotDeployment) *corev1.Pod {
	t.Helper()
	verdict := e.Declaration(t.Context(), facts.NewDeclarationInput(declaration, facts.Environment{}, today()))
	_, hash, err := render.File(declaration, verdict, e.Statements(), nil)
	if err != nil {
		t.Fatal(err)
	}
	pod, err := inject.Sidecar(read[corev1.Pod](t, "pod.yaml"), declaration, inject.Template(declaration, image, hash))
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

// declarations is a reader over fixed objects; err makes every lookup fail, podsErr every lookup of pods, networkErr every one of NetworkPolicies.
type declarations struct {
	items           []v1alpha1.ChatbotDeployment
	policies        []v1alpha1.GovernancePolicy
	exceptions      []v1alpha1.PolicyException
	pods            []metav1.PartialObjectMetadata
	services        []corev1.Service
	networkPolicies []networkingv1.NetworkPolicy
	// namespaceLabels are the labels of every namespace.
	namespaceLabels          map[string]string
	err, podsErr, networkErr error
}

func (d *declarations) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	if isNamespace(object) {
		object.SetName(key.Name)
		object.SetLabels(d.namespaceLabels)
		return d.err
	}
	if d.podsErr != nil {
		return d.podsErr
	}
	return find(d.pods, key, object)
}

func isNamespace(object client.Object) bool {
	return object.GetObjectKind().GroupVersionKind().Kind == "Namespace"
}

// find fills in the pod of the name, or says as an API server that there is none.
func find(pods []metav1.PartialObjectMetadata, key client.ObjectKey, object client.Object) error {
	for i := range pods {
		if client.ObjectKeyFromObject(&pods[i]) == key {
			pods[i].DeepCopyInto(object.(*metav1.PartialObjectMetadata))
			return nil
		}
	}
	return apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, key.Name)
}

// findSpec does the same for a whole pod.
func findSpec(pods []corev1.Pod, key client.ObjectKey, into *corev1.Pod) error {
	for i := range pods {
		if client.ObjectKeyFromObject(&pods[i]) == key {
			pods[i].DeepCopyInto(into)
			return nil
		}
	}
	return apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, key.Name)
}

// live is the API server itself: what it has besides the cache, and who may use break-glass.
type live struct {
	pods     []metav1.PartialObjectMetadata
	specs    []corev1.Pod
	services []corev1.Service
	allowed  bool
	// rights are those of users and groups, as `USER VERB RESOURCE NAMESPACE NAME`, of which what is empty is left out. If it is nil, allowed is the answer.
	rights []string
	err    error
	// delay is how long an answer about a right takes.
	delay time.Duration
	// reads counts what was read, reviews are what was asked, also at the same time.
	mu      sync.Mutex
	reads   int
	reviews []authorizationv1.SubjectAccessReview
}

func (l *live) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	l.reads++
	if l.err != nil {
		return l.err
	}
	if pod, ok := object.(*corev1.Pod); ok {
		return findSpec(l.specs, key, pod)
	}
	service, ok := object.(*corev1.Service)
	if !ok {
		return find(l.pods, key, object)
	}
	for i := range l.services {
		if client.ObjectKeyFromObject(&l.services[i]) == key {
			l.services[i].DeepCopyInto(service)
			return nil
		}
	}
	return apierrors.NewNotFound(schema.GroupResource{Resource: "services"}, key.Name)
}

// List lists the pods that the options select.
func (l *live) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	l.reads++
	var asked client.ListOptions
	asked.ApplyOptions(options)
	if pods, ok := list.(*corev1.PodList); ok {
		for _, pod := range l.specs {
			if pod.Namespace == asked.Namespace && asked.LabelSelector.Matches(labels.Set(pod.Labels)) {
				pods.Items = append(pods.Items, pod)
			}
		}
	}
	return l.err
}

func (l *live) Create(_ context.Context, object client.Object, _ ...client.CreateOption) error {
	time.Sleep(l.delay)
	l.mu.Lock()
	defer l.mu.Unlock()
	review := object.(*authorizationv1.SubjectAccessReview)
	l.reviews = append(l.reviews, *review)
	review.Status.Allowed = l.allowed
	if l.rights != nil {
		a := review.Spec.ResourceAttributes
		review.Status.Allowed = slices.ContainsFunc(append(review.Spec.Groups, review.Spec.User), func(subject string) bool {
			right := strings.Join([]string{subject, a.Verb, a.Resource, a.Subresource, a.Namespace, a.Name}, " ")
			return slices.Contains(l.rights, strings.Join(strings.Fields(right), " "))
		})
	}
	return l.err
}

func (d *declarations) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	if d.err != nil {
		return d.err
	}
	var asked client.ListOptions
	asked.ApplyOptions(options)
	if pods, ok := list.(*metav1.PartialObjectMetadataList); ok {
		for _, pod := range d.pods {
			if pod.Namespace == asked.Namespace && asked.LabelSelector.Matches(labels.Set(pod.Labels)) {
				pods.Items = append(pods.Items, pod)
			}
		}
		return d.podsErr
	}
	switch into := list.(type) {
	case *v1alpha1.PolicyExceptionList:
		for _, item := range d.exceptions {
			if item.Namespace == asked.Namespace {
				into.Items = append(into.Items, item)
			}
		}
	case *v1alpha1.GovernancePolicyList:
		into.Items = d.policies
	case *networkingv1.NetworkPolicyList:
		into.Items = d.networkPolicies
		return d.networkErr
	case *corev1.ServiceList:
		into.Items = d.services
	case *v1alpha1.ChatbotDeploymentList:
		for _, item := range d.items {
			if asked.Namespace == "" || item.Namespace == asked.Namespace {
				into.Items = append(into.Items, item)
			}
		}
	}
	return nil
}

// server serves the webhooks over TLS as the manager does.
type server struct {
	*httptest.Server
	clock   *clocktesting.FakePassiveClock
	metrics *prometheus.Registry
	stored  *declarations
	live    *live
}

func serve(t testing.TB, e webhook.Engine, stored ...*v1alpha1.ChatbotDeployment) *server {
	t.Helper()
	s := &server{
		clock: clocktesting.NewFakePassiveClock(today()), metrics: prometheus.NewRegistry(), stored: &declarations{}, live: &live{},
	}
	for _, declaration := range stored {
		s.stored.items = append(s.stored.items, *declaration)
	}
	handlers, err := webhook.NewHandlers(webhook.Options{Engine: e, Image: image, Clock: s.clock, Reader: s.stored, Live: s.live, Metrics: s.metrics})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for path, handler := range handlers {
		mux.Handle(path, handler)
	}
	s.Server = httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	return s
}

// post sends bytes and returns the HTTP code and the answer, which is nil when the body is no AdmissionReview.
func (s *server) post(t testing.TB, path, contentType string, body io.Reader) (int, *admissionv1.AdmissionResponse) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	response, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(response.Body).Decode(&review); err != nil {
		t.Fatalf("the answer (code %d) is no AdmissionReview: %v", response.StatusCode, err)
	}
	return response.StatusCode, review.Response
}

// ask sends a request as the API server does, and returns the answer.
func (s *server) ask(t testing.TB, path string, request admissionv1.AdmissionRequest) *admissionv1.AdmissionResponse {
	t.Helper()
	if request.UID == "" {
		request.UID = "request-1"
	}
	review := admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request:  &request,
	}
	code, response := s.post(t, path, "application/json", bytes.NewReader(encode(t, review)))
	if code != http.StatusOK || response == nil {
		t.Fatalf("code %d, response %v, want 200 and one", code, response)
	}
	if response.UID != request.UID {
		t.Errorf("the answer is for request %q, want %q", response.UID, request.UID)
	}
	return response
}

func encode(t testing.TB, object any) []byte {
	t.Helper()
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func creation(t testing.TB, object client.Object) admissionv1.AdmissionRequest {
	t.Helper()
	return admissionv1.AdmissionRequest{
		Operation: admissionv1.Create, Namespace: "shop", Name: object.GetName(),
		Object: runtime.RawExtension{Raw: encode(t, object)},
	}
}

func change(t testing.TB, old, object client.Object) admissionv1.AdmissionRequest {
	t.Helper()
	request := creation(t, object)
	request.Operation = admissionv1.Update
	request.OldObject = runtime.RawExtension{Raw: encode(t, old)}
	return request
}

// rules returns the distinct rule ids in the causes of a refusal, in order.
func rules(response *admissionv1.AdmissionResponse) []string {
	var ids []string
	if response.Result == nil || response.Result.Details == nil {
		return ids
	}
	for _, cause := range response.Result.Details.Causes {
		if len(ids) == 0 || ids[len(ids)-1] != string(cause.Type) {
			ids = append(ids, string(cause.Type))
		}
	}
	return ids
}

// fakeEngine answers as told and counts.
type fakeEngine struct {
	declaration, workload policy.Verdict
	service, connection   policy.Verdict
	network               policy.Verdict
	// opened is the verdict about a connection by break-glass; that of any other when nil.
	opened                            *policy.Verdict
	declarationPanics, workloadPanics bool
	revision                          string
	declarationCalls, workloadCalls   int
	// split is what a split was last asked for.
	split facts.DeclarationInput
}

var _ webhook.Engine = (*fakeEngine)(nil)

func allowing() *fakeEngine {
	verdict := policy.Verdict{Outcome: policy.OutcomeAllow, Compliant: true, Revision: "r1"}
	return &fakeEngine{declaration: verdict, workload: verdict, service: verdict, connection: verdict, network: verdict, revision: "r1"}
}

func (f *fakeEngine) Split(_ context.Context, in facts.DeclarationInput, verdict policy.Verdict) (policy.Verdict, error) {
	f.split = in
	return verdict, nil
}

func (f *fakeEngine) Declaration(_ context.Context, in facts.DeclarationInput) policy.Verdict {
	f.declarationCalls++
	if f.declarationPanics {
		panic("declaration")
	}
	v := f.declaration
	v.Revision, v.AsOf = f.revision, in.AsOf
	return v
}

func (f *fakeEngine) Workload(_ context.Context, in facts.WorkloadInput) policy.Verdict {
	f.workloadCalls++
	if f.workloadPanics {
		panic(fmt.Sprint("secret of ", in.Pod.Namespace))
	}
	v := f.workload
	v.Revision, v.AsOf = f.revision, in.Verdict.AsOf
	return v
}

func (f *fakeEngine) Service(_ context.Context, in facts.ServiceInput) policy.Verdict {
	v := f.service
	v.Revision, v.AsOf = f.revision, in.AsOf
	return v
}

func (f *fakeEngine) Connection(_ context.Context, in facts.ConnectionInput) policy.Verdict {
	v := f.connection
	if in.BreakGlass && f.opened != nil {
		v = *f.opened
	}
	v.Revision, v.AsOf = f.revision, in.AsOf
	return v
}

func (f *fakeEngine) Network(_ context.Context, in facts.NetworkInput) policy.Verdict {
	v := f.network
	v.Revision, v.AsOf = f.revision, in.AsOf
	return v
}

func (f *fakeEngine) Revision() string { return f.revision }

func (f *fakeEngine) Basis(facts.DeclarationInput) (basis, revision string) {
	return f.revision, f.revision
}

func (f *fakeEngine) Check(context.Context, policy.Organisation) (policy.Faults, error) {
	return nil, nil
}

func (f *fakeEngine) ExplainNotWaivable(string) string { return "" }

func (f *fakeEngine) ExplainUnknownDimension(string) string { return "" }

func (f *fakeEngine) WithParents([]v1alpha1.Code) []string { return nil }

func (f *fakeEngine) Statements() map[string]string {
	return map[string]string{"en": "You chat with an AI.", "de": "Sie chatten mit einer KI."}
}

func uid(name string) types.UID { return types.UID(name) }
