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

// publication is a webhook configuration that the cluster has. API servers read the authorities from it.
type publication struct {
	object client.Object
	// clientConfigs has the client configuration of each webhook. The elements point into object, so a change to them changes object.
	clientConfigs []*admissionv1.WebhookClientConfig
}

// listCABundles returns the caBundle of each webhook, nil for a webhook without one.
func (p publication) listCABundles() [][]byte {
	caBundles := make([][]byte, 0, len(p.clientConfigs))
	for _, c := range p.clientConfigs {
		caBundles = append(caBundles, c.CABundle)
	}
	return caBundles
}

// configurationKind describes one kind of webhook configuration.
type configurationKind struct {
	// name is the name of Chaperone's object of the kind.
	name string
	// newObject returns an empty object of the kind.
	newObject func() client.Object
	// listClientConfigs returns pointers into the object, one for each webhook.
	listClientConfigs func(client.Object) []*admissionv1.WebhookClientConfig
}

// listKinds returns both kinds of webhook configurations.
func listKinds() []configurationKind {
	return []configurationKind{
		{contract.MutatingWebhooks, func() client.Object { return &admissionv1.MutatingWebhookConfiguration{} }, listMutatingClientConfigs},
		{contract.ValidatingWebhooks, func() client.Object { return &admissionv1.ValidatingWebhookConfiguration{} }, listValidatingClientConfigs},
	}
}

// listMutatingClientConfigs is configurationKind.listClientConfigs for a MutatingWebhookConfiguration.
func listMutatingClientConfigs(object client.Object) []*admissionv1.WebhookClientConfig {
	var configs []*admissionv1.WebhookClientConfig
	if c, ok := object.(*admissionv1.MutatingWebhookConfiguration); ok {
		for i := range c.Webhooks {
			configs = append(configs, &c.Webhooks[i].ClientConfig)
		}
	}
	return configs
}

// listValidatingClientConfigs is configurationKind.listClientConfigs for a ValidatingWebhookConfiguration.
func listValidatingClientConfigs(object client.Object) []*admissionv1.WebhookClientConfig {
	var configs []*admissionv1.WebhookClientConfig
	if c, ok := object.(*admissionv1.ValidatingWebhookConfiguration); ok {
		for i := range c.Webhooks {
			configs = append(configs, &c.Webhooks[i].ClientConfig)
		}
	}
	return configs
}

// readPublications returns those of Chaperone's webhook configurations that exist.
func readPublications(ctx context.Context, reader client.Reader) ([]publication, error) {
	var found []publication
	for _, kind := range listKinds() {
		object := kind.newObject()
		if err := reader.Get(ctx, types.NamespacedName{Name: kind.name}, object); err != nil {
			if client.IgnoreNotFound(err) == nil {
				continue
			}
			return nil, fmt.Errorf("read webhook configuration: %w", err)
		}
		found = append(found, publication{object: object, clientConfigs: kind.listClientConfigs(object)})
	}
	return found, nil
}

// publish writes the caBundle into all webhooks of the configuration, unless all have it already.
func (r *Reconciler) publish(ctx context.Context, p publication, caBundle []byte) error {
	base, ok := p.object.DeepCopyObject().(client.Object)
	if !ok {
		return fmt.Errorf("copy webhook configuration %s", p.object.GetName())
	}
	changed := false
	// The clientConfigs are pointers into p.object, so this loop writes the caBundle into the object.
	for _, c := range p.clientConfigs {
		changed = changed || !bytes.Equal(c.CABundle, caBundle)
		c.CABundle = caBundle
	}
	if !changed {
		return nil
	}
	logf.FromContext(ctx).Info("Publishing certificate authorities", "WebhookConfiguration", klog.KObj(p.object))
	// A strategic merge patch of the webhooks contains only their names and caBundles, so their other fields stay as they are.
	patch := client.StrategicMergeFrom(base, client.MergeFromWithOptimisticLock{})
	err := r.Client.Patch(ctx, p.object, patch, client.FieldOwner(contract.FieldManager))
	// A configuration that has been deleted since it was read needs no caBundle.
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("publish certificate authorities: %w", err)
	}
	return nil
}
