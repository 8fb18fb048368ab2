package webhook_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// TestValidatePod judges the pod of testdata after injection, changed in one way.
func TestValidatePod(t *testing.T) {
	e := newEngine(t)
	s := serve(t, e, compliant(t))
	fake := corev1.Container{Name: "chaperone", Image: "evil.example/nop@sha256:" + strings.Repeat("c", 64)}
	cases := map[string]struct {
		change func(*corev1.Pod)
		want   []string
	}{
		"as injected: allowed": {change: func(*corev1.Pod) {}},
		"the host's processes": {
			change: onHost,
			want:   []string{"workload.host_pid"},
		},
		"the sidecar is away": {
			change: func(p *corev1.Pod) { p.Spec.InitContainers = nil },
			want:   []string{"workload.governed_port_taken_over", "workload.sidecar_present"},
		},
		"the sidecar has another image": {
			change: func(p *corev1.Pod) { p.Spec.InitContainers[0].Image = fake.Image },
			want:   []string{"workload.sidecar_unchanged"},
		},
		"the sidecar sends to another port": {
			change: func(p *corev1.Pod) { p.Spec.InitContainers[0].Args[3] = "http=9090" },
			want:   []string{"workload.sidecar_unchanged"},
		},
		"the sidecar is not first": {
			change: func(p *corev1.Pod) {
				first := p.Spec.Containers[0].DeepCopy()
				first.Name, first.Ports, first.Env = "first", nil, nil
				p.Spec.InitContainers = append([]corev1.Container{*first}, p.Spec.InitContainers...)
			},
			want: []string{"workload.sidecar_first"},
		},
		"the sidecar's configuration comes from elsewhere": {
			change: func(p *corev1.Pod) {
				for i := range p.Spec.Volumes {
					if p.Spec.Volumes[i].Name == "chaperone-config" {
						p.Spec.Volumes[i].ConfigMap.Name = "mine"
					}
				}
			},
			want: []string{"workload.sidecar_unchanged"},
		},
		"a container with the sidecar's name": {
			change: func(p *corev1.Pod) {
				second := p.Spec.Containers[0].DeepCopy()
				second.Name, second.Ports, second.Env = fake.Name, nil, nil
				p.Spec.Containers = append(p.Spec.Containers, *second)
			},
			want: []string{"workload.reserved_names"},
		},
		"an ephemeral container by tag": {
			change: func(p *corev1.Pod) {
				p.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{
					Name: "debug", Image: "busybox",
				}}}
			},
			want: []string{"workload.ephemeral_container", "workload.image_by_digest"},
		},
		"another chatbot's name": {
			change: func(p *corev1.Pod) { p.Labels[v1alpha1.LabelChatbot] = "sales" },
			want:   []string{"workload.label_and_declaration"},
		},
		"the host's network": {
			change: func(p *corev1.Pod) {
				p.Spec.HostNetwork = true
				// As the API server defaults it.
				for _, list := range [][]corev1.Container{p.Spec.InitContainers, p.Spec.Containers} {
					for i := range list {
						for j := range list[i].Ports {
							list[i].Ports[j].HostPort = list[i].Ports[j].ContainerPort
						}
					}
				}
			},
			want: []string{"workload.host_network", "workload.host_port"},
		},
		"everything at once: all findings, not the first": {
			change: func(p *corev1.Pod) {
				p.Spec.HostPID = true
				p.Spec.ShareProcessNamespace = ptr.To(true)
				p.Spec.Containers[0].Image = "bot"
				p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsUser: ptr.To[int64](10742)}
			},
			want: []string{"workload.host_pid", "workload.run_as_sidecar_user", "workload.share_process_namespace", "workload.image_by_digest"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			pod := governed(t, e, compliant(t))
			c.change(pod)
			response := s.ask(t, "/validate-pods", creation(t, pod))
			if response.Allowed != (len(c.want) == 0) {
				t.Errorf("allowed %v: %v", response.Allowed, response.Result)
			}
			if diff := cmp.Diff(c.want, rules(response)); diff != "" {
				t.Errorf("rules (-want +got):\n%s\n%v", diff, response.Result)
			}
			for _, rule := range c.want {
				if !strings.Contains(response.Result.Message, rule) {
					t.Errorf("the message lacks %s:\n%s", rule, response.Result.Message)
				}
			}
			if len(c.want) > 0 && (response.Result.Code != http.StatusForbidden || response.Result.Reason != metav1.StatusReasonForbidden) {
				t.Errorf("code %d, reason %q, want 403 Forbidden", response.Result.Code, response.Result.Reason)
			}
		})
	}
}

func TestWhoIsGoverned(t *testing.T) {
	e := newEngine(t)
	twin := compliant(t)
	twin.Name, twin.UID = "twin", uid("twin")
	broken := compliant(t)
	broken.Name, broken.Spec.Selector = "broken", metav1.LabelSelector{}
	ending := compliant(t)
	ending.DeletionTimestamp, ending.Finalizers = ptr.To(metav1.Now()), []string{"team.example/hold"}
	elsewhere := compliant(t)
	elsewhere.Namespace = "other"
	other := func(p *corev1.Pod) { p.Labels = map[string]string{"app": "shop"} }
	cases := map[string]struct {
		stored  []*v1alpha1.ChatbotDeployment
		change  func(*corev1.Pod)
		code    int32
		message string
	}{
		"no declaration, no claim: allowed":        {change: other, code: http.StatusOK},
		"a declaration of other pods: allowed":     {stored: []*v1alpha1.ChatbotDeployment{compliant(t)}, change: other, code: http.StatusOK},
		"a declaration in another namespace":       {stored: []*v1alpha1.ChatbotDeployment{elsewhere}, change: other, code: http.StatusOK},
		"a claim without a declaration: refused":   {code: http.StatusForbidden, message: "workload.label_and_declaration"},
		"a claim on a declaration of other labels": {stored: []*v1alpha1.ChatbotDeployment{compliant(t)}, change: func(p *corev1.Pod) { p.Labels["app"] = "shop" }, code: http.StatusForbidden, message: "workload.label_and_declaration"},
		"two declarations select it: refused, both named": {stored: []*v1alpha1.ChatbotDeployment{compliant(t), twin}, code: http.StatusForbidden,
			message: `the selectors of ChatbotDeployments "shop/support" and "shop/twin" all match this pod`},
		"its declaration is being deleted": {stored: []*v1alpha1.ChatbotDeployment{ending}, code: http.StatusForbidden,
			message: `"shop/support" is being deleted, so no pod of it is admitted any more. Wait until it is gone, or remove its finalizers (team.example/hold)`},
		"a stored selector is broken: no decision": {stored: []*v1alpha1.ChatbotDeployment{broken}, change: other, code: http.StatusInternalServerError,
			message: `ChatbotDeployment "shop/broken": spec.selector: the selector is empty`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			pod := governed(t, e, compliant(t))
			if c.change != nil {
				c.change(pod)
			}
			response := serve(t, e, c.stored...).ask(t, "/validate-pods", creation(t, pod))
			if response.Result.Code != c.code || response.Allowed != (c.code == http.StatusOK) {
				t.Errorf("allowed %v with code %d, want code %d", response.Allowed, response.Result.Code, c.code)
			}
			if !strings.Contains(response.Result.Message, c.message) {
				t.Errorf("message %q, want %q in it", response.Result.Message, c.message)
			}
		})
	}
}

func TestPodOfARefusedDeclaration(t *testing.T) {
	e := newEngine(t)
	declaration := compliant(t)
	declaration.Spec.Rights.ResponseDays = ptr.To[v1alpha1.Days](90)
	s := serve(t, e, declaration)
	response := s.ask(t, "/validate-pods", creation(t, governed(t, e, declaration)))
	if diff := cmp.Diff([]string{"rights.responseDays"}, rules(response)); diff != "" {
		t.Errorf("rules (-want +got):\n%s\n%v", diff, response.Result)
	}
	if !strings.Contains(response.Result.Message, "spec.rights.responseDays is 90") {
		t.Errorf("the message does not say what to change:\n%s", response.Result.Message)
	}
}

func TestWarnedPodIsAdmitted(t *testing.T) {
	e := newEngine(t)
	declaration := compliant(t)
	declaration.Spec.Enforcement = v1alpha1.EnforcementWarn
	pod := governed(t, e, declaration)
	pod.Spec.HostPID = true
	response := serve(t, e, declaration).ask(t, "/validate-pods", creation(t, pod))
	if !response.Allowed || len(response.Warnings) != 1 || !strings.Contains(response.Warnings[0], "workload.host_pid") {
		t.Errorf("allowed %v, warnings %q, want one about the host's processes", response.Allowed, response.Warnings)
	}
}

// TestHygieneWarns judges pods that run well behind the sidecar and do not follow good practice. Warnings about it come last, and say so.
func TestHygieneWarns(t *testing.T) {
	e := newEngine(t)
	pod := governed(t, e, compliant(t))
	byTag(pod)
	response := serve(t, e, compliant(t)).ask(t, "/validate-pods", creation(t, pod))
	if !response.Allowed || len(response.Warnings) != 1 || !strings.Contains(response.Warnings[0], "(workload.image_by_digest, hygiene)") {
		t.Errorf("allowed %v, warnings %q, want one about the image", response.Allowed, response.Warnings)
	}
	declaration := compliant(t)
	declaration.Spec.Enforcement = v1alpha1.EnforcementWarn
	pod.Spec.ShareProcessNamespace = ptr.To(true) // The rule's name comes after that of the image.
	response = serve(t, e, declaration).ask(t, "/validate-pods", creation(t, pod))
	if len(response.Warnings) != 2 || !strings.Contains(response.Warnings[0], "(workload.share_process_namespace)") {
		t.Errorf("warnings %q, want that about hygiene last", response.Warnings)
	}
}

func TestUpdatePod(t *testing.T) {
	now := metav1.NewTime(today())
	cases := map[string]struct {
		change func(old, pod *corev1.Pod)
		code   int32
		calls  int
	}{
		"nothing that a decision reads": {change: func(_, p *corev1.Pod) {
			p.Finalizers = []string{"example.com/x"}
			p.Annotations["team"] = "other"
			p.Status.Phase = corev1.PodRunning
		}, code: http.StatusOK},
		"the spec": {change: func(_, p *corev1.Pod) { p.Spec.Containers[0].Image = "bot" }, code: http.StatusForbidden, calls: 1},
		"the spec of a pod that is being deleted": {change: func(old, p *corev1.Pod) {
			old.DeletionTimestamp, p.DeletionTimestamp = &now, &now
			p.Spec.Containers[0].Image = "bot"
		}, code: http.StatusForbidden, calls: 1},
		"an annotation of ours":  {change: func(_, p *corev1.Pod) { p.Annotations["chaperone.dev/config-hash"] = "0" }, code: http.StatusForbidden, calls: 1},
		"our label goes":         {change: func(_, p *corev1.Pod) { delete(p.Labels, v1alpha1.LabelChatbot) }, code: http.StatusForbidden, calls: 1},
		"all labels go together": {change: func(_, p *corev1.Pod) { p.Labels = nil }, code: http.StatusForbidden, calls: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := allowing()
			old := governed(t, e, compliant(t))
			e.workload = policy.Verdict{Outcome: policy.OutcomeDeny, Findings: []policy.Finding{{Rule: "x", Action: policy.ActionDeny}}}
			pod := old.DeepCopy()
			c.change(old, pod)
			response := serve(t, e, compliant(t)).ask(t, "/validate-pods", change(t, old, pod))
			if response.Result.Code != c.code {
				t.Errorf("code %d, want %d", response.Result.Code, c.code)
			}
			if e.workloadCalls != c.calls {
				t.Errorf("%d evaluations, want %d", e.workloadCalls, c.calls)
			}
		})
	}
}

func TestNoDecisionRefuses(t *testing.T) {
	undecided := policy.Verdict{Outcome: policy.OutcomeUndecided, Reason: "the policy is not there"}
	cases := map[string]struct {
		change func(*fakeEngine, *server)
		reason string
	}{
		"the workload is undecided":     {change: func(e *fakeEngine, _ *server) { e.workload = undecided }, reason: "the policy is not there"},
		"the workload has no outcome":   {change: func(e *fakeEngine, _ *server) { e.workload = policy.Verdict{} }, reason: "no reason given"},
		"the declaration is undecided":  {change: func(e *fakeEngine, _ *server) { e.declaration = undecided }, reason: "the policy is not there"},
		"the engine panics":             {change: func(e *fakeEngine, _ *server) { e.workloadPanics = true }, reason: "the policy engine panicked"},
		"the engine panics before that": {change: func(e *fakeEngine, _ *server) { e.declarationPanics = true }, reason: "the policy engine panicked"},
		"the lookup fails":              {change: func(_ *fakeEngine, s *server) { s.stored.err = errors.New("cache is not started") }, reason: "cache is not started"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := allowing()
			s := serve(t, e, compliant(t))
			pod := governed(t, e, compliant(t))
			c.change(e, s)
			response := s.ask(t, "/validate-pods", creation(t, pod))
			if response.Allowed || response.Result.Code != http.StatusInternalServerError {
				t.Errorf("allowed %v, code %d, want a refusal with 500", response.Allowed, response.Result.Code)
			}
			if !strings.Contains(response.Result.Message, c.reason) || strings.Contains(response.Result.Message, "secret") {
				t.Errorf("message %q, want the reason %q", response.Result.Message, c.reason)
			}
			if again := s.ask(t, "/validate-pods", creation(t, pod)); again.Allowed {
				t.Error("the same pod is admitted the second time")
			}
		})
	}
}

// TestDecisionsAreKept holds that a decision is found again only when everything that it depends on is the same.
func TestDecisionsAreKept(t *testing.T) {
	cases := map[string]struct {
		change       func(*corev1.Pod, *server, *fakeEngine)
		declarations int
		workloads    int
	}{
		"another name and uid": {change: func(p *corev1.Pod, _ *server, _ *fakeEngine) { p.Name, p.UID = "second", "u2" }, declarations: 1, workloads: 1},
		"another spec":         {change: func(p *corev1.Pod, _ *server, _ *fakeEngine) { p.Spec.Containers[0].Image = "b" }, declarations: 1, workloads: 2},
		"another label":        {change: func(p *corev1.Pod, _ *server, _ *fakeEngine) { p.Labels["x"] = "y" }, declarations: 1, workloads: 2},
		"another annotation":   {change: func(p *corev1.Pod, _ *server, _ *fakeEngine) { p.Annotations["chaperone.dev/x"] = "y" }, declarations: 1, workloads: 2},
		"another generation of the same specification": {change: func(_ *corev1.Pod, s *server, _ *fakeEngine) { s.stored.items[0].Generation++ }, declarations: 1, workloads: 1},
		"another specification":                        {change: func(_ *corev1.Pod, s *server, _ *fakeEngine) { s.stored.items[0].Spec.Suspended = true }, declarations: 2, workloads: 2},
		"an exception is approved": {change: func(_ *corev1.Pod, s *server, _ *fakeEngine) {
			s.stored.exceptions = []v1alpha1.PolicyException{approvedException()}
		}, declarations: 2, workloads: 2},
		"the namespace gets a label": {change: func(_ *corev1.Pod, s *server, _ *fakeEngine) {
			s.stored.namespaceLabels = map[string]string{"tier": "public"}
		}, declarations: 2, workloads: 2},
		"another day":    {change: func(_ *corev1.Pod, s *server, _ *fakeEngine) { s.clock.SetTime(today().Add(24 * time.Hour)) }, declarations: 2, workloads: 2},
		"another policy": {change: func(_ *corev1.Pod, _ *server, e *fakeEngine) { e.revision = "r2" }, declarations: 2, workloads: 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := allowing()
			s := serve(t, e, compliant(t))
			pod := governed(t, e, compliant(t))
			e.declarationCalls = 0
			s.ask(t, "/validate-pods", creation(t, pod))
			c.change(pod, s, e)
			s.ask(t, "/validate-pods", creation(t, pod))
			if e.declarationCalls != c.declarations || e.workloadCalls != c.workloads {
				t.Errorf("%d declarations and %d workloads were evaluated, want %d and %d",
					e.declarationCalls, e.workloadCalls, c.declarations, c.workloads)
			}
		})
	}
}

// approvedException is one for the compliant declaration.
func approvedException() v1alpha1.PolicyException {
	return v1alpha1.PolicyException{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "e", Annotations: map[string]string{
			v1alpha1.AnnotationRequestedBy: "asker", v1alpha1.AnnotationApprovedBy: "officer",
		}},
		Spec: v1alpha1.PolicyExceptionSpec{Chatbot: "support", Rules: []v1alpha1.RuleID{"workload.image_by_digest"}, Expires: "2026-12-31"},
	}
}

// TestForgedRequestsPlantNothing sends what only a caller other than the API server can send: doubled members and members in other
// case. What they make of a pod must not be remembered for the pod as it should be.
func TestForgedRequestsPlantNothing(t *testing.T) {
	e := newEngine(t)
	bad := governed(t, e, compliant(t))
	bad.Spec.HostNetwork = true
	good := governed(t, e, compliant(t))
	forged := map[string]string{
		"the good spec before the bad one": `"spec":` + string(encode(t, good.Spec)) + `,"spec":` + string(encode(t, bad.Spec)),
		"the good spec in capitals":        `"SPEC":` + string(encode(t, good.Spec)) + `,"spec":` + string(encode(t, bad.Spec)),
		"a member of the bad spec doubled": `"spec":` + strings.Replace(string(encode(t, bad.Spec)), "{", `{"hostNetwork":false,`, 1),
	}
	for name, members := range forged {
		t.Run(name, func(t *testing.T) {
			s := serve(t, e, compliant(t))
			request := creation(t, bad)
			request.Object.Raw = []byte(`{"metadata":` + string(encode(t, bad.ObjectMeta)) + `,` + members + `}`)
			if response := s.ask(t, "/validate-pods", request); response.Allowed {
				t.Error("the forged pod is admitted")
			}
			if response := s.ask(t, "/validate-pods", creation(t, bad)); response.Allowed {
				t.Error("the bad pod is admitted afterwards")
			}
		})
	}
}

func TestPodRequestsThatAreNone(t *testing.T) {
	s := serve(t, allowing(), compliant(t))
	pod := governed(t, allowing(), compliant(t))
	cases := map[string]func(*admissionv1.AdmissionRequest){
		"no object": func(r *admissionv1.AdmissionRequest) { r.Object.Raw = nil },
		"no spec":   func(r *admissionv1.AdmissionRequest) { r.Object.Raw = []byte(`{"metadata":{"name":"x"}}`) },
		"labels that are numbers": func(r *admissionv1.AdmissionRequest) {
			r.Object.Raw = []byte(`{"metadata":{"labels":{"a":1}},"spec":{}}`)
		},
		"a list": func(r *admissionv1.AdmissionRequest) { r.Object.Raw = []byte(`[]`) },
		"an update without the old object": func(r *admissionv1.AdmissionRequest) {
			r.Operation = admissionv1.Update
		},
		"a deletion": func(r *admissionv1.AdmissionRequest) { r.Operation = admissionv1.Delete },
	}
	for name, change := range cases {
		for _, path := range []string{"/validate-pods", "/mutate-pods"} {
			t.Run(name+" at "+path, func(t *testing.T) {
				request := creation(t, pod)
				change(&request)
				response := s.ask(t, path, request)
				if response.Allowed || response.Result.Code != http.StatusBadRequest {
					t.Errorf("allowed %v, code %d, want a refusal with 400", response.Allowed, response.Result.Code)
				}
			})
		}
	}
}
