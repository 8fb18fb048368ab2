package manifest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Validator knows Chaperone's kinds, and says why the API server would refuse to create an object of one; an empty list: it
// would not.
type Validator interface {
	Knows(schema.GroupVersionKind) (known, namespaced bool)
	Validate(context.Context, *unstructured.Unstructured) field.ErrorList
}

// Reader reads objects. It is not safe for concurrent use.
type Reader struct {
	stdin     io.Reader
	validator Validator
	decoder   runtime.Decoder
	templates map[schema.GroupVersionKind]func(runtime.Object) template
}

// Input is what was read.
type Input struct {
	// Objects that can be judged, in the order of the input.
	Objects []Object
	// Skipped names the objects of kinds that are not judged, one line each, in the order of the input.
	Skipped []string
}

// NewReader returns a reader; "-" among the paths is stdin.
func NewReader(stdin io.Reader, validator Validator) (*Reader, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("build scheme: %w", err)
		}
	}
	return &Reader{
		stdin:     stdin,
		validator: validator,
		decoder:   serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer(),
		templates: newTemplates(),
	}, nil
}

// Read returns the objects of files and folders, with recursive set also of their subfolders. The error joins every *Problem of the input, and nothing else; what could be
// read is returned all the same.
func (r *Reader) Read(ctx context.Context, paths []string, recursive bool) (Input, error) {
	files, err := expand(paths, recursive)
	if err != nil {
		return Input{}, err
	}
	var input Input
	var problems []error
	for _, path := range files {
		data, err := load(path, r.stdin)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		documents, unread := split(path, data)
		problems = append(problems, unread...)
		found := 0
		for _, d := range documents {
			n, refused := r.add(ctx, &input, d)
			problems = append(problems, refused...)
			if found += n; found > MaxDocuments {
				problems = append(problems, newTooManyError(path))
				break
			}
		}
	}
	problems = append(problems, findRepeated(input.Objects)...)
	return input, errors.Join(problems...)
}

// add decodes a document into the input, every element when it is a list, and returns how many objects it held.
func (r *Reader) add(ctx context.Context, input *Input, d document) (int, []error) {
	var u unstructured.Unstructured
	repeated, err := kjson.UnmarshalStrict(d.data, &u.Object)
	if err != nil {
		return 0, []error{&Problem{Origin: d.origin, Message: "is not a Kubernetes object: it must be a map with apiVersion and kind"}}
	}
	if len(repeated) > 0 {
		return 0, []error{&Problem{Origin: d.origin, Message: fmt.Sprintf("%v: state each field once", errors.Join(repeated...))}}
	}
	items, isList := u.Object["items"].([]any)
	if !isList || !strings.HasSuffix(u.GetKind(), "List") {
		return 1, r.addObject(ctx, input, d)
	}
	var problems []error
	for i, item := range items {
		data, err := json.Marshal(item)
		if err != nil {
			return i, append(problems, &Problem{Origin: d.origin, Message: fmt.Sprintf("items[%d] cannot be read: %v", i, err)})
		}
		problems = append(problems, r.addObject(ctx, input, document{origin: d.origin, data: data})...)
	}
	return len(items), problems
}

func (r *Reader) addObject(ctx context.Context, input *Input, d document) []error {
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(d.data); err != nil {
		return []error{&Problem{Origin: d.origin, Message: "is not a Kubernetes object: it must be a map with apiVersion, kind and metadata"}}
	}
	object := r.newObject(d.origin, u)
	if object.APIVersion == "" {
		return []error{&Problem{Origin: d.origin, Object: object.String(), Message: "apiVersion is missing: add it"}}
	}
	if !r.reads(u) {
		if u.GroupVersionKind().Group == v1alpha1.GroupVersion.Group {
			message := fmt.Sprintf("kind %s of %s is unknown: correct it to ChatbotDeployment, PolicyException, GovernancePolicy or JurisdictionProfile of %s",
				u.GetKind(), u.GetAPIVersion(), v1alpha1.GroupVersion)
			return []error{&Problem{Origin: d.origin, Object: object.String(), Message: message}}
		}
		input.Skipped = append(input.Skipped, fmt.Sprintf("%s: document %d: %s is not judged: only ChatbotDeployments, pods, workloads and Services are",
			d.origin.File, d.origin.Document, object))
		return nil
	}
	problems := r.decode(ctx, &object, u, d)
	if len(problems) == 0 {
		input.Objects = append(input.Objects, object)
	}
	return problems
}

func (r *Reader) newObject(origin Origin, u *unstructured.Unstructured) Object {
	o := Object{Origin: origin, APIVersion: u.GetAPIVersion(), Kind: u.GetKind(), Namespace: u.GetNamespace(), Name: u.GetName(), UID: u.GetUID()}
	if o.Namespace == "" && !r.isClusterScoped(u) {
		o.Namespace = DefaultNamespace
	}
	if o.Name == "" {
		o.Name = u.GetGenerateName()
	}
	return o
}

func namespaceKind() schema.GroupVersionKind { return corev1.SchemeGroupVersion.WithKind("Namespace") }

// isClusterScoped reports whether objects of the kind have no namespace, as far as they are read.
func (r *Reader) isClusterScoped(u *unstructured.Unstructured) bool {
	known, namespaced := r.validator.Knows(u.GroupVersionKind())
	return known && !namespaced || u.GroupVersionKind() == namespaceKind()
}

func (r *Reader) reads(u *unstructured.Unstructured) bool {
	kind := u.GroupVersionKind()
	_, isWorkload := r.templates[kind]
	known, _ := r.validator.Knows(kind)
	return isWorkload || known || kind == namespaceKind() ||
		kind == corev1.SchemeGroupVersion.WithKind("Pod") || kind == corev1.SchemeGroupVersion.WithKind("Service")
}

// decode fills in the typed object, with its namespace set.
func (r *Reader) decode(ctx context.Context, object *Object, u *unstructured.Unstructured, d document) []error {
	if known, _ := r.validator.Knows(u.GroupVersionKind()); known {
		if problems := r.validate(ctx, object, u); len(problems) > 0 {
			return problems
		}
	}
	typed, kind, err := r.decoder.Decode(d.data, nil, nil)
	if err != nil {
		return []error{&Problem{Origin: d.origin, Object: object.String(), Message: fmt.Sprintf("%v: correct it", err)}}
	}
	accessor, err := meta.Accessor(typed)
	if err != nil || object.Name == "" {
		return []error{&Problem{Origin: d.origin, Object: object.String(), Message: "metadata.name is missing: add it"}}
	}
	accessor.SetNamespace(object.Namespace)
	if template, isWorkload := r.templates[*kind]; isWorkload {
		object.Pod, object.TemplatePath = template(typed).newPod(), policy.TemplatePath(kind.Kind)
		return nil
	}
	object.set(typed)
	return nil
}

// validate does what the API server does before it stores an object of a kind of Chaperone.
func (r *Reader) validate(ctx context.Context, object *Object, u *unstructured.Unstructured) []error {
	var problems []error
	u = u.DeepCopy()
	if object.Namespace != "" {
		u.SetNamespace(object.Namespace)
	}
	for _, e := range r.validator.Validate(ctx, u) {
		// A rule about the whole object has no path, which prints as <nil>.
		message := strings.TrimPrefix(e.Error(), "<nil>: ")
		problems = append(problems, &Problem{Origin: object.Origin, Object: object.String(), Message: message})
	}
	return problems
}

// findRepeated finds objects that stand in the input twice: which of them is meant cannot be told.
func findRepeated(objects []Object) []error {
	var problems []error
	first := map[string]Origin{}
	for _, o := range objects {
		key := strings.Join([]string{o.APIVersion, o.Kind, o.Namespace, o.Name}, "\x00")
		earlier, known := first[key]
		if !known {
			first[key] = o.Origin
			continue
		}
		problems = append(problems, &Problem{Origin: o.Origin, Object: o.String(), Message: fmt.Sprintf(
			"stands in %s, document %d, too: give each object once", earlier.File, earlier.Document)})
	}
	return problems
}
