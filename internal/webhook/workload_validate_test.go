package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/podtemplate"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// workload returns an object of the kind whose template is the pod of testdata as its author wrote it, changed.
func workload(t testing.TB, kind string, changes ...func(*corev1.Pod)) *unstructured.Unstructured {
	t.Helper()
	pod := read[corev1.Pod](t, "pod.yaml")
	for _, change := range changes {
		change(pod)
	}
	template := map[string]any{"metadata": map[string]any{"labels": pod.Labels, "annotations": pod.Annotations}, "spec": pod.Spec}
	spec := map[string]any{"template": template}
	if kind == "CronJob" {
		spec = map[string]any{"jobTemplate": map[string]any{"spec": spec}}
	}
	data := encode(t, map[string]any{"kind": kind, "apiVersion": "v1", "metadata": map[string]any{"name": "bot", "namespace": "shop"}, "spec": spec})
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return object
}

// ofKind returns the request for an object of a kind of Kubernetes, or with the group in front, as `argoproj.io/Rollout`.
func ofKind(request admissionv1.AdmissionRequest, kind string) admissionv1.AdmissionRequest {
	group, name, hasGroup := strings.Cut(kind, "/")
	if !hasGroup {
		groups := map[string]string{"ReplicationController": "", "Job": "batch", "CronJob": "batch"}
		group, name = "apps", kind
		if other, isOther := groups[kind]; isOther {
			group = other
		}
	}
	request.Kind.Group, request.Kind.Kind = group, name
	return request
}

func builtInKinds(t testing.TB) podtemplate.Table {
	t.Helper()
	kinds, err := podtemplate.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

func byTag(p *corev1.Pod) { p.Spec.Containers[0].Image = "bot:1" }

func onHost(p *corev1.Pod) { p.Spec.HostPID = true }

func TestEveryKindOfTemplateIsJudged(t *testing.T) {
	s := serve(t, newEngine(t), compliant(t))
	for _, kind := range []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob"} {
		t.Run(kind, func(t *testing.T) {
			if response := s.ask(t, "/validate-workloads", ofKind(creation(t, workload(t, kind)), kind)); !response.Allowed {
				t.Errorf("a template that complies is refused: %v", response.Result)
			}
			bad := workload(t, kind, byTag, onHost)
			response := s.ask(t, "/validate-workloads", ofKind(creation(t, bad), kind))
			if diff := cmp.Diff([]string{"workload.host_pid", "workload.image_by_digest"}, rules(response)); diff != "" {
				t.Fatalf("rules (-want +got):\n%s\n%v", diff, response.Result)
			}
			path := "spec.template."
			if kind == "CronJob" {
				path = "spec.jobTemplate.spec.template."
			}
			if field := response.Result.Details.Causes[1].Field; field != path+"spec.containers[0].image" {
				t.Errorf("field %q, want it below %s", field, path)
			}
			if !strings.Contains(response.Result.Message, fmt.Sprintf(`%s "shop/bot" is refused, findings: 2`, kind)) {
				t.Errorf("message %q", response.Result.Message)
			}
		})
	}
}

func TestWhoseTemplateIsGoverned(t *testing.T) {
	twin := compliant(t)
	twin.Name, twin.UID = "twin", uid("twin")
	denied := compliant(t)
	denied.Spec.Rights.ResponseDays = ptr.To[v1alpha1.Days](90)
	warned := compliant(t)
	warned.Spec.Enforcement = v1alpha1.EnforcementWarn
	other := func(p *corev1.Pod) { p.Labels = map[string]string{"app": "shop"} }
	claim := func(p *corev1.Pod) { other(p); p.Labels[v1alpha1.LabelChatbot] = "support" }
	cases := map[string]struct {
		stored  []*v1alpha1.ChatbotDeployment
		change  func(*corev1.Pod)
		code    int32
		field   string
		message string
		warned  bool
	}{
		"not governed: allowed, whatever it holds": {stored: []*v1alpha1.ChatbotDeployment{compliant(t)}, change: func(p *corev1.Pod) { other(p); onHost(p) }, code: http.StatusOK},
		"no declaration at all: allowed":           {change: onHost, code: http.StatusOK},
		"a claim without a declaration":            {change: claim, code: http.StatusForbidden, field: "spec.template.metadata.labels[chaperone.dev/chatbot]", message: "workload.label_and_declaration"},
		"a claim on a declaration of other labels": {stored: []*v1alpha1.ChatbotDeployment{compliant(t)}, change: claim, code: http.StatusForbidden,
			field: "spec.template.spec.containers[].ports[].name", message: "workload.sidecar_present"},
		"two declarations select it": {stored: []*v1alpha1.ChatbotDeployment{compliant(t), twin}, change: func(*corev1.Pod) {}, code: http.StatusForbidden,
			field: "spec.template.metadata.labels", message: `"shop/support" and "shop/twin"`},
		"a declaration that is denied: its findings keep their fields": {stored: []*v1alpha1.ChatbotDeployment{denied}, change: func(*corev1.Pod) {}, code: http.StatusForbidden,
			field: "spec.rights.responseDays", message: "rights.responseDays"},
		"one that only warns": {stored: []*v1alpha1.ChatbotDeployment{warned}, change: onHost, code: http.StatusOK, warned: true},
	}
	e := newEngine(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			response := serve(t, e, c.stored...).ask(t, "/validate-workloads", ofKind(creation(t, workload(t, "Deployment", c.change)), "Deployment"))
			if response.Result.Code != c.code || !strings.Contains(response.Result.Message, c.message) {
				t.Fatalf("code %d, message %q, want %d with %q", response.Result.Code, response.Result.Message, c.code, c.message)
			}
			if c.field != "" && response.Result.Details.Causes[0].Field != c.field {
				t.Errorf("field %q, want %q", response.Result.Details.Causes[0].Field, c.field)
			}
			if c.warned != (len(response.Warnings) > 0) {
				t.Errorf("warnings %q", response.Warnings)
			}
		})
	}
}

// TestWorkloadsThatMakeNothingNew must pass although the template would be refused today.
func TestWorkloadsThatMakeNothingNew(t *testing.T) {
	owned := func(controller bool) func(*unstructured.Unstructured) {
		return func(u *unstructured.Unstructured) {
			u.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "bot", UID: "u", Controller: &controller}})
		}
	}
	nested := func(value any, fields ...string) func(*unstructured.Unstructured) {
		return func(u *unstructured.Unstructured) {
			if err := unstructured.SetNestedField(u.Object, value, fields...); err != nil {
				t.Fatal(err)
			}
		}
	}
	cases := map[string]struct {
		change func(*unstructured.Unstructured)
		create bool
		code   int32
	}{
		"created":                          {create: true, change: func(*unstructured.Unstructured) {}, code: http.StatusForbidden},
		"created by a controller":          {create: true, change: owned(true), code: http.StatusOK},
		"owned, but not by a controller":   {create: true, change: owned(false), code: http.StatusForbidden},
		"scaled":                           {change: nested(int64(3), "spec", "replicas"), code: http.StatusOK},
		"paused":                           {change: nested(true, "spec", "paused"), code: http.StatusOK},
		"labelled":                         {change: func(u *unstructured.Unstructured) { u.SetLabels(map[string]string{"a": "b"}) }, code: http.StatusOK},
		"restarted, which makes new pods":  {change: nested("now", "spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"), code: http.StatusForbidden},
		"another template":                 {change: nested("x", "spec", "template", "spec", "schedulerName"), code: http.StatusForbidden},
		"the template governed by a label": {change: nested("y", "spec", "template", "metadata", "labels", "x"), code: http.StatusForbidden},
		"a change of another controller's": {change: owned(true), code: http.StatusOK},
		"scaled and changed: as any change": {change: func(u *unstructured.Unstructured) {
			nested(int64(3), "spec", "replicas")(u)
			nested("x", "spec", "template", "spec", "schedulerName")(u)
		}, code: http.StatusForbidden},
	}
	e := newEngine(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			old := workload(t, "Deployment", onHost)
			object := old.DeepCopy()
			c.change(object)
			request := change(t, old, object)
			if c.create {
				request = creation(t, object)
			}
			response := serve(t, e, compliant(t)).ask(t, "/validate-workloads", ofKind(request, "Deployment"))
			if response.Result.Code != c.code {
				t.Errorf("code %d, want %d: %s", response.Result.Code, c.code, response.Result.Message)
			}
		})
	}
}

func TestNoDecisionRefusesWorkload(t *testing.T) {
	cases := map[string]struct {
		change func(*fakeEngine, *server)
		reason string
	}{
		"undecided":         {change: func(e *fakeEngine, _ *server) { e.workload = policy.NewUndecided("r1", "", "stale policy") }, reason: "stale policy"},
		"the engine panics": {change: func(e *fakeEngine, _ *server) { e.workloadPanics = true }, reason: "panicked"},
		"the lookup fails":  {change: func(_ *fakeEngine, s *server) { s.stored.err = errors.New("cache is not started") }, reason: "cache is not started"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := allowing()
			s := serve(t, e, compliant(t))
			c.change(e, s)
			response := s.ask(t, "/validate-workloads", ofKind(creation(t, workload(t, "Deployment")), "Deployment"))
			if response.Allowed || response.Result.Code != http.StatusInternalServerError || !strings.Contains(response.Result.Message, c.reason) {
				t.Errorf("allowed %v, code %d, message %q, want 500 with %q", response.Allowed, response.Result.Code, response.Result.Message, c.reason)
			}
		})
	}
}

// TestTemplateDecisionsAreKept holds that workloads of one template are decided once, and never found as a pod's decision.
func TestTemplateDecisionsAreKept(t *testing.T) {
	e := allowing()
	s := serve(t, e, compliant(t))
	first, second := workload(t, "Deployment"), workload(t, "Deployment")
	second.SetName("other")
	for _, object := range []*unstructured.Unstructured{first, second} {
		s.ask(t, "/validate-workloads", ofKind(creation(t, object), "Deployment"))
	}
	if e.workloadCalls != 1 || e.declarationCalls != 1 {
		t.Errorf("%d templates and %d declarations were evaluated, want one each", e.workloadCalls, e.declarationCalls)
	}
	s.ask(t, "/validate-workloads", ofKind(creation(t, workload(t, "CronJob")), "CronJob"))
	s.ask(t, "/validate-pods", creation(t, read[corev1.Pod](t, "pod.yaml")))
	if e.workloadCalls != 3 {
		t.Errorf("%d evaluations, want one for each path at which the pod stands", e.workloadCalls)
	}
}

func TestWorkloadRequestsThatAreNone(t *testing.T) {
	s := serve(t, allowing(), compliant(t))
	cases := map[string]func(*admissionv1.AdmissionRequest){
		"no object":                        func(r *admissionv1.AdmissionRequest) { r.Object.Raw = nil },
		"no template":                      func(r *admissionv1.AdmissionRequest) { r.Object.Raw = []byte(`{"metadata":{"name":"x"},"spec":{}}`) },
		"a template without a spec":        func(r *admissionv1.AdmissionRequest) { r.Object.Raw = []byte(`{"spec":{"template":{"metadata":{}}}}`) },
		"a list":                           func(r *admissionv1.AdmissionRequest) { r.Object.Raw = []byte(`[]`) },
		"an update without the old object": func(r *admissionv1.AdmissionRequest) { r.Operation = admissionv1.Update },
		"a deletion":                       func(r *admissionv1.AdmissionRequest) { r.Operation = admissionv1.Delete },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			request := ofKind(creation(t, workload(t, "Deployment")), "Deployment")
			change(&request)
			if response := s.ask(t, "/validate-workloads", request); response.Allowed || response.Result.Code != http.StatusBadRequest {
				t.Errorf("allowed %v, code %d, want a refusal with 400", response.Allowed, response.Result.Code)
			}
		})
	}
}

// Kinds of other projects are reviewed like those of Kubernetes.
func TestKindsOfOtherProjects(t *testing.T) {
	s := serve(t, newEngine(t), compliant(t))
	template := func(changes ...func(*corev1.Pod)) any {
		spec := workload(t, "Deployment", changes...).Object["spec"]
		return spec.(map[string]any)["template"]
	}
	object := func(spec map[string]any) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Any", "metadata": map[string]any{"name": "bot", "namespace": "shop"}, "spec": spec,
		}}
	}
	cases := map[string]struct {
		kind  string
		spec  map[string]any
		field string
	}{
		"a Rollout":                             {"argoproj.io/Rollout", map[string]any{"template": template(onHost)}, "spec.template.spec.hostPID"},
		"a Rollout that refers to a Deployment": {"argoproj.io/Rollout", map[string]any{"workloadRef": map[string]any{"kind": "Deployment"}}, ""},
		"the second template": {
			"leaderworkerset.x-k8s.io/LeaderWorkerSet",
			map[string]any{"leaderWorkerTemplate": map[string]any{"leaderTemplate": template(), "workerTemplate": template(onHost)}},
			"spec.leaderWorkerTemplate.workerTemplate.spec.hostPID",
		},
		"a predictor of KServe": {
			"serving.kserve.io/InferenceService",
			map[string]any{"predictor": map[string]any{
				"labels": map[string]any{"app": "support-bot"}, "hostPID": true, "containers": template().(map[string]any)["spec"].(map[string]any)["containers"],
			}},
			"spec.predictor.hostPID",
		},
		"a form that is not known":            {"argoproj.io/Rollout", map[string]any{"template": "somewhere else"}, ""},
		"a kind that the table does not have": {"apps.example/Fleet", map[string]any{"template": template(onHost)}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			response := s.ask(t, "/validate-workloads", ofKind(creation(t, object(c.spec)), c.kind))
			if c.field == "" {
				if !response.Allowed {
					t.Errorf("is refused: %v", response.Result)
				}
				return
			}
			if response.Allowed || response.Result.Details == nil {
				t.Fatalf("is admitted, or refused without a cause: %v", response.Result)
			}
			if got := response.Result.Details.Causes[0].Field; got != c.field {
				t.Errorf("field %q, want %q: %v", got, c.field, response.Result)
			}
		})
	}
}

// Pods of Knative are not as their template, and cannot be governed: who applies a Service of Knative is told if a declaration selects it.
func TestKindThatCannotBeGoverned(t *testing.T) {
	s := serve(t, newEngine(t), compliant(t))
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		warned bool
	}{
		"selected":     {onHost, true},
		"not selected": {func(p *corev1.Pod) { p.Labels = map[string]string{"app": "shop"} }, false},
	} {
		object := workload(t, "Deployment", c.change)
		response := s.ask(t, "/validate-workloads", ofKind(creation(t, object), "serving.knative.dev/Service"))
		if !response.Allowed || c.warned != (len(response.Warnings) == 1 && strings.Contains(response.Warnings[0], "queue proxy of Knative")) {
			t.Errorf("%s: allowed %t, warnings %q", name, response.Allowed, response.Warnings)
		}
	}
}
