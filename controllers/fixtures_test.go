package controllers_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/controllers/chatbot"
	"github.com/chaperone-dev/chaperone/controllers/namespace"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
	"github.com/chaperone-dev/chaperone/test/builders"
	"github.com/chaperone-dev/chaperone/test/env"
)

var (
	cluster env.Cluster
	noon    = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

func TestMain(m *testing.M) {
	os.Exit(env.Main(m, env.Options{CRDPaths: []string{"config/crd/bases"}}, &cluster))
}

// world is one namespace of the API server with reconcilers that look at it directly, without caches.
type world struct {
	t         *testing.T
	client    client.WithWatch
	namespace string
	clock     *clocktesting.FakePassiveClock
	events    *events.FakeRecorder
	// verdict is what the reviewer says about every declaration.
	verdict policy.Verdict
	// render makes the sidecar's configuration.
	render  chatbot.Renderer
	chatbot *chatbot.Reconciler
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, client: newClient(t), clock: clocktesting.NewFakePassiveClock(noon), events: events.NewFakeRecorder(100),
		verdict: newAllowVerdict(), render: renderConfig,
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "shop-"}}
	if err := w.client.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	w.namespace = ns.Name
	w.chatbot = w.chatbotThrough(w.client)
	return w
}

// chatbotThrough returns a reconciler of ChatbotDeployments that reads and writes through the client.
func (w *world) chatbotThrough(c client.Client) *chatbot.Reconciler { return w.newChatbot(c, c) }

// chatbotReading returns a reconciler of ChatbotDeployments that reads through the client as through a cache, and can ask the API server too.
func (w *world) chatbotReading(c client.Client) *chatbot.Reconciler { return w.newChatbot(c, w.client) }

func (w *world) newChatbot(c client.Client, live client.Reader) *chatbot.Reconciler {
	return chatbot.New(chatbot.Options{
		Client: c, Pods: c, Live: live, Image: builders.Image, Reviewer: w, Splitter: w, Keys: builders.Keys, Clock: w.clock, Events: w.events,
		Render: func(d *v1alpha1.ChatbotDeployment, v policy.Verdict, own shape.Documents) (sidecarconfig.Config, error) {
			return w.render(d, v, own)
		},
	})
}

func newClient(t *testing.T) client.WithWatch {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	c, err := client.NewWithWatch(cluster.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Split makes the world the splitter of its reconciler; it proposes nothing.
func (w *world) Split(_ context.Context, _ facts.DeclarationInput, verdict policy.Verdict) (policy.Verdict, error) {
	return verdict, nil
}

// Declaration makes the world the reviewer of its reconciler.
func (w *world) Declaration(context.Context, review.Scope, *v1alpha1.ChatbotDeployment) *review.Decision {
	return &review.Decision{Verdict: w.verdict}
}

// Identify makes the world the reviewer of its reconciler; no decision holds longer than until it is asked for again.
func (w *world) Identify(review.Scope, *v1alpha1.ChatbotDeployment) (review.Input, string) {
	return review.Input{}, w.verdict.Revision
}

// Pod makes the world the reviewer of its reconciler; nothing is decided about any pod.
func (w *world) Pod(context.Context, review.Scope, string, review.Pod) (review.Result, error) {
	return review.Result{}, nil
}

// Service makes the world the reviewer of its reconciler; no Service leads to a chatbot.
func (w *world) Service(context.Context, review.Scope, *corev1.Service) (review.Result, error) {
	return review.Result{}, nil
}

// NetworkPolicy makes the world the reviewer of its reconciler; no NetworkPolicy selects pods of a chatbot.
func (w *world) NetworkPolicy(context.Context, review.Scope, *networkingv1.NetworkPolicy) (review.Result, error) {
	return review.Result{}, nil
}

// newReviewer returns the real reviewer.
func newReviewer(t *testing.T, e *engine.Engine) *review.Reviewer {
	t.Helper()
	r, err := review.New(review.Options{Engine: e, Image: builders.Image})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func renderConfig(d *v1alpha1.ChatbotDeployment, v policy.Verdict, own shape.Documents) (sidecarconfig.Config, error) {
	return render.Config(d, v, map[string]string{"en": "You are chatting with an AI system."}, own)
}

func newAllowVerdict() policy.Verdict {
	return policy.Verdict{Outcome: policy.OutcomeAllow, Compliant: true, Revision: "r1", NextEvaluation: "2026-11-25"}
}

func newDenyVerdict() policy.Verdict {
	return policy.Verdict{Outcome: policy.OutcomeDeny, Revision: "r1", Findings: []policy.Finding{{
		Rule: "rights.responseDays", Action: policy.ActionDeny, Field: "spec.rights.responseDays", Found: 90, Required: 30,
		Remedy: "Lower it.", Party: "deployer", Sources: []legal.Source{{Code: "eu", Act: "An Act"}},
	}}}
}

func (w *world) declare(name string, selector map[string]string) *v1alpha1.ChatbotDeployment {
	w.t.Helper()
	d := &v1alpha1.ChatbotDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
		Spec: v1alpha1.ChatbotDeploymentSpec{
			Selector:      metav1.LabelSelector{MatchLabels: selector},
			Ports:         []v1alpha1.ChatPort{{Name: "http", Shape: "openai-chat"}},
			Purpose:       v1alpha1.Purpose{Kinds: []v1alpha1.PurposeKind{"support"}},
			Channels:      []v1alpha1.Channel{"web"},
			Jurisdictions: []v1alpha1.Code{"eu"},
		},
	}
	if err := w.client.Create(w.t.Context(), d); err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) reconcile(name string) ctrl.Result {
	w.t.Helper()
	result, err := w.chatbot.Reconcile(w.t.Context(), reconcile.Request{NamespacedName: w.key(name)})
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

func (w *world) reconcileNamespace() {
	w.t.Helper()
	r := &namespace.Reconciler{Client: w.client, Live: w.client}
	if _, err := r.Reconcile(w.t.Context(), reconcile.Request{NamespacedName: types.NamespacedName{Name: w.namespace}}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) key(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: w.namespace, Name: name}
}

func (w *world) get(object client.Object, name string) {
	w.t.Helper()
	if err := w.client.Get(w.t.Context(), w.key(name), object); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(name string) *v1alpha1.ChatbotDeployment {
	w.t.Helper()
	d := &v1alpha1.ChatbotDeployment{}
	w.get(d, name)
	return d
}

// condition returns "status/reason" of a condition, empty when absent.
func (w *world) condition(name, conditionType string) string {
	w.t.Helper()
	for _, c := range w.read(name).Status.Conditions {
		if c.Type == conditionType {
			return fmt.Sprintf("%s/%s", c.Status, c.Reason)
		}
	}
	return ""
}

func (w *world) checkCondition(name, conditionType, want string) {
	w.t.Helper()
	if got := w.condition(name, conditionType); got != want {
		w.t.Errorf("condition %s of %s: want %q, got %q", conditionType, name, want, got)
	}
}

func (w *world) message(name, conditionType string) string {
	w.t.Helper()
	for _, c := range w.read(name).Status.Conditions {
		if c.Type == conditionType {
			return c.Message
		}
	}
	return ""
}

func (w *world) isEnforced() bool {
	w.t.Helper()
	var ns corev1.Namespace
	if err := w.client.Get(w.t.Context(), types.NamespacedName{Name: w.namespace}, &ns); err != nil {
		w.t.Fatal(err)
	}
	return ns.Labels[v1alpha1.LabelEnforce] == "true"
}

// drainEvents returns the events since the last call, as "type reason".
func (w *world) drainEvents() []string {
	var list []string
	for {
		select {
		case e := <-w.events.Events:
			words := strings.SplitN(e, " ", 3)
			list = append(list, words[0]+" "+words[1])
		default:
			return list
		}
	}
}
