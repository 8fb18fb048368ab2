package registration

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

const (
	// staticSuffix ends the names of policies that API servers load from files.
	staticSuffix = ".static.k8s.io"
	// keeperName is the policy that keeps what static policies cannot do themselves.
	keeperName = contract.Sidecar + "-floor-kept" + staticSuffix
	// staticFolder is where the example of a configuration expects the files on the host of an API server.
	staticFolder = "/etc/kubernetes/chaperone"
)

// staticHeader begins the policies that API servers load from files.
const staticHeader = `# Policies that API servers load from files (manifest-based admission, Kubernetes 1.37), so that nobody takes them away with the API, not even a
# cluster administrator: docs/static-admission.md. They are those of config/webhook, and one that keeps the policy which they cannot replace.
`

// staticConfiguration is the file for the flag --admission-control-config-file. Its argument is the folder with the policies.
const staticConfiguration = `# For the flag --admission-control-config-file of API servers of Kubernetes 1.37 and later. The folder has the files of config/static/policies.
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: ValidatingAdmissionPolicy
  configuration:
    apiVersion: apiserver.config.k8s.io/v1
    kind: ValidatingAdmissionPolicyConfiguration
    staticManifestsDir: %s
`

// renderStatic returns the policies of an installation as files for API servers. Such policies have no parameters, so those with parameters are
// left out, and another one keeps them from being changed.
func renderStatic() ([]byte, error) {
	objects, err := NewObjects(Installation{Namespace: contract.OperatorNamespace, Service: contract.WebhookService})
	if err != nil {
		return nil, err
	}
	static, kept := Objects{}, Objects{}
	for _, policy := range objects.Policies {
		target := &static
		if policy.Spec.ParamKind != nil {
			target = &kept
		}
		target.Policies = append(target.Policies, policy)
	}
	for _, binding := range objects.Bindings {
		target := &static
		if binding.Spec.ParamRef != nil {
			target = &kept
		}
		target.Bindings = append(target.Bindings, binding)
	}
	keeper, err := kept.newKeeper()
	if err != nil {
		return nil, err
	}
	for _, policy := range static.Policies {
		policy.Name += staticSuffix
	}
	for _, binding := range static.Bindings {
		binding.Name += staticSuffix
		binding.Spec.PolicyName += staticSuffix
	}
	static.Policies = append(static.Policies, keeper)
	static.Bindings = append(static.Bindings, &admissionv1.ValidatingAdmissionPolicyBinding{
		TypeMeta:   static.Bindings[0].TypeMeta,
		ObjectMeta: metav1.ObjectMeta{Name: keeperName, Labels: newLabels()},
		Spec:       admissionv1.ValidatingAdmissionPolicyBindingSpec{PolicyName: keeperName, ValidationActions: static.Bindings[0].Spec.ValidationActions},
	})
	return static.marshalPolicies()
}

// marshalPolicies returns the policies and bindings as YAML documents.
func (o Objects) marshalPolicies() ([]byte, error) {
	out := bytes.NewBufferString(generatedHeader + staticHeader)
	var all []any
	for _, policy := range o.Policies {
		all = append(all, policy)
	}
	for _, binding := range o.Bindings {
		all = append(all, binding)
	}
	for n, object := range all {
		if n > 0 { // API servers refuse a document of comments alone.
			out.WriteString("---\n")
		}
		document, err := yaml.Marshal(object)
		if err != nil {
			return nil, fmt.Errorf("write static policy: %w", err)
		}
		out.Write(document)
	}
	return out.Bytes(), nil
}

// newKeeper returns the policy that lets no client delete the policies and bindings of o, write them otherwise than they are, or take away the
// definition of their parameters. API servers ask only policies from files about these objects.
func (o Objects) newKeeper() (*admissionv1.ValidatingAdmissionPolicy, error) {
	specs := map[string]any{}
	for _, policy := range o.Policies {
		specs["validatingadmissionpolicies/"+policy.Name] = withDefaults(policy.DeepCopy().Spec)
	}
	for _, binding := range o.Bindings {
		specs["validatingadmissionpolicybindings/"+binding.Name] = binding.Spec
	}
	expressions, err := formatSpecs(specs)
	if err != nil {
		return nil, err
	}
	definition := "customresourcedefinitions/chatbotdeployments." + v1alpha1.GroupVersion.Group
	const key = "request.resource.resource + '/' + (object == null ? oldObject : object).metadata.name"
	return &admissionv1.ValidatingAdmissionPolicy{
		TypeMeta:   o.Policies[0].TypeMeta,
		ObjectMeta: metav1.ObjectMeta{Name: keeperName, Labels: newLabels()},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			FailurePolicy: ptr.To(admissionv1.Fail),
			MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{
				{RuleWithOperations: newRule(everyWrite, []string{admissionv1.GroupName}, "v1", "validatingadmissionpolicies", "validatingadmissionpolicybindings")},
				{RuleWithOperations: newRule(everyWrite, []string{"apiextensions.k8s.io"}, "v1", "customresourcedefinitions")},
			}},
			Variables: []admissionv1.Variable{
				{Name: "key", Expression: key},
				{Name: "kept", Expression: expressions},
			},
			Validations: []admissionv1.Validation{
				{
					Expression: fmt.Sprintf("object != null || !(variables.key in variables.kept || variables.key == '%s')", definition),
					Message:    "API servers keep this object, because a file on their hosts says so (chaperone floor). To uninstall Chaperone, take that file away first.",
				},
				{
					Expression: "object == null || !(variables.key in variables.kept) || object.spec == variables.kept[variables.key]",
					Message: "spec is not that of the version of Chaperone whose file the API servers have (chaperone floor). " +
						"To upgrade Chaperone, replace that file on their hosts first.",
				},
				{
					Expression: fmt.Sprintf("object == null || variables.key != '%s' || object.spec.versions.exists(v, v.name == '%s' && v.served)",
						definition, v1alpha1.GroupVersion.Version),
					Message: "spec.versions must go on serving " + v1alpha1.GroupVersion.Version + ": a policy reads the declarations (chaperone floor).",
				},
			},
		},
	}, nil
}

var everyWrite = []admissionv1.OperationType{admissionv1.Create, admissionv1.Update, admissionv1.Delete}

// withDefaults sets what API servers add to the spec of a policy, where it is missing, when they store it.
func withDefaults(spec admissionv1.ValidatingAdmissionPolicySpec) admissionv1.ValidatingAdmissionPolicySpec {
	if c := spec.MatchConstraints; c != nil {
		c.NamespaceSelector, c.ObjectSelector = cmp.Or(c.NamespaceSelector, &metav1.LabelSelector{}), cmp.Or(c.ObjectSelector, &metav1.LabelSelector{})
		c.MatchPolicy = cmp.Or(c.MatchPolicy, ptr.To(admissionv1.Equivalent))
	}
	return spec
}

// formatSpecs returns an expression in CEL for the specs by name.
func formatSpecs(specs map[string]any) (string, error) {
	text, err := json.Marshal(specs)
	if err != nil {
		return "", fmt.Errorf("encode specs: %w", err)
	}
	var values any
	if err := json.Unmarshal(text, &values); err != nil {
		return "", fmt.Errorf("decode specs: %w", err)
	}
	var out strings.Builder
	writeLiteral(&out, values)
	return out.String(), nil
}

// writeLiteral writes a value of JSON without numbers as a literal of CEL, whose strings have the escapes of Go.
func writeLiteral(out *strings.Builder, value any) {
	switch value := value.(type) {
	case map[string]any:
		out.WriteString("{")
		for n, key := range slices.Sorted(maps.Keys(value)) {
			if n > 0 {
				out.WriteString(", ")
			}
			out.WriteString(strconv.Quote(key) + ": ")
			writeElement(out, value[key])
		}
		out.WriteString("}")
	case []any:
		out.WriteString("[")
		for n, element := range value {
			if n > 0 {
				out.WriteString(", ")
			}
			writeElement(out, element)
		}
		out.WriteString("]")
	case string:
		out.WriteString(strconv.Quote(value))
	default:
		fmt.Fprint(out, value)
	}
}

// writeElement writes a value of a list or a map. API servers refuse literals whose values have different types, unless all are dynamic.
func writeElement(out *strings.Builder, value any) {
	out.WriteString("dyn(")
	writeLiteral(out, value)
	out.WriteString(")")
}
