package manifest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/podtemplate"
)

// known has the schemas of the kinds of Chaperone.
type known struct{}

func (known) Knows(gvk schema.GroupVersionKind) (known, namespaced bool) {
	switch gvk {
	case v1alpha1.GroupVersion.WithKind("ChatbotDeployment"), v1alpha1.GroupVersion.WithKind("PolicyException"):
		return true, true
	case v1alpha1.GroupVersion.WithKind("GovernancePolicy"), v1alpha1.GroupVersion.WithKind("JurisdictionProfile"):
		return true, false
	}
	return false, false
}

// accepting is a schema that refuses nothing.
type accepting struct{ known }

func (accepting) Validate(context.Context, *unstructured.Unstructured) field.ErrorList { return nil }

func (known) Describe(schema.GroupVersionKind, string) string { return "" }

// refusing is a schema that refuses everything.
type refusing struct{ known }

func (refusing) Validate(context.Context, *unstructured.Unstructured) field.ErrorList {
	return field.ErrorList{field.Required(field.NewPath("spec", "purpose"), "")}
}

func read(t *testing.T, validator manifest.Validator, stdin string, paths ...string) (manifest.Input, error) {
	t.Helper()
	reader, err := manifest.NewReader(strings.NewReader(stdin), validator, builtInKinds(t))
	if err != nil {
		t.Fatal(err)
	}
	return reader.Read(t.Context(), paths, false)
}

// names are the objects as kind, namespace, name, and the file with the document.
func names(input manifest.Input) []string {
	found := []string{}
	for _, o := range input.Objects {
		found = append(found, fmt.Sprintf("%s in %s:%d", o, filepath.Base(o.Origin.File), o.Origin.Document))
	}
	return found
}

const (
	declaration = `{apiVersion: chaperone.dev/v1alpha1, kind: ChatbotDeployment, metadata: {name: support, namespace: shop}, spec: {jurisdictions: [eu]}}`
	pod         = `{apiVersion: v1, kind: Pod, metadata: {name: bot, namespace: shop}, spec: {containers: [{name: bot, image: bot}]}}`
	service     = `{apiVersion: v1, kind: Service, metadata: {name: bot, namespace: shop}}`
	ingress     = `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: bot, namespace: shop}}`
)

// nest returns the object in as many lists as depth says, one in the other.
func nest(object string, depth int) string {
	return strings.Repeat("{apiVersion: v1, kind: List, items: [", depth) + object + strings.Repeat("]}", depth)
}

func TestRead(t *testing.T) {
	tests := map[string]struct {
		input   string
		want    []string
		skipped map[string]int
	}{
		"documents in their order, comments and empty ones left out": {
			input: "# a comment\n---\n" + declaration + "\n---\n---\n" + pod + "\n",
			want:  []string{"ChatbotDeployment shop/support in -:2", "Pod shop/bot in -:3"},
		},
		"JSON values one after the other": {
			input: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}} {"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}`,
			want:  []string{"Pod default/a in -:1", "Pod default/b in -:2"},
		},
		"a list: its elements": {
			input: "apiVersion: v1\nkind: List\nitems:\n- " + declaration + "\n- " + pod,
			want:  []string{"ChatbotDeployment shop/support in -:1", "Pod shop/bot in -:1"},
		},
		"a typed list: its elements": {
			input: "apiVersion: chaperone.dev/v1alpha1\nkind: ChatbotDeploymentList\nitems:\n- " + declaration,
			want:  []string{"ChatbotDeployment shop/support in -:1"},
		},
		"a list in a list: the elements of both, in their order": {
			input: "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items: [" + declaration + "]\n- " + pod,
			want:  []string{"ChatbotDeployment shop/support in -:1", "Pod shop/bot in -:1"},
		},
		"a typed list in a list": {
			input: "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: PodList, items: [" + pod + "]}]",
			want:  []string{"Pod shop/bot in -:1"},
		},
		"lists as deep as they may be": {
			input: nest(pod, 8),
			want:  []string{"Pod shop/bot in -:1"},
		},
		"a typed list, as the API server writes it: its elements have no kind": {
			input: `{"apiVersion":"chaperone.dev/v1alpha1","kind":"ChatbotDeploymentList","items":[{"metadata":{"name":"support"},"spec":{"jurisdictions":["eu"]}}]}`,
			want:  []string{"ChatbotDeployment default/support in -:1"},
		},
		"empty lists": {
			input: `{"apiVersion":"v1","kind":"List","items":[]} {"apiVersion":"v1","kind":"PodList","items":null}`,
			want:  []string{},
		},
		"another kind whose name ends in List": {
			input:   `{"apiVersion":"shop.example/v1","kind":"PriceList","metadata":{"name":"a"},"items":{}}`,
			want:    []string{},
			skipped: map[string]int{"PriceList": 1},
		},
		"no namespace: the default one": {
			input: "apiVersion: v1\nkind: Pod\nmetadata: {name: bot}",
			want:  []string{"Pod default/bot in -:1"},
		},
		"a generated name": {
			input: "apiVersion: v1\nkind: Pod\nmetadata: {generateName: bot-}",
			want:  []string{"Pod default/bot- in -:1"},
		},
		"other kinds: skipped, and named": {
			input:   ingress + "\n---\n" + pod + "\n---\n" + service,
			want:    []string{"Pod shop/bot in -:2", "Service shop/bot in -:3"},
			skipped: map[string]int{"Ingress": 1},
		},
		"aliases: expanded": {
			input: "apiVersion: v1\nkind: Pod\nmetadata: {name: &n bot, namespace: *n}",
			want:  []string{"Pod bot/bot in -:1"},
		},
		"nothing at all": {input: "", want: []string{}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			input, err := read(t, accepting{}, tc.input, "-")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, names(input)); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.skipped, input.Skipped, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("skipped (-want +got):\n%s", diff)
			}
		})
	}
}

// Each kind of workload gives a pod of its template, in its namespace.
func TestReadTemplates(t *testing.T) {
	template := `template: {metadata: {labels: {app: bot}}, spec: {containers: [{name: bot, image: bot}]}}`
	tests := map[string]struct{ version, spec, path string }{
		"PodTemplate":           {version: "v1", path: "template"},
		"Deployment":            {version: "apps/v1", spec: template, path: "spec.template"},
		"StatefulSet":           {version: "apps/v1", spec: template, path: "spec.template"},
		"DaemonSet":             {version: "apps/v1", spec: template, path: "spec.template"},
		"ReplicaSet":            {version: "apps/v1", spec: template, path: "spec.template"},
		"ReplicationController": {version: "v1", spec: template, path: "spec.template"},
		"Job":                   {version: "batch/v1", spec: template, path: "spec.template"},
		"CronJob":               {version: "batch/v1", spec: "jobTemplate: {spec: {" + template + "}}", path: "spec.jobTemplate.spec.template"},
	}
	for kind, tc := range tests {
		t.Run(kind, func(t *testing.T) {
			content := "spec: {" + tc.spec + "}"
			if tc.spec == "" {
				content = template
			}
			input, err := read(t, accepting{}, fmt.Sprintf("{apiVersion: %s, kind: %s, metadata: {name: bot, namespace: shop}, %s}", tc.version, kind, content), "-")
			if err != nil {
				t.Fatal(err)
			}
			if len(input.Objects) != 1 || input.Objects[0].TemplatePath != tc.path {
				t.Fatalf("objects %v, want one with a template at %s", names(input), tc.path)
			}
			want := &corev1.Pod{}
			want.APIVersion, want.Kind = "v1", "Pod"
			want.GenerateName, want.Namespace, want.Labels = "bot-", "shop", map[string]string{"app": "bot"}
			want.Spec.Containers = []corev1.Container{{Name: "bot", Image: "bot"}}
			if diff := cmp.Diff(want, input.Objects[0].Pod); diff != "" {
				t.Errorf("pod (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	tests := map[string]struct {
		validator manifest.Validator
		input     string
		want      []string
	}{
		"an unknown field of a pod, with its path": {
			input: strings.Replace(pod, "image: bot", "imagge: bot", 1),
			want:  []string{`-: document 1: Pod shop/bot: strict decoding error: unknown field "spec.containers[0].imagge"`},
		},
		"what the schema refuses": {
			validator: refusing{},
			input:     declaration,
			want:      []string{"-: document 1: ChatbotDeployment shop/support: spec.purpose: Required value"},
		},
		"a key that is there twice": {
			input: "apiVersion: v1\nkind: Pod\nkind: Pod",
			want:  []string{"-: document 1: is not YAML", "already"},
		},
		"a key that is there twice in an item of a list": {
			input: `{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","name":"b"}}]}`,
			want:  []string{"-: document 1: duplicate field \"items[0].metadata.name\": state each field once"},
		},
		"no apiVersion": {
			input: strings.Replace(pod, "apiVersion: v1, ", "", 1),
			want:  []string{"-: document 1: Pod shop/bot: apiVersion is missing: add it"},
		},
		"text that is not YAML": {
			input: "a: [b",
			want:  []string{"-: document 1: is not YAML"},
		},
		"JSON that ends too early": {
			input: `{"apiVersion": "v1",`,
			want:  []string{"-: document 1: is not YAML"},
		},
		"a list that is not a Kubernetes list": {
			input: "- a\n- b",
			want:  []string{"-: document 1: is not a Kubernetes object"},
		},
		"an object without a kind": {
			input: "apiVersion: v1\nmetadata: {name: a}",
			want:  []string{"-: document 1: is not a Kubernetes object"},
		},
		"an element without a kind": {
			input: "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1}]",
			want:  []string{"-: document 1: items[0] is not a Kubernetes object"},
		},
		"lists deeper than they may be": {
			input: nest(pod, 9),
			want:  []string{"-: document 1: items[0].items[0].items[0].items[0].items[0].items[0].items[0].items[0]: this List is nested deeper than 8 lists: move its items up"},
		},
		"more elements than fit, in lists of lists": {
			input: "apiVersion: v1\nkind: List\nitems:\n" + strings.Repeat("- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Secret, metadata: {name: a}}]}\n", manifest.MaxDocuments+1),
			want:  []string{"-: has more than 10000 documents: split it"},
		},
		"elements that are no objects: each with its place": {
			input: `{"apiVersion":"v1","kind":"List","items":[null,"text",[],{"apiVersion":"v1","kind":"List","items":[7]}]}`,
			want: []string{
				"-: document 1: items[0] is null, not an object: remove it or write an object",
				"-: document 1: items[1] is a string, not an object",
				"-: document 1: items[2] is a list, not an object",
				"-: document 1: items[3].items[0] is a number, not an object",
			},
		},
		"a list whose items are none": {
			input: `{"apiVersion":"v1","kind":"PodList","items":"text"}`,
			want:  []string{"-: document 1: items of this PodList is a string, not a list: correct it"},
		},
		"objects in another object, which kubectl creates": {
			input: `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}]}`,
			want:  []string{"-: document 1: this Secret has Kubernetes objects as items, but is not a list: make it a List"},
		},
		"a list without items": {
			input: `{"apiVersion":"v1","kind":"List"}`,
			want:  []string{"-: document 1: items of this List is missing, not a list: correct it"},
		},
		"a comment at the end of a line of JSON": {
			input: "{\"apiVersion\": \"v1\", // the core group\n\"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}}",
			want:  []string{"-: line 1 has a comment, which JSON does not allow: remove it, or write YAML, where comments begin with #"},
		},
		"a comment in front of JSON": {
			input: "/* a pod */\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}}",
			want:  []string{"-: line 1 has a comment, which JSON does not allow"},
		},
		"a comment between JSON objects": {
			input: "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}}\n\n// the next\n{}",
			want:  []string{"-: line 3 has a comment, which JSON does not allow"},
		},
		"a misspelt kind of ours": {
			input: strings.Replace(declaration, "ChatbotDeployment", "ChatBotDeployment", 1),
			want:  []string{"-: document 1: ChatBotDeployment shop/support: kind ChatBotDeployment of chaperone.dev/v1alpha1 is unknown: correct it"},
		},
		"a version of ours that does not exist": {
			input: strings.Replace(declaration, "v1alpha1", "v9", 1),
			want:  []string{"kind ChatbotDeployment of chaperone.dev/v9 is unknown"},
		},
		"no name": {
			input: strings.Replace(pod, "name: bot, namespace", "namespace", 1),
			want:  []string{"-: document 1: Pod shop/: metadata.name is missing"},
		},
		"an object twice: both places": {
			input: pod + "\n---\n" + pod,
			want:  []string{"-: document 2: Pod shop/bot: is in -, document 1, too"},
		},
		"everything that is wrong, not only the first": {
			input: "a: [b\n---\n" + strings.Replace(pod, "image: bot", "imagge: bot", 1),
			want:  []string{"-: document 1: is not YAML", `-: document 2: Pod shop/bot: strict decoding error: unknown field "spec.containers[0].imagge"`},
		},
		"more documents than fit": {
			input: strings.Repeat("---\na: b\n", manifest.MaxDocuments+1),
			want:  []string{"-: has more than 10000 documents: split it"},
		},
		"more JSON documents than fit": {
			input: strings.Repeat("{}", manifest.MaxDocuments+1),
			want:  []string{"-: has more than 10000 documents: split it"},
		},
		"more elements than fit": {
			input: "apiVersion: v1\nkind: List\nitems:\n" + strings.Repeat("- {apiVersion: v1, kind: Secret, metadata: {name: a}}\n", manifest.MaxDocuments+1),
			want:  []string{"-: has more than 10000 documents: split it"},
		},
		"a file that is too large": {
			input: strings.Repeat("#", manifest.MaxFileBytes+1),
			want:  []string{"-: is larger than 10485760 bytes: split it"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if tc.validator == nil {
				tc.validator = accepting{}
			}
			_, err := read(t, tc.validator, tc.input, "-")
			if err == nil {
				t.Fatal("nothing is refused")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error lacks %q:\n%v", want, err)
				}
			}
		})
	}
}

// Aliases that would expand to more than fits into memory are refused at once.
func TestAFileMayHaveTheMaximumOfDocuments(t *testing.T) {
	for name, input := range map[string]string{
		"YAML": strings.Repeat("---\na: b\n", manifest.MaxDocuments),
		"JSON": strings.Repeat(`{"a":"b"}`, manifest.MaxDocuments),
	} {
		t.Run(name, func(t *testing.T) {
			// The documents are no objects, which is another fault.
			if _, err := read(t, accepting{}, input, "-"); err == nil || strings.Contains(err.Error(), "has more than") {
				t.Errorf("error %.100v, want a fault of each document", err)
			}
		})
	}
}

func TestReadRefusesBombs(t *testing.T) {
	levels := "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := range 20 {
		levels += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 9), ","))
	}
	wide := "a: &a " + strings.Repeat("x", 1<<20) + "\nb:\n" + strings.Repeat("- *a\n", 900)
	many := strings.Repeat("---\na: &a "+strings.Repeat("x", 10_000)+"\nb:\n"+strings.Repeat("- *a\n", 900), 100)
	for name, input := range map[string]string{
		"aliases of aliases":               levels,
		"one long text many times":         wide,
		"many documents of medium size":    many,
		"an anchor that contains itself":   "a: &a [*a]",
		"a mapping that contains itself":   "a: &a {b: *a}",
		"brackets within brackets, deeply": strings.Repeat("[", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := read(t, accepting{}, input, "-")
			if err == nil || !strings.Contains(err.Error(), "is not YAML") {
				t.Errorf("error %v, want a refusal", err)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestReadFiles(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("b.yaml", declaration)
	write("a.json", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"json"}}`)
	write("c.yml", strings.Replace(pod, "name: bot,", "name: yml,", 1))
	write("notes.txt", "not: read")
	empty := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "aa", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	write("aa/deep/d.yaml", strings.Replace(pod, "name: bot,", "name: deep,", 1))

	t.Run("a folder with its subfolders, in the order of their paths", func(t *testing.T) {
		reader, err := manifest.NewReader(strings.NewReader(""), accepting{}, builtInKinds(t))
		if err != nil {
			t.Fatal(err)
		}
		input, err := reader.Read(t.Context(), []string{folder}, true)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"Pod default/json in a.json:1", "Pod shop/deep in d.yaml:1", "ChatbotDeployment shop/support in b.yaml:1", "Pod shop/yml in c.yml:1"}
		if diff := cmp.Diff(want, names(input)); diff != "" {
			t.Errorf("objects (-want +got):\n%s", diff)
		}
	})
	t.Run("a link to a folder", func(t *testing.T) {
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(folder, link); err != nil {
			t.Fatal(err)
		}
		if input, err := read(t, accepting{}, "", link); err != nil || len(input.Objects) != 3 {
			t.Errorf("%d objects, error %v", len(input.Objects), err)
		}
	})

	t.Run("a folder: its YAML and JSON files, sorted", func(t *testing.T) {
		input, err := read(t, accepting{}, "", folder)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"Pod default/json in a.json:1", "ChatbotDeployment shop/support in b.yaml:1", "Pod shop/yml in c.yml:1"}
		if diff := cmp.Diff(want, names(input)); diff != "" {
			t.Errorf("objects (-want +got):\n%s", diff)
		}
	})
	t.Run("a file and standard input, in their order", func(t *testing.T) {
		input, err := read(t, accepting{}, pod, "-", file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"Pod shop/bot in -:1", "ChatbotDeployment shop/support in b.yaml:1"}, names(input)); diff != "" {
			t.Errorf("objects (-want +got):\n%s", diff)
		}
	})
	t.Run("a file that is not there", func(t *testing.T) {
		_, err := read(t, accepting{}, "", filepath.Join(folder, "none.yaml"))
		if err == nil || !strings.Contains(err.Error(), "none.yaml: cannot be opened (no such file or directory)") {
			t.Errorf("error %v, want one that names the file", err)
		}
	})
	t.Run("a folder without files", func(t *testing.T) {
		_, err := read(t, accepting{}, "", empty)
		if err == nil || !strings.Contains(err.Error(), "no .yaml, .yml or .json file") {
			t.Errorf("error %v, want one that says what is missing", err)
		}
	})
}

func builtInKinds(t testing.TB) podtemplate.Table {
	t.Helper()
	kinds, err := podtemplate.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}
