package chatbot

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/keyring"
)

// failingClient answers every read of an object and every eviction with err. Other calls panic.
type failingClient struct {
	client.Client
	err error
}

func (c failingClient) Get(context.Context, types.NamespacedName, client.Object, ...client.GetOption) error {
	return c.err
}

func (c failingClient) SubResource(string) client.SubResourceClient {
	return failingEvictions{err: c.err}
}

type failingEvictions struct {
	client.SubResourceClient
	err error
}

func (c failingEvictions) Create(context.Context, client.Object, client.Object, ...client.SubResourceCreateOption) error {
	return c.err
}

// What the API server or a webhook of somebody else answers may stay so for ever.
func TestRefusedEvictionIsToldAndHoldsUpNobody(t *testing.T) {
	status := func(code int32, message string) error {
		return &apierrors.StatusError{ErrStatus: metav1.Status{Code: code, Message: message}}
	}
	budgets := status(http.StatusInternalServerError, "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
	for name, c := range map[string]struct {
		err     error
		message string
	}{
		"a budget":    {apierrors.NewTooManyRequests("no", 10), "A PodDisruptionBudget does not allow the eviction of pod a now."},
		"two budgets": {budgets, "The API server refuses the eviction of pod a: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."},
		"a webhook":   {status(http.StatusForbidden, `admission webhook "drains" denied the request: `+strings.Repeat("é", 4000)), `The API server refuses the eviction of pod a: admission webhook "drains" denied`},
	} {
		t.Run(name, func(t *testing.T) {
			r := New(Options{Client: failingClient{err: c.err}, Image: "image"})
			found := observation{declaration: newDeclaration(), pods: damagedPods("a", "b")}
			step := repair{status: newRepairStatus(found, "image", noon), evict: found.pods}
			isBlocked, err := r.evictAll(t.Context(), found, step, noon)
			if got := step.status; !isBlocked || err != nil || got.State != v1alpha1.RepairStateWaiting || got.Replaced != 0 || !strings.HasPrefix(got.Message, c.message) {
				t.Errorf("blocked %t, error %v, status %+v", isBlocked, err, got)
			}
			if n := utf8.RuneCountInString(step.status.Message); n > maxMessage {
				t.Errorf("the message has %d characters", n)
			}
		})
	}
	r := New(Options{Client: failingClient{err: errors.New("connection refused")}})
	if _, err := r.evict(t.Context(), "shop", selectedPod{name: "a"}); err == nil {
		t.Error("an API server that does not answer is no error")
	}
}

// askToWait is an API server that asks to try again ten seconds later, as it does for a PodDisruptionBudget that no controller has seen.
type askToWait struct{ requests int }

func (a *askToWait) RoundTrip(*http.Request) (*http.Response, error) {
	a.requests++
	header := http.Header{"Retry-After": {"10"}, "Content-Type": {"application/json"}}
	body := io.NopCloser(strings.NewReader(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"TooManyRequests","code":429}`))
	return &http.Response{StatusCode: http.StatusTooManyRequests, Header: header, Body: body}, nil
}

// The client is real: it would wait for 100 seconds.
func TestEvictionDoesNotWaitLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mapper := meta.NewDefaultRESTMapper(nil)
		mapper.Add(corev1.SchemeGroupVersion.WithKind("Pod"), meta.RESTScopeNamespace)
		server := &askToWait{}
		c, err := client.New(&rest.Config{Host: "http://api.example", Transport: server}, client.Options{Mapper: mapper})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		obstacle, err := (&Reconciler{Options: Options{Client: c}}).evict(t.Context(), "shop", selectedPod{name: "a"})
		if took := time.Since(began); took > evictionTimeout || server.requests != 2 || err != nil || !strings.Contains(obstacle, "has not evicted pod a within 15s") {
			t.Errorf("%d requests in %s: %q, %v", server.requests, took, obstacle, err)
		}
	})
}

// A declaration whose reconcile fails is tried again after longer and longer times.
func TestFailingReconcileGivesUpItsPlace(t *testing.T) {
	keys := func() (keyring.Ring, error) { return keyring.Ring{}, nil }
	r := New(Options{Client: failingClient{err: errors.New("connection refused")}, Keys: keys})
	name := chatbotName(0)
	r.repairs.begin(name)
	if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: name}); err == nil {
		t.Fatal("the reconcile does not fail")
	}
	if len(r.repairs.running) != 0 {
		t.Errorf("running: %v", r.repairs.running)
	}
}
