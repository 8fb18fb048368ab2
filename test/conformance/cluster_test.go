package conformance_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	testingclock "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	ctrlwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/controllers/chatbot"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
	"github.com/chaperone-dev/chaperone/internal/webhook"
	"github.com/chaperone-dev/chaperone/test/builders"
	"github.com/chaperone-dev/chaperone/test/env"
)

const sidecarImage = "registry.example/chaperone/sidecar@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

// newcomers is a namespace without declarations, in which every declaration of the corpus asks to be created.
const newcomers = "newcomers"

// world is a real API server with the corpus in it, the reconciler and the webhooks.
type world struct {
	cluster *env.Cluster
	client  client.Client
	http    *http.Client
	engine  *engine.Engine
	clock   *testingclock.FakeClock
}

// TestCluster sends every case through the reconciler, which finds the declarations in the API server as they are when the law
// changes under them, and then through the webhooks, as when a user creates them.
func TestCluster(t *testing.T) {
	w := newWorld(t)
	cases := corpus(t)
	for _, c := range cases {
		w.store(t, c)
	}
	if faults, err := w.engine.Adopt(t.Context(), organisationOf(t, cases)); err != nil || len(faults) > 0 {
		t.Fatalf("adopt the organisation: %v, faults: %v", err, faults)
	}
	for day, cases := range byDay(cases) {
		w.setDay(t, day)
		declared := declarations(t, day, cases)
		for _, c := range cases {
			want, other := declared[c.namespace]
			if !other {
				want = c.want()
			}
			t.Run("reconciler/"+c.name, func(t *testing.T) { w.reconcile(t, c, want) })
		}
	}
	w.serveWebhooks(t)
	for day, cases := range byDay(cases) {
		w.setDay(t, day)
		for _, c := range cases {
			t.Run("webhook/"+c.name, func(t *testing.T) { w.admit(t, c) })
		}
	}
	for _, c := range cases {
		if c.Refused != "" {
			t.Run("server/"+c.name, func(t *testing.T) { w.refuse(t, c) })
		}
	}
}

// declarations returns what the CLI says about the declaration of each case that is about another object, by namespace.
func declarations(t *testing.T, day string, cases []testCase) map[string]result {
	t.Helper()
	var documents [][]byte
	for _, c := range cases {
		if !c.judgesDeclaration() {
			documents = append(documents, c.raw)
		}
	}
	results := map[string]result{}
	if len(documents) == 0 {
		return results
	}
	items, _, _ := check(t, day, documents...)
	for namespace, found := range items {
		results[namespace] = found[0].result()
	}
	return results
}

func (w *world) setDay(t *testing.T, day string) {
	t.Helper()
	now, err := time.Parse(policy.DateFormat, day)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.SetTime(now)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ctrl.SetLogger(logr.Discard())
	w := &world{
		cluster: env.Start(t, env.Options{CRDPaths: []string{"config/crd/bases"}}),
		clock:   testingclock.NewFakeClock(time.Time{}),
	}
	var err error
	if w.engine, err = engine.New(t.Context(), law(t), engine.WithWorker(sandboxtest.Command(t))); err != nil {
		t.Fatal(err)
	}
	// Thousands of requests are the point here.
	w.cluster.Config.QPS = -1
	if w.http, err = rest.HTTPClientFor(w.cluster.Config); err != nil {
		t.Fatal(err)
	}
	w.client = newClient(t, w.cluster.Config)
	create(t, w.client, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: newcomers}})
	create(t, w.client, newShape())
	w.addUsers(t)
	return w
}

func newScheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	return scheme
}

func newClient(t *testing.T, config *rest.Config) client.Client {
	t.Helper()
	c, err := client.New(config, client.Options{Scheme: newScheme(t)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func create(t *testing.T, c client.Client, object client.Object) {
	t.Helper()
	if err := c.Create(t.Context(), object); err != nil {
		t.Fatalf("create %T: %v", object, err)
	}
}

// store puts the declaration of a case into its namespace, before anybody can object. The namespace has the label that the
// operator gives to those with a declaration.
func (w *world) store(t *testing.T, c testCase) {
	t.Helper()
	if c.Refused != "" {
		return
	}
	create(t, w.client, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: c.namespace, Labels: map[string]string{v1alpha1.LabelEnforce: "true"},
	}})
	create(t, w.client, c.declaration.DeepCopy())
	if c.beside != nil {
		create(t, w.client, c.beside.DeepCopy())
	}
	if !c.hasOrganisation() {
		return
	}
	create(t, w.client, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: newcomersOf(c.namespace)}})
	for _, namespace := range []string{c.namespace, newcomersOf(c.namespace)} {
		if c.Exception != nil {
			create(t, w.client, excepts(t, c, namespace))
		}
	}
}

// reconcile compares the status that the reconciler writes with what is wanted of the declaration.
func (w *world) reconcile(t *testing.T, c testCase, want result) {
	reviewer, err := review.New(review.Options{Engine: w.engine, Image: sidecarImage})
	if err != nil {
		t.Fatal(err)
	}
	r := chatbot.New(chatbot.Options{
		Client: w.client, Pods: w.client, Live: w.client, Image: sidecarImage, Reviewer: reviewer, Splitter: w.engine, Keys: builders.Keys, Clock: w.clock, Events: events.NewFakeRecorder(100),
		Render: func(d *v1alpha1.ChatbotDeployment, v policy.Verdict, own shape.Documents) (sidecarconfig.Config, error) {
			return render.Config(d, v, w.engine.Statements(), own)
		},
	})
	name := client.ObjectKeyFromObject(c.declaration)
	if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: name}); err != nil {
		t.Fatal(err)
	}
	var stored v1alpha1.ChatbotDeployment
	if err := w.client.Get(t.Context(), name, &stored); err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, f := range stored.Status.Findings {
		rules = append(append(rules, f.Rule), alsoIn(f.Message)...)
	}
	if diff := cmp.Diff(want, newResult(stored.Status.Outcome, rules)); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}

// serveWebhooks registers the webhooks with the API server and serves them until the end of the test.
func (w *world) serveWebhooks(t *testing.T) {
	t.Helper()
	install := envtest.WebhookInstallOptions{Paths: []string{"../../config/webhook/manifests.yaml"}}
	if err := install.Install(w.cluster.Config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := install.Cleanup(); err != nil {
			t.Errorf("remove certificates: %v", err)
		}
	})
	mgr, err := ctrl.NewManager(w.cluster.Config, ctrl.Options{
		Scheme:  newScheme(t),
		Metrics: metricsserver.Options{BindAddress: "0"},
		WebhookServer: ctrlwebhook.NewServer(ctrlwebhook.Options{
			Host: install.LocalServingHost, Port: install.LocalServingPort, CertDir: install.LocalServingCertDir,
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	err = webhook.Register(mgr, webhook.Options{Engine: w.engine, Image: sidecarImage, Clock: w.clock, Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	// Stopped by the cleanup, which waits for it.
	go func() { stopped <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("manager: %v", err)
		}
	})
	w.awaitWebhooks(t, mgr)
}

// awaitWebhooks returns when the API server reaches the webhooks and their cache has every declaration.
func (w *world) awaitWebhooks(t *testing.T, mgr ctrl.Manager) {
	t.Helper()
	if !mgr.GetCache().WaitForCacheSync(t.Context()) {
		t.Fatal("the cache does not sync")
	}
	if _, err := mgr.GetCache().GetInformer(t.Context(), &v1alpha1.ChatbotDeployment{}); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		_, err := w.ask(t, probe(t))
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the webhooks are not reached: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// probe is a declaration that complies.
func probe(t *testing.T) client.Object {
	t.Helper()
	d := &v1alpha1.ChatbotDeployment{}
	decode(t, changed(t, readBases(t)["eu"], newcomers, nil, d), d)
	return d
}

// admit compares what the webhooks answer to a dry run, to a connection, or to a container that is added to a running pod.
func (w *world) admit(t *testing.T, c testCase) {
	switch {
	case c.Connect != nil:
		w.connect(t, c)
		return
	case c.endpointSlice != nil:
		w.lead(t, c)
		return
	case c.pod != nil && len(c.pod.Spec.EphemeralContainers) > 0:
		w.debug(t, c)
		return
	}
	var object client.Object = c.declaration.DeepCopy()
	object.SetNamespace(newcomers)
	if c.hasOrganisation() {
		object.SetNamespace(newcomersOf(c.namespace))
	}
	switch {
	case c.workload != nil:
		object = c.workload.DeepCopyObject().(client.Object)
	case c.pod != nil:
		object = c.pod.DeepCopy()
	case c.service != nil:
		object = c.service.DeepCopy()
	case c.networkPolicy != nil:
		object = c.networkPolicy.DeepCopy()
	}
	warned, err := w.ask(t, object)
	if diff := cmp.Diff(c.admitted(), answer(t, warned, err)); diff != "" {
		t.Errorf("admission (-want +got):\n%s\n%v", diff, err)
	}
}

// podAddress is the address of the base pod.
const podAddress = "10.0.0.7"

// lead compares what the webhooks answer to an EndpointSlice while the pod runs that has the address.
func (w *world) lead(t *testing.T, c testCase) {
	pod := c.pod.DeepCopy()
	create(t, w.client, pod)
	pod.Status.PodIP, pod.Status.PodIPs = podAddress, []corev1.PodIP{{IP: podAddress}}
	if err := w.client.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	warned, err := w.ask(t, c.endpointSlice.DeepCopy())
	if diff := cmp.Diff(c.admitted(), answer(t, warned, err)); diff != "" {
		t.Errorf("admission (-want +got):\n%s\n%v", diff, err)
	}
}

// admitted is what an admission response can say: findings that are only reported are not in it.
func (c testCase) admitted() result {
	if c.Outcome == string(policy.OutcomeAllow) {
		return newResult(c.Outcome, nil)
	}
	told := slices.DeleteFunc(slices.Clone(c.Rules), func(rule string) bool { return slices.Contains(c.Reported, rule) })
	return newResult(c.Outcome, told)
}

// ask creates the object in a dry run and returns the warnings.
func (w *world) ask(t *testing.T, object client.Object) ([]string, error) {
	t.Helper()
	warned := &recorder{}
	config := rest.CopyConfig(w.cluster.Config)
	config.WarningHandler = warned
	c, err := client.New(config, client.Options{HTTPClient: w.http, Scheme: w.client.Scheme(), Mapper: w.client.RESTMapper()})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Create(t.Context(), object, client.DryRunAll)
	return warned.texts, err
}

type recorder struct {
	mu    sync.Mutex
	texts []string
}

// HandleWarningHeader keeps the text of a warning.
func (r *recorder) HandleWarningHeader(_ int, _, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.texts = append(r.texts, text)
}

// ruleInText finds the rule id of a finding's line: the first parentheses that hold nothing but an id, and the group hygiene if the rule
// is in it.
var ruleInText = regexp.MustCompile(`\(([a-z_]+\.[A-Za-z_]+)(?:, hygiene)?\)\.`)

// alsoInText finds the other rules that the fact of a finding breaks.
var alsoInText = regexp.MustCompile(`The same fact breaks ((?:[a-z_]+\.[A-Za-z_]+(?:, )?)+)\.`)

func alsoIn(text string) []string {
	if found := alsoInText.FindStringSubmatch(text); found != nil {
		return strings.Split(found[1], ", ")
	}
	return nil
}

// answer reads outcome and rule ids from an admission response: those of a refusal from its causes, those of warnings from
// their text.
func answer(t *testing.T, warned []string, err error) result {
	t.Helper()
	if err == nil {
		var rules []string
		for _, text := range warned {
			// What is waived is told, and keeps nothing out.
			if found := ruleInText.FindStringSubmatch(text); found != nil && !strings.Contains(text, "Waived by PolicyException") {
				rules = append(append(rules, found[1]), alsoIn(text)...)
			}
		}
		if len(rules) > 0 {
			return newResult(string(policy.OutcomeWarn), rules)
		}
		return newResult(string(policy.OutcomeAllow), nil)
	}
	var status *apierrors.StatusError
	if !errors.As(err, &status) || status.ErrStatus.Code != http.StatusForbidden || status.ErrStatus.Details == nil {
		t.Fatalf("error %v, want a refusal with causes", err)
	}
	var rules []string
	for _, cause := range status.ErrStatus.Details.Causes {
		rules = append(append(rules, string(cause.Type)), alsoIn(cause.Message)...)
	}
	return newResult(string(policy.OutcomeDeny), rules)
}

// refuse asks the API server, which has to refuse what the CLI refuses, for the same field: by its schema, or by the webhooks for what
// belongs to an organisation.
func (w *world) refuse(t *testing.T, c testCase) {
	document, _ := c.refusedDocument(t, newcomers)
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(document); err != nil {
		t.Fatal(err)
	}
	err := w.client.Create(t.Context(), u, client.DryRunAll, client.FieldValidation("Strict"))
	isRefused := apierrors.IsInvalid(err) || apierrors.IsBadRequest(err)
	if c.hasOrganisation() {
		isRefused = apierrors.IsForbidden(err)
	}
	if !isRefused {
		t.Fatalf("error %v, want a refusal", err)
	}
	if !strings.Contains(err.Error(), c.Refused) {
		t.Errorf("the refusal does not name %q: %v", c.Refused, err)
	}
}
