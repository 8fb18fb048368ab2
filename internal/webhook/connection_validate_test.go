package webhook_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/webhook"
)

// connect asks as the API server does when a user opens a connection: `pods/exec` to the object of the name.
func connect(resource, name, container string) admissionv1.AdmissionRequest {
	kind, subresource, _ := strings.Cut(resource, "/")
	return admissionv1.AdmissionRequest{
		Operation: admissionv1.Connect, Namespace: "shop", Name: name, SubResource: subresource,
		Resource: metav1.GroupVersionResource{Version: "v1", Resource: kind},
		Object:   runtime.RawExtension{Raw: []byte(`{"apiVersion":"v1","kind":"Options","stdin":true,"container":"` + container + `","command":["sh"]}`)},
		UserInfo: authenticationv1.UserInfo{
			Username: "ada@shop.example", UID: "u1", Groups: []string{"on-call", "system:authenticated"},
			Extra: map[string]authenticationv1.ExtraValue{"scopes.example": {"a", "b"}},
		},
	}
}

// shop has a governed pod, one that is not governed, one that a declaration selects although it has no label, one of a chatbot that
// has no declaration any more, and Services.
func shop(t testing.TB, e webhook.Engine, stored ...*v1alpha1.ChatbotDeployment) *server {
	t.Helper()
	s := serve(t, e, stored...)
	s.stored.pods = []metav1.PartialObjectMetadata{
		metadata("bot", map[string]string{"app": "support-bot", v1alpha1.LabelChatbot: "support"}),
		metadata("other", map[string]string{"app": "other"}),
		metadata("early", map[string]string{"app": "support-bot"}),
		metadata("orphan", map[string]string{"app": "gone", v1alpha1.LabelChatbot: "gone"}),
	}
	s.live.pods = []metav1.PartialObjectMetadata{metadata("late", map[string]string{"app": "support-bot", v1alpha1.LabelChatbot: "support"})}
	admin := service(func(s *corev1.Service) {
		s.Name = "two-ways"
		s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Name: "direct", Port: 81})
	})
	foreign := service(byNumber, selects("app", "other"))
	foreign.Name = "foreign"
	s.live.services = []corev1.Service{*service(), *admin, *foreign}
	return s
}

func TestValidateConnection(t *testing.T) {
	warned := compliant(t)
	warned.Spec.Enforcement = v1alpha1.EnforcementWarn
	cases := map[string]struct {
		stored                    *v1alpha1.ChatbotDeployment
		resource, name, container string
		want                      []string
		message                   string
		warned                    bool
		// asked is how many rights were asked for.
		asked int
	}{
		"a shell in the sidecar: closed for everybody":          {resource: "pods/exec", name: "bot", container: "chaperone", want: []string{"connection.sidecar_closed"}, message: `exec of Pod "shop/bot" is refused`},
		"the same under Warn":                                   {stored: warned, resource: "pods/attach", name: "bot", container: "chaperone", want: []string{"connection.sidecar_closed"}},
		"a shell in the app":                                    {resource: "pods/exec", name: "bot", container: "app", want: []string{"connection.app_closed"}, message: `container is "app"`, asked: 1},
		"attach to the app":                                     {resource: "pods/attach", name: "bot", container: "app", want: []string{"connection.app_closed"}, asked: 1},
		"a shell in no container, which is the app's":           {resource: "pods/exec", name: "bot", want: []string{"connection.app_closed"}, asked: 1},
		"a shell in the app under Warn: allowed with a warning": {stored: warned, resource: "pods/exec", name: "bot", container: "app", warned: true},
		"a port-forward":                                        {resource: "pods/portforward", name: "bot", want: []string{"connection.port_forward"}, asked: 1},
		"a proxy to the app's port":                             {resource: "pods/proxy", name: "bot:8080", want: []string{"connection.proxy_port"}, asked: 1},
		"a proxy over TLS to the app's port":                    {resource: "pods/proxy", name: "https:bot:8080", want: []string{"connection.proxy_port"}, asked: 1},
		"a proxy to no port, which is the app's":                {resource: "pods/proxy", name: "bot", want: []string{"connection.proxy_port"}, asked: 1},
		"a proxy to a port by name":                             {resource: "pods/proxy", name: "bot:http", want: []string{"connection.proxy_port"}, asked: 1},
		"a proxy to the sidecar: allowed":                       {resource: "pods/proxy", name: "bot:23100"},
		"a proxy to the sidecar's admin port: allowed":          {resource: "pods/proxy", name: "http:bot:23090"},
		"a Service by the name of its port: allowed":            {resource: "services/proxy", name: "bot:http"},
		"a Service by the number of its port: allowed":          {resource: "services/proxy", name: "bot:80"},
		"a Service that was there before, by number":            {resource: "services/proxy", name: "two-ways:81", want: []string{"connection.proxy_port"}, asked: 1},
		"its other port: allowed":                               {resource: "services/proxy", name: "two-ways:80"},
		"a port that the Service does not have":                 {resource: "services/proxy", name: "bot:8080", want: []string{"connection.proxy_port"}, asked: 1},
		"a pod that the cache does not have yet":                {resource: "pods/exec", name: "late", want: []string{"connection.app_closed"}, asked: 1},
		"a pod that a declaration selects, without the label":   {resource: "pods/exec", name: "early", want: []string{"connection.app_closed"}, asked: 1},
		"a pod of a chatbot whose declaration is deleted":       {resource: "pods/exec", name: "orphan", want: []string{"connection.app_closed"}, asked: 1},
		"a pod that is not governed: allowed":                   {resource: "pods/exec", name: "other", container: "chaperone"},
		"a port of it: allowed":                                 {resource: "pods/portforward", name: "other"},
		"a proxy to it: allowed":                                {resource: "pods/proxy", name: "other:8080"},
		"a Service that is not governed: allowed":               {resource: "services/proxy", name: "foreign:80"},
		"a pod that is not there":                               {resource: "pods/exec", name: "gone", want: []string{"FieldValueInvalid"}, message: `Pod "shop/gone" is not found`},
		"a Service that is not there":                           {resource: "services/proxy", name: "gone:80", want: []string{"FieldValueInvalid"}, message: `Service "shop/gone" is not found`},
	}
	e := newEngine(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			stored := c.stored
			if stored == nil {
				stored = compliant(t)
			}
			s := shop(t, e, stored)
			response := s.ask(t, "/validate-connections", connect(c.resource, c.name, c.container))
			if response.Allowed != (len(c.want) == 0) || c.warned != (len(response.Warnings) > 0) {
				t.Errorf("allowed %v, warnings %q: %v", response.Allowed, response.Warnings, response.Result)
			}
			if diff := cmp.Diff(c.want, rules(response)); diff != "" {
				t.Errorf("rules (-want +got):\n%s\n%v", diff, response.Result)
			}
			if len(c.want) > 0 && (response.Result.Code != http.StatusForbidden || !strings.Contains(response.Result.Message, c.message)) {
				t.Errorf("code %d, message %q, want 403 with %q", response.Result.Code, response.Result.Message, c.message)
			}
			if len(s.live.reviews) != c.asked {
				t.Errorf("%d rights were asked for, want %d", len(s.live.reviews), c.asked)
			}
			if len(response.AuditAnnotations) != 0 {
				t.Errorf("annotations %v without break-glass", response.AuditAnnotations)
			}
		})
	}
}

func TestBreakGlass(t *testing.T) {
	e := newEngine(t)
	cases := map[string]struct {
		resource, name string
		rule           string
	}{
		"a shell":                    {resource: "pods/exec", name: "bot", rule: "connection.app_closed"},
		"attach":                     {resource: "pods/attach", name: "bot", rule: "connection.app_closed"},
		"a port-forward":             {resource: "pods/portforward", name: "bot", rule: "connection.port_forward"},
		"a proxy to the app":         {resource: "pods/proxy", name: "bot:8080", rule: "connection.proxy_port"},
		"a proxy through a Service":  {resource: "services/proxy", name: "two-ways:direct", rule: "connection.proxy_port"},
		"of a pod before its label":  {resource: "pods/exec", name: "early", rule: "connection.app_closed"},
		"of a pod not in the cache ": {resource: "pods/exec", name: "late", rule: "connection.app_closed"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := shop(t, e, compliant(t))
			s.live.allowed = true
			response := s.ask(t, "/validate-connections", connect(c.resource, c.name, ""))
			if !response.Allowed {
				t.Fatalf("refused: %v", response.Result)
			}
			if len(response.Warnings) != 1 || !strings.HasPrefix(response.Warnings[0], "break-glass: ") || !strings.Contains(response.Warnings[0], c.rule) {
				t.Errorf("warnings %q", response.Warnings)
			}
			if diff := cmp.Diff(map[string]string{"break-glass": c.rule, "chatbots": "support"}, response.AuditAnnotations); diff != "" {
				t.Errorf("annotations (-want +got):\n%s", diff)
			}
			want := []authorizationv1.SubjectAccessReview{{Spec: authorizationv1.SubjectAccessReviewSpec{
				User: "ada@shop.example", UID: "u1", Groups: []string{"on-call", "system:authenticated"},
				Extra: map[string]authorizationv1.ExtraValue{"scopes.example": {"a", "b"}},
				ResourceAttributes: &authorizationv1.ResourceAttributes{
					Namespace: "shop", Name: "support", Verb: "breakglass", Group: "chaperone.dev", Version: "v1alpha1", Resource: "chatbotdeployments",
				},
			}}}
			if diff := cmp.Diff(want, s.live.reviews); diff != "" {
				t.Errorf("reviews (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBreakGlassOfEveryChatbot proxies to a Service of two chatbots: the glass of both must be broken.
func TestBreakGlassOfEveryChatbot(t *testing.T) {
	sales := compliant(t)
	sales.Name, sales.UID, sales.Spec.Selector.MatchLabels = "sales", uid("sales"), map[string]string{"app": "sales-bot"}
	s := shop(t, newEngine(t), compliant(t), sales)
	s.stored.pods = append(s.stored.pods,
		metadata("bot-2", map[string]string{"app": "support-bot", "tier": "web", v1alpha1.LabelChatbot: "support"}),
		metadata("seller", map[string]string{"app": "sales-bot", "tier": "web", v1alpha1.LabelChatbot: "sales"}))
	both := service(byNumber, selects("tier", "web"))
	both.Name = "both"
	s.live.services, s.live.allowed = append(s.live.services, *both), true
	response := s.ask(t, "/validate-connections", connect("services/proxy", "both:80", ""))
	if !response.Allowed || response.AuditAnnotations["chatbots"] != "sales,support" || len(s.live.reviews) != 2 {
		t.Errorf("allowed %v, annotations %v after %d reviews", response.Allowed, response.AuditAnnotations, len(s.live.reviews))
	}
}

// TestBreakGlassTellsWhatRemains lets one rule pass; another one only warned and still does.
func TestBreakGlassTellsWhatRemains(t *testing.T) {
	warning := policy.Finding{Rule: "connection.other", Action: policy.ActionWarn}
	e := allowing()
	e.connection = policy.Verdict{Outcome: policy.OutcomeDeny, Findings: []policy.Finding{{Rule: "connection.app_closed", Action: policy.ActionDeny}, warning}}
	e.opened = &policy.Verdict{Outcome: policy.OutcomeWarn, Findings: []policy.Finding{warning}}
	s := shop(t, e, compliant(t))
	s.live.allowed = true
	response := s.ask(t, "/validate-connections", connect("pods/exec", "bot", "app"))
	if !response.Allowed || response.AuditAnnotations["break-glass"] != "connection.app_closed" {
		t.Errorf("allowed %v, annotations %v", response.Allowed, response.AuditAnnotations)
	}
	if len(response.Warnings) != 2 || !strings.Contains(response.Warnings[1], "connection.other") {
		t.Errorf("warnings %q", response.Warnings)
	}
}

// TestEphemeralContainers updates pods through their subresource, as kubectl debug does.
func TestEphemeralContainers(t *testing.T) {
	debug := corev1.EphemeralContainer{EphemeralContainerCommon: corev1.EphemeralContainerCommon{
		Name: "debug", Image: "registry.example/debug@sha256:" + strings.Repeat("d", 64),
	}}
	second := *debug.DeepCopy()
	second.Name = "debug-2"
	add := func(p *corev1.Pod) { p.Spec.EphemeralContainers = append(p.Spec.EphemeralContainers, debug) }
	addSecond := func(p *corev1.Pod) { p.Spec.EphemeralContainers = append(p.Spec.EphemeralContainers, second) }
	privileged := func(p *corev1.Pod) {
		add(p)
		p.Spec.EphemeralContainers[0].SecurityContext = &corev1.SecurityContext{Privileged: ptr.To(true)}
	}
	cases := map[string]struct {
		old, change func(*corev1.Pod)
		subresource string
		allowed     bool
		want        []string
		broken      string
		asked       int
	}{
		"one is added":                                    {change: add, subresource: "ephemeralcontainers", want: []string{"workload.ephemeral_container"}, asked: 1},
		"one is added by break-glass":                     {change: add, subresource: "ephemeralcontainers", allowed: true, broken: "workload.ephemeral_container", asked: 1},
		"one that breaks another rule too":                {change: privileged, subresource: "ephemeralcontainers", allowed: true, want: []string{"workload.ephemeral_container", "workload.privileged"}},
		"a second one besides one that was let in":        {old: add, change: addSecond, subresource: "ephemeralcontainers", want: []string{"workload.ephemeral_container"}, asked: 1},
		"another label on a pod that has one":             {old: add, change: func(p *corev1.Pod) { p.Labels["x"] = "y" }},
		"one is added where only the subresource can":     {change: add, allowed: true, want: []string{"workload.ephemeral_container"}},
		"nothing new through the subresource: not judged": {old: add, change: func(*corev1.Pod) {}, subresource: "ephemeralcontainers"},
	}
	e := newEngine(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := serve(t, e, compliant(t))
			s.live.allowed = c.allowed
			old := governed(t, e, compliant(t))
			if c.old != nil {
				c.old(old)
			}
			pod := old.DeepCopy()
			c.change(pod)
			request := change(t, old, pod)
			request.SubResource = c.subresource
			response := s.ask(t, "/validate-pods", request)
			if diff := cmp.Diff(c.want, rules(response)); diff != "" || response.Allowed != (len(c.want) == 0) {
				t.Errorf("allowed %v, rules (-want +got):\n%s\n%v", response.Allowed, diff, response.Result)
			}
			if response.AuditAnnotations["break-glass"] != c.broken || len(s.live.reviews) != c.asked {
				t.Errorf("annotations %v after %d reviews, want %q after %d", response.AuditAnnotations, len(s.live.reviews), c.broken, c.asked)
			}
			if c.broken == "" {
				return
			}
			s.live.allowed = false
			if again := s.ask(t, "/validate-pods", request); again.Allowed {
				t.Error("what one may is remembered for another")
			}
		})
	}
}

// TestKeptContainersOpenNothing holds that what is decided about a pod that has an ephemeral container already is not found for an
// equal pod that is to get one.
func TestKeptContainersOpenNothing(t *testing.T) {
	e := newEngine(t)
	s := serve(t, e, compliant(t))
	plain := governed(t, e, compliant(t))
	plain.Labels["x"] = "y"
	debugged := plain.DeepCopy()
	debugged.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{
		Name: "debug", Image: plain.Spec.Containers[0].Image,
	}}}
	before := debugged.DeepCopy()
	delete(before.Labels, "x")
	if response := s.ask(t, "/validate-pods", change(t, before, debugged)); !response.Allowed {
		t.Fatalf("a label is refused: %v", response.Result)
	}
	request := change(t, plain, debugged)
	request.SubResource = "ephemeralcontainers"
	if response := s.ask(t, "/validate-pods", request); response.Allowed {
		t.Error("an ephemeral container is let in")
	}
}

func TestNoDecisionRefusesConnection(t *testing.T) {
	deny := policy.Verdict{Outcome: policy.OutcomeDeny, Findings: []policy.Finding{{Rule: "connection.app_closed", Action: policy.ActionDeny}}}
	twin := compliant(t)
	twin.Name, twin.UID = "twin", uid("twin")
	cases := map[string]struct {
		change func(*fakeEngine, *server)
		name   string
		code   int32
		reason string
	}{
		"undecided":                     {change: func(e *fakeEngine, _ *server) { e.connection = policy.NewUndecided("r1", "", "stale policy") }, code: http.StatusInternalServerError, reason: "stale policy"},
		"no verdict":                    {change: func(e *fakeEngine, _ *server) { e.connection = policy.Verdict{} }, code: http.StatusInternalServerError, reason: "no decision"},
		"the declarations are not read": {change: func(_ *fakeEngine, s *server) { s.stored.err = errors.New("cache is not started") }, code: http.StatusInternalServerError, reason: "cache is not started"},
		"the pod is not read":           {change: func(_ *fakeEngine, s *server) { s.stored.podsErr = errors.New("no pods") }, code: http.StatusInternalServerError, reason: "no pods"},
		"the pod is not read live":      {change: func(_ *fakeEngine, s *server) { s.live.err = errors.New("no answer") }, name: "late", code: http.StatusInternalServerError, reason: "no answer"},
		"two declarations select it":    {change: func(_ *fakeEngine, s *server) { s.stored.items = append(s.stored.items, *twin) }, code: http.StatusForbidden, reason: `"shop/twin"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := allowing()
			s := shop(t, e, compliant(t))
			c.change(e, s)
			name := "bot"
			if c.name != "" {
				name = c.name
			}
			response := s.ask(t, "/validate-connections", connect("pods/exec", name, "app"))
			if response.Allowed || response.Result.Code != c.code || !strings.Contains(response.Result.Message, c.reason) {
				t.Errorf("allowed %v, code %d, message %q, want %d with %q", response.Allowed, response.Result.Code, response.Result.Message, c.code, c.reason)
			}
		})
	}
	t.Run("it is unknown who may use break-glass", func(t *testing.T) {
		s := shop(t, newEngine(t), compliant(t))
		s.live.allowed, s.live.err = true, errors.New("no authorizer")
		response := s.ask(t, "/validate-connections", connect("pods/exec", "bot", "app"))
		if response.Allowed || response.Result.Code != http.StatusInternalServerError || !strings.Contains(response.Result.Message, "no authorizer") {
			t.Errorf("allowed %v, %v", response.Allowed, response.Result)
		}
	})
	t.Run("break-glass stands for no decision", func(t *testing.T) {
		e := allowing()
		e.connection, e.opened = policy.NewUndecided("r1", "", "stale policy"), &policy.Verdict{Outcome: policy.OutcomeAllow}
		s := shop(t, e, compliant(t))
		s.live.allowed = true
		if response := s.ask(t, "/validate-connections", connect("pods/exec", "bot", "app")); response.Allowed || len(s.live.reviews) != 0 {
			t.Errorf("allowed %v after %d reviews", response.Allowed, len(s.live.reviews))
		}
	})
	t.Run("a denial that break-glass lifts no more is kept", func(t *testing.T) {
		e := allowing()
		e.connection = deny
		s := shop(t, e, compliant(t))
		s.live.allowed = true
		if response := s.ask(t, "/validate-connections", connect("pods/exec", "bot", "app")); response.Allowed || len(s.live.reviews) != 0 {
			t.Errorf("allowed %v after %d reviews", response.Allowed, len(s.live.reviews))
		}
	})
}

func TestConnectionRequestsThatAreNone(t *testing.T) {
	s := shop(t, newEngine(t), compliant(t))
	exec := func(change func(*admissionv1.AdmissionRequest)) admissionv1.AdmissionRequest {
		request := connect("pods/exec", "other", "app")
		change(&request)
		return request
	}
	for name, request := range map[string]admissionv1.AdmissionRequest{
		"four parts":               connect("pods/proxy", "http:other:80:80", ""),
		"a scheme that is none":    connect("pods/proxy", "ftp:other:80", ""),
		"a port without a name":    connect("services/proxy", ":80", ""),
		"no name":                  connect("pods/exec", "", "app"),
		"another subresource":      connect("pods/log", "other", ""),
		"another resource":         connect("nodes/proxy", "other", ""),
		"another operation":        exec(func(r *admissionv1.AdmissionRequest) { r.Operation = admissionv1.Create }),
		"no options":               exec(func(r *admissionv1.AdmissionRequest) { r.Object.Raw = nil }),
		"a container that is none": exec(func(r *admissionv1.AdmissionRequest) { r.Object.Raw = []byte(`{"container":1}`) }),
	} {
		t.Run(name, func(t *testing.T) {
			if response := s.ask(t, "/validate-connections", request); response.Allowed || response.Result.Code != http.StatusBadRequest {
				t.Errorf("allowed %v, code %d, want a refusal with 400", response.Allowed, response.Result.Code)
			}
		})
	}
}
