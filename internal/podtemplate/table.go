// Package podtemplate finds the pod templates in workloads of any kind. A table says which kinds there are, and where their templates
// are. An installation can add kinds to it.
package podtemplate

import (
	_ "embed" // For the table.
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"
)

//go:embed kinds.yaml
var builtIn []byte

// Kind is a kind of workload.
type Kind struct {
	// Group, Kind and Resource are its API group, its kind, and the plural by which URLs and webhooks name it.
	Group    string `json:"group"`
	Kind     string `json:"kind"`
	Resource string `json:"resource"`
	// Templates are the paths of pod templates. `*` stands for every entry of a map, and `[*]` for every item of a list.
	Templates []string `json:"templates,omitempty"`
	// PodSpecs are the paths of specs of pods that have the labels of the object, and those in the field labels beside the containers.
	PodSpecs []string `json:"podSpecs,omitempty"`
	// Labels are labels that the controller of the kind adds to the pods. `$(name)` in a value is the name of the object.
	Labels map[string]string `json:"labels,omitempty"`
	// Cannot says why pods of the kind cannot be governed, and what to do; empty if they can. It continues a sentence that ends with
	// `because`. The templates are then not judged.
	Cannot string `json:"cannot,omitempty"`
}

// GroupKind returns the group and the kind.
func (k Kind) GroupKind() schema.GroupKind { return schema.GroupKind{Group: k.Group, Kind: k.Kind} }

// IsOfKubernetes reports whether the kind is one of Kubernetes itself.
func (k Kind) IsOfKubernetes() bool { return slices.Contains([]string{"", "apps", "batch"}, k.Group) }

// Table has the kinds of workloads. The zero value has none.
type Table struct{ kinds map[schema.GroupKind]Kind }

// BuiltIn returns the table that is part of the program.
func BuiltIn() (Table, error) {
	kinds, err := read(builtIn)
	if err != nil {
		return Table{}, fmt.Errorf("read built-in kinds of workloads: %w", err)
	}
	return Table{kinds: kinds}, nil
}

// Extend returns the table with the kinds of a file, which replace kinds of the same group and name. The kinds of Kubernetes cannot be
// replaced. The table itself stays as it is.
func (t Table) Extend(file []byte) (Table, error) {
	more, err := read(file)
	if err != nil {
		return t, fmt.Errorf("read kinds of workloads: %w", err)
	}
	for _, kind := range more {
		if kind.IsOfKubernetes() {
			return t, fmt.Errorf("read kinds of workloads: %s is a kind of Kubernetes itself, which cannot be replaced: remove it", kind.GroupKind())
		}
	}
	kinds := maps.Clone(t.kinds)
	maps.Copy(kinds, more)
	return Table{kinds: kinds}, nil
}

// List returns the kinds, sorted by group and name.
func (t Table) List() []Kind {
	return slices.SortedFunc(maps.Values(t.kinds), func(a, b Kind) int {
		if a.Group != b.Group {
			return strings.Compare(a.Group, b.Group)
		}
		return strings.Compare(a.Kind, b.Kind)
	})
}

// Find returns the kind of this group and name; false if the table does not have it.
func (t Table) Find(kind schema.GroupKind) (Kind, bool) {
	found, ok := t.kinds[kind]
	return found, ok
}

// read returns the kinds of a file.
func read(file []byte) (map[schema.GroupKind]Kind, error) {
	var content struct {
		Kinds []Kind `json:"kinds"`
	}
	if err := yaml.UnmarshalStrict(file, &content); err != nil {
		return nil, err
	}
	kinds := map[schema.GroupKind]Kind{}
	for i, kind := range content.Kinds {
		if err := kind.validate(); err != nil {
			return nil, fmt.Errorf("kinds[%d]: %w", i, err)
		}
		if _, isRepeated := kinds[kind.GroupKind()]; isRepeated {
			return nil, fmt.Errorf("kinds[%d]: %s is there twice: state each kind once", i, kind.GroupKind())
		}
		kinds[kind.GroupKind()] = kind
	}
	return kinds, nil
}

var (
	kindName = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,62}$`)
	// fieldPath matches a path: names with dots between them, of which one may be `*`, and after which there may be `[*]`.
	fieldPath = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(\[\*\])?(\.([A-Za-z][A-Za-z0-9]*(\[\*\])?|\*))*$`)
)

// maxPaths bounds the paths of a kind.
const maxPaths = 16

// validate returns what is wrong with a kind. What it accepts, API servers accept in the registration of a webhook.
func (k Kind) validate() error {
	var problems []error
	if k.Group != "" && len(validation.IsDNS1123Subdomain(k.Group)) > 0 {
		problems = append(problems, fmt.Errorf("group is %q: name an API group, such as apps.kruise.io", k.Group))
	}
	if !kindName.MatchString(k.Kind) {
		problems = append(problems, fmt.Errorf("kind is %q: name a kind, such as CloneSet", k.Kind))
	}
	if len(validation.IsDNS1123Label(k.Resource)) > 0 {
		problems = append(problems, fmt.Errorf("resource is %q: name the plural in lower case, such as clonesets", k.Resource))
	}
	paths := slices.Concat(k.Templates, k.PodSpecs)
	if len(paths) == 0 || len(paths) > maxPaths {
		problems = append(problems, fmt.Errorf("templates and podSpecs have %d paths: state 1 to %d", len(paths), maxPaths))
	}
	for _, path := range paths {
		if !fieldPath.MatchString(path) {
			problems = append(problems, fmt.Errorf("%q is not a path: write for example spec.template or spec.groups[*].template", path))
		}
	}
	return errors.Join(problems...)
}
