package clusterpolicy

import (
	"context"
	"errors"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
)

// fakeCache has the definition and what the reader has. As many lists of NetworkPolicies fail as failures says.
type fakeCache struct {
	cache.Cache
	reader   client.Reader
	failures *int
}

func (c fakeCache) Get(ctx context.Context, name client.ObjectKey, object client.Object, options ...client.GetOption) error {
	if _, isDefinition := object.(*metav1.PartialObjectMetadata); isDefinition {
		return nil
	}
	return c.reader.Get(ctx, name, object, options...)
}

func (c fakeCache) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if _, isOfPolicies := list.(*networkingv1.NetworkPolicyList); isOfPolicies && *c.failures > 0 {
		*c.failures--
		return errors.New("no list")
	}
	return c.reader.List(ctx, list, options...)
}

// fakeController counts its watches. The first ones fail, as many as failures says.
type fakeController struct {
	controller.Controller
	failures, watches int
}

func (c *fakeController) Watch(source.Source) error {
	if c.failures > 0 {
		c.failures--
		return errors.New("no watch")
	}
	c.watches++
	return nil
}

// What fails when the API arrives is done by a later try, and what is done is not done again.
func TestBeginningThatFailsIsTriedAgain(t *testing.T) {
	for name, failures := range map[string]struct{ watch, list, apply int }{
		"nothing":              {},
		"the watch":            {watch: 1},
		"the list":             {list: 2},
		"one of two writes":    {apply: 1},
		"the list and a write": {list: 1, apply: 2},
	} {
		t.Run(name, func(t *testing.T) {
			var policies []client.Object
			for _, chatbot := range []string{"sales", "support"} {
				policies = append(policies, &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{
					Namespace: "shop", Name: inject.ConfigMapName(chatbot),
					Labels: map[string]string{contract.LabelManagedBy: contract.ManagedBy, v1alpha1.LabelChatbot: chatbot},
				}})
			}
			stored := fake.NewClientBuilder().WithScheme(clientgoscheme.Scheme).WithObjects(policies...).Build()
			applied, failing := 0, failures.apply
			writer := interceptor.NewClient(stored, interceptor.Funcs{
				Apply: func(context.Context, client.WithWatch, runtime.ApplyConfiguration, ...client.ApplyOption) error {
					if failing > 0 {
						failing--
						return errors.New("no write")
					}
					applied++
					return nil
				},
			})
			mapper := meta.NewDefaultRESTMapper(nil)
			mapper.Add(schema.GroupVersionKind{Group: group, Version: "v1beta1", Kind: kind}, meta.RESTScopeRoot)
			all := fakeCache{reader: stored, failures: new(int)}
			*all.failures = failures.list
			watching := &fakeController{failures: failures.watch}
			r := &Reconciler{Client: writer, Cache: all, Pods: all, Mapper: mapper, controller: watching}
			tries := 0
			for ; tries < 10; tries++ {
				if _, err := r.Reconcile(t.Context(), ctrl.Request{}); err == nil {
					break
				}
			}
			if want := failures.watch + failures.list + min(failures.apply, 1); tries != want || watching.watches != 1 || applied < 2 {
				t.Errorf("%d tries failed, %d watches, %d written: want %d, 1, and at least 2", tries, watching.watches, applied, want)
			}
			before := applied
			if _, err := r.Reconcile(t.Context(), ctrl.Request{}); err != nil || applied != before {
				t.Errorf("%d more were written once all was done: %v", applied-before, err)
			}
		})
	}
}
