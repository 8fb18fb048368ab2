package registration

import (
	"bytes"
	"fmt"
	"net"
	"strconv"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/podtemplate"
)

// Installation says where the manager of an installation runs. Every field is required unless its comment says otherwise.
type Installation struct {
	// Namespace is the namespace of Chaperone itself.
	Namespace string
	// Service is the Service in Namespace through which API servers call the webhooks.
	Service string
	// URLHost is the host at which API servers reach a manager outside the cluster; empty for a manager inside. Port is its port.
	URLHost string
	Port    int
	// Kinds are the kinds of workloads that the webhooks review. The zero value stands for those that are built in, as in the manifests.
	Kinds podtemplate.Table
}

// Objects are the objects that an installation registers with API servers.
type Objects struct {
	Mutating   *admissionv1.MutatingWebhookConfiguration
	Validating *admissionv1.ValidatingWebhookConfiguration
	Policies   []*admissionv1.ValidatingAdmissionPolicy
	Bindings   []*admissionv1.ValidatingAdmissionPolicyBinding
}

// NewObjects returns what the manifests in config/webhook register for an installation in the namespace of the manifests, and the same for
// others. The webhooks have no caBundle.
func NewObjects(i Installation) (Objects, error) {
	if len(i.Kinds.List()) == 0 {
		var err error
		if i.Kinds, err = podtemplate.BuiltIn(); err != nil {
			return Objects{}, err
		}
	}
	o := Objects{Mutating: NewMutatingConfiguration(), Validating: NewValidatingConfiguration(i.Kinds)}
	for n, w := range listMutating() {
		o.Mutating.Webhooks[n].ClientConfig = i.newClientConfig(w)
		o.Mutating.Webhooks[n].NamespaceSelector = w.selectNamespaces(i.Namespace)
	}
	for n, w := range listValidating(i.Kinds) {
		o.Validating.Webhooks[n].ClientConfig = i.newClientConfig(w)
		o.Validating.Webhooks[n].NamespaceSelector = w.selectNamespaces(i.Namespace)
		o.Validating.Webhooks[n].MatchConditions = w.listConditions(i.Namespace)
	}
	for _, name := range policyFiles {
		file, err := renderTemplate(name, i.Namespace)
		if err != nil {
			return Objects{}, err
		}
		if err := o.addPolicies(file); err != nil {
			return Objects{}, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return o, nil
}

// newClientConfig returns the address at which API servers call the webhook.
func (i Installation) newClientConfig(w Webhook) admissionv1.WebhookClientConfig {
	if i.URLHost == "" {
		return admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Name: i.Service, Namespace: i.Namespace, Path: &w.Path}}
	}
	return admissionv1.WebhookClientConfig{URL: ptr.To("https://" + net.JoinHostPort(i.URLHost, strconv.Itoa(i.Port)) + w.Path)}
}

// addPolicies adds the policies and bindings of a file.
func (o *Objects) addPolicies(file []byte) error {
	for document := range bytes.SplitSeq(file, []byte("\n---\n")) {
		var meta metav1.TypeMeta
		if err := yaml.Unmarshal(document, &meta); err != nil {
			return err
		}
		switch meta.Kind {
		case "ValidatingAdmissionPolicy":
			policy := &admissionv1.ValidatingAdmissionPolicy{}
			o.Policies = append(o.Policies, policy)
			if err := yaml.UnmarshalStrict(document, policy); err != nil {
				return err
			}
		case "ValidatingAdmissionPolicyBinding":
			binding := &admissionv1.ValidatingAdmissionPolicyBinding{}
			o.Bindings = append(o.Bindings, binding)
			if err := yaml.UnmarshalStrict(document, binding); err != nil {
				return err
			}
		default:
			return fmt.Errorf("kind %q is unknown", meta.Kind)
		}
	}
	return nil
}
