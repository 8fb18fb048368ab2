package certificate

import (
	"bytes"
	"context"
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// publication is a webhook configuration, from which API servers read the certificate authorities.
type publication struct {
	object client.Object
	// clients are the client configurations of its webhooks. They point into the object, so a change of them changes it.
	clients []*admissionv1.WebhookClientConfig
}

func (p publication) bundles() [][]byte {
	bundles := make([][]byte, 0, len(p.clients))
	for _, c := range p.clients {
		bundles = append(bundles, c.CABundle)
	}
	return bundles
}

// configuration is one kind of webhook configuration.
type configuration struct {
	name    string
	object  func() client.Object
	clients func(client.Object) []*admissionv1.WebhookClientConfig
}

func listConfigurations() []configuration {
	return []configuration{
		{contract.MutatingWebhooks, func() client.Object { return &admissionv1.MutatingWebhookConfiguration{} }, listMutatingClients},
		{contract.ValidatingWebhooks, func() client.Object { return &admissionv1.ValidatingWebhookConfiguration{} }, listValidatingClients},
	}
}

func listMutatingClients(object client.Object) []*admissionv1.WebhookClientConfig {
	var clients []*admissionv1.WebhookClientConfig
	if c, ok := object.(*admissionv1.MutatingWebhookConfiguration); ok {
		for i := range c.Webhooks {
			clients = append(clients, &c.Webhooks[i].ClientConfig)
		}
	}
	return clients
}

func listValidatingClients(object client.Object) []*admissionv1.WebhookClientConfig {
	var clients []*admissionv1.WebhookClientConfig
	if c, ok := object.(*admissionv1.ValidatingWebhookConfiguration); ok {
		for i := range c.Webhooks {
			clients = append(clients, &c.Webhooks[i].ClientConfig)
		}
	}
	return clients
}

// readPublications returns the webhook configurations that exist.
func readPublications(ctx context.Context, reader client.Reader) ([]publication, error) {
	var found []publication
	for _, kind := range listConfigurations() {
		object := kind.object()
		if err := reader.Get(ctx, types.NamespacedName{Name: kind.name}, object); err != nil {
			if client.IgnoreNotFound(err) == nil {
				continue
			}
			return nil, fmt.Errorf("read webhook configuration: %w", err)
		}
		found = append(found, publication{object: object, clients: kind.clients(object)})
	}
	return found, nil
}

// publish writes the bundle into all webhooks of the configuration, unless all have it already.
func (r *Reconciler) publish(ctx context.Context, p publication, bundle []byte) error {
	base, ok := p.object.DeepCopyObject().(client.Object)
	if !ok {
		return fmt.Errorf("copy webhook configuration %s", p.object.GetName())
	}
	changed := false
	for _, c := range p.clients {
		changed = changed || !bytes.Equal(c.CABundle, bundle)
		c.CABundle = bundle
	}
	if !changed {
		return nil
	}
	logf.FromContext(ctx).Info("Publishing certificate authorities", "WebhookConfiguration", klog.KObj(p.object))
	// A strategic merge patch contains the names of the webhooks and their caBundle, and nothing else.
	patch := client.StrategicMergeFrom(base, client.MergeFromWithOptimisticLock{})
	err := r.Client.Patch(ctx, p.object, patch, client.FieldOwner(contract.FieldManager))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("publish certificate authorities: %w", err)
	}
	return nil
}
