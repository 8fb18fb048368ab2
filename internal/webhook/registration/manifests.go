package registration

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"strings"
	"text/template"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/podtemplate"
)

//go:embed templates/*.yaml
var templates embed.FS

// policyFiles are the files with admission policies in the folder templates.
var policyFiles = []string{"floor.yaml", "scope.yaml"}

// templateValues are the values that the files in the folder templates refer to by name, besides the namespace of the installation.
var templateValues = map[string]string{
	"Group":                      v1alpha1.GroupVersion.Group,
	"KeyPrefix":                  contract.KeyPrefix,
	"LabelChatbot":               v1alpha1.LabelChatbot,
	"LabelEnforce":               v1alpha1.LabelEnforce,
	"LabelDeclaredOnly":          v1alpha1.LabelDeclaredOnly,
	"AnnotationUndeclaredImages": v1alpha1.AnnotationUndeclaredImages,
	"LabelManagedBy":             contract.LabelManagedBy,
	"ManagedBy":                  contract.ManagedBy,
	"Manager":                    contract.Manager,
	"Sidecar":                    contract.Sidecar,
	"Version":                    v1alpha1.GroupVersion.Version,
}

// generatedHeader begins each generated file.
const generatedHeader = "# Generated from internal/webhook/registration by `make generate`; do not edit.\n"

// NewManifests returns the content of the generated files by their path below the folder config.
func NewManifests() (map[string][]byte, error) {
	files := map[string][]byte{}
	kinds, err := podtemplate.BuiltIn()
	if err != nil {
		return nil, err
	}
	webhooks, err := renderWebhooks(kinds)
	if err != nil {
		return nil, err
	}
	files["webhook/manifests.yaml"] = webhooks
	files["local/webhook/kustomization.yaml"] = renderLocal(kinds)
	for _, name := range policyFiles {
		policies, err := renderTemplate(name, contract.OperatorNamespace)
		if err != nil {
			return nil, err
		}
		files["webhook/"+name] = append([]byte(generatedHeader), policies...)
	}
	if files["static/policies/chaperone.yaml"], err = renderStatic(); err != nil {
		return nil, err
	}
	files["static/admission.yaml"] = fmt.Appendf([]byte(generatedHeader), staticConfiguration, staticFolder)
	return files, nil
}

// renderWebhooks returns the webhook configurations as YAML documents.
func renderWebhooks(kinds podtemplate.Table) ([]byte, error) {
	out := bytes.NewBufferString(generatedHeader)
	for _, object := range []any{NewMutatingConfiguration(), NewValidatingConfiguration(kinds)} {
		manifest, err := yaml.Marshal(object)
		if err != nil {
			return nil, fmt.Errorf("write webhook configuration: %w", err)
		}
		out.WriteString("---\n")
		out.Write(manifest)
	}
	return out.Bytes(), nil
}

// renderTemplate returns the template of this name, filled in for an installation in the namespace.
func renderTemplate(name, namespace string) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").ParseFS(templates, "templates/"+name)
	if err != nil {
		return nil, fmt.Errorf("read template %s: %w", name, err)
	}
	values := maps.Clone(templateValues)
	values["OperatorNamespace"] = namespace
	values["ExemptNamespaces"] = "'" + strings.Join(exemptNamespaces(namespace), "', '") + "'"
	var out bytes.Buffer
	if err := t.Execute(&out, values); err != nil {
		return nil, fmt.Errorf("fill template %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// localHeader begins the kustomization that renderLocal returns. Its argument is the port of the webhooks.
const localHeader = `# The webhooks of a manager that runs outside the cluster, as a process: API servers call it by URL instead of through a Service.
# Replace 127.0.0.1:%d by the manager's own address before you apply this.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- ../../webhook
patches:
`

// renderLocal returns the kustomization for a manager that runs outside the cluster. It replaces the Service of each webhook by a URL.
func renderLocal(kinds podtemplate.Table) []byte {
	var out strings.Builder
	out.WriteString(generatedHeader)
	fmt.Fprintf(&out, localHeader, contract.WebhookPort)
	for _, configuration := range []struct {
		kind     string
		webhooks []Webhook
	}{
		{"MutatingWebhookConfiguration", listMutating()},
		{"ValidatingWebhookConfiguration", listValidating(kinds)},
	} {
		fmt.Fprintf(&out, "- target: {kind: %s}\n  patch: |\n", configuration.kind)
		for i, w := range configuration.webhooks {
			fmt.Fprintf(&out, "    - {op: replace, path: /webhooks/%d/clientConfig, value: {url: \"https://127.0.0.1:%d%s\"}}\n", i, contract.WebhookPort, w.Path)
		}
	}
	return []byte(out.String())
}
