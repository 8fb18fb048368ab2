package manifest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/blank"
	"github.com/chaperone-dev/chaperone/internal/podtemplate"
)

// Validator validates objects of Chaperone's kinds.
type Validator interface {
	// Knows reports whether a kind is one of Chaperone's, and whether its objects have a namespace.
	Knows(schema.GroupVersionKind) (known, namespaced bool)
	// Validate returns the errors with which the API server would refuse to create an object of a known kind; none if it would accept it.
	Validate(context.Context, *unstructured.Unstructured) field.ErrorList
	// Describe says what the field at a path of a known kind means, such as `spec.channels`, and which values it takes.
	Describe(kind schema.GroupVersionKind, path string) string
}

// Reader reads objects. It is not safe for concurrent use.
type Reader struct {
	stdin     io.Reader
	validator Validator
	decoder   runtime.Decoder
	// templates has, by kind of workload, a function that returns the pod template of a workload of that kind.
	templates map[schema.GroupVersionKind]func(runtime.Object) template
	// kinds are the kinds of workloads. Those of Kubernetes are decoded by templates.
	kinds podtemplate.Table
}

// Input is the result of reading files.
type Input struct {
	// Objects are those of the kinds that are read (Reader.reads), in the order of the input. Some are not judged, but affect how others
	// are.
	Objects []Object
	// Foreign are the objects that are not judged although pods come from them.
	Foreign []Foreign
	// Skipped has the number of objects of each other kind that is not read.
	Skipped map[string]int
	// LeftOut has a sentence for each reason to leave out files in which no objects are to create, such as patches. It names the files.
	LeftOut []string

	left leftOut
}

// NewReader returns a reader of workloads of the kinds, which reads stdin for the path "-".
func NewReader(stdin io.Reader, validator Validator, kinds podtemplate.Table) (*Reader, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, networkingv1.AddToScheme, v1alpha1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("build scheme: %w", err)
		}
	}
	return &Reader{
		stdin:     stdin,
		validator: validator,
		decoder:   serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer(),
		templates: newTemplates(),
		kinds:     kinds,
	}, nil
}

// Read returns the objects of files and folders, with recursive set also of their subfolders. The error joins a *Problem for each error
// of the input, and nothing else. With an error, Read still returns the objects that it could read.
func (r *Reader) Read(ctx context.Context, paths []string, recursive bool) (Input, error) {
	input := Input{Skipped: map[string]int{}, left: leftOut{}}
	files, problems := expand(paths, recursive, input.left)
	for _, path := range files {
		data, err := Load(path, r.stdin)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if isOwn(data) {
			input.left.add(isOwnPatch, path)
			continue
		}
		documents, splitProblems := split(path, data)
		problems = append(problems, splitProblems...)
		objectCount := 0 // The number of objects in the file, which MaxDocuments bounds.
		for _, d := range documents {
			added, documentProblems := r.add(ctx, &input, d)
			problems = append(problems, documentProblems...)
			if objectCount += added; objectCount > MaxDocuments {
				problems = append(problems, newTooManyError(path))
				break
			}
		}
	}
	problems = append(problems, findRepeated(input.Objects)...)
	input.LeftOut = input.left.notes()
	return input, errors.Join(problems...)
}

// add decodes a document into the input: as the items of a list if the document is a list, or else as one object. add returns the number
// of objects in the document, and a problem for each error.
func (r *Reader) add(ctx context.Context, input *Input, d document) (int, []error) {
	var content map[string]any
	repeatedFields, err := kjson.UnmarshalStrict(d.data, &content)
	isForeign := err != nil || !looksLikeObject(content)
	if isForeign && d.origin.File != "-" { // What is piped is meant to be objects only.
		input.left.add(isNoObject, d.origin.File)
		return 0, nil
	}
	if err != nil {
		return 0, []error{&Problem{Origin: d.origin, Message: "is not a Kubernetes object: it must be a map with apiVersion and kind"}}
	}
	if len(repeatedFields) > 0 {
		return 0, []error{&Problem{Origin: d.origin, Message: fmt.Sprintf("%v: state each field once", errors.Join(repeatedFields...))}}
	}
	elements, messages := r.flattenList(element{content: content}, 0)
	var problems []error
	for _, message := range messages {
		problems = append(problems, &Problem{Origin: d.origin, Message: message})
	}
	for _, e := range elements {
		problems = append(problems, r.addObject(ctx, input, d.origin, e)...)
	}
	return len(elements), problems
}

// addObject decodes an object into input.Objects. If its kind is not read, addForeign adds it, but an unknown kind in the API group of
// Chaperone is a problem.
func (r *Reader) addObject(ctx context.Context, input *Input, origin Origin, e element) []error {
	u := &unstructured.Unstructured{Object: e.content}
	if u.GetKind() == "" {
		// The path of a whole document is empty. TrimSpace then removes the space in front.
		message := strings.TrimSpace(e.path + " is not a Kubernetes object: it must be a map with apiVersion, kind and metadata")
		return []error{&Problem{Origin: origin, Message: message}}
	}
	object := r.newObject(origin, u)
	if object.APIVersion == "" {
		return []error{&Problem{Origin: origin, Object: object.String(), Message: "apiVersion is missing: add it"}}
	}
	if !r.reads(u.GroupVersionKind()) {
		if u.GroupVersionKind().Group == v1alpha1.GroupVersion.Group {
			message := fmt.Sprintf("kind %s of %s is unknown: correct it to ChatbotDeployment, ChatShape, PolicyException, GovernancePolicy or JurisdictionProfile of %s",
				u.GetKind(), u.GetAPIVersion(), v1alpha1.GroupVersion)
			return []error{&Problem{Origin: origin, Object: object.String(), Message: message}}
		}
		return r.addForeign(input, object, u)
	}
	problems := r.decode(ctx, &object, u)
	if len(problems) == 0 {
		input.Objects = append(input.Objects, object)
	}
	return problems
}

// newObject returns an object without the field for its kind, such as Service, which decode sets later. An object of a namespaced kind that
// states no namespace gets DefaultNamespace. An object without a name gets its generateName as the name.
func (r *Reader) newObject(origin Origin, u *unstructured.Unstructured) Object {
	o := Object{
		Origin: origin, APIVersion: u.GetAPIVersion(), Kind: u.GetKind(), Namespace: u.GetNamespace(), Name: u.GetName(), UID: u.GetUID(),
		IsOwned: metav1.GetControllerOfNoCopy(u) != nil, IsIdle: isIdle(u), StatesNamespace: u.GetNamespace() != "",
	}
	if o.Namespace == "" && !r.isClusterScoped(u) {
		o.Namespace = DefaultNamespace
	}
	if o.Name == "" {
		o.Name = u.GetGenerateName()
	}
	return o
}

// isIdle returns Object.IsIdle.
func isIdle(u *unstructured.Unstructured) bool {
	switch u.GetKind() {
	case "CronJob":
		isSuspended, _, _ := unstructured.NestedBool(u.Object, "spec", "suspend")
		return isSuspended
	case "Job":
		isSuspended, _, _ := unstructured.NestedBool(u.Object, "spec", "suspend")
		conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
		return isSuspended || slices.ContainsFunc(conditions, isEndOfJob)
	}
	replicas, isSet, _ := unstructured.NestedInt64(u.Object, "spec", "replicas")
	return isSet && replicas == 0
}

// isEndOfJob reports whether a condition of a Job says that it has finished.
func isEndOfJob(condition any) bool {
	c, _ := condition.(map[string]any)
	return (c["type"] == string(batchv1.JobComplete) || c["type"] == string(batchv1.JobFailed)) && c["status"] == string(corev1.ConditionTrue)
}

func namespaceKind() schema.GroupVersionKind { return corev1.SchemeGroupVersion.WithKind("Namespace") }

// isClusterScoped reports whether objects of the kind have no namespace. It knows only the kinds that are read.
func (r *Reader) isClusterScoped(u *unstructured.Unstructured) bool {
	known, namespaced := r.validator.Knows(u.GroupVersionKind())
	return known && !namespaced || u.GroupVersionKind() == namespaceKind()
}

// reads reports whether objects of the kind are read: those that are reviewed, and those that affect the review of others.
func (r *Reader) reads(kind schema.GroupVersionKind) bool {
	_, isWorkload := r.templates[kind]
	known, _ := r.validator.Knows(kind)
	isCore := kind.GroupVersion() == corev1.SchemeGroupVersion && slices.Contains([]string{"Pod", "Service", "ConfigMap", "LimitRange"}, kind.Kind)
	return isWorkload || known || kind == namespaceKind() || isCore || kind == networkingv1.SchemeGroupVersion.WithKind("NetworkPolicy")
}

// decode decodes u into the field of object for its kind, for example object.Service. The decoded value gets object.Namespace, because u
// may state no namespace. For a workload, decode sets object.Pod to a pod made from the pod template. It returns a problem for each reason
// to refuse u.
func (r *Reader) decode(ctx context.Context, object *Object, u *unstructured.Unstructured) []error {
	if known, _ := r.validator.Knows(u.GroupVersionKind()); known {
		if problems := r.findBlanks(object, u); len(problems) > 0 {
			return problems
		}
		if problems := r.validate(ctx, object, u); len(problems) > 0 {
			return problems
		}
	}
	data, err := json.Marshal(u.Object)
	if err != nil {
		return []error{&Problem{Origin: object.Origin, Object: object.String(), Message: fmt.Sprintf("cannot be encoded (%v): correct it", err)}}
	}
	typed, kind, err := r.decoder.Decode(data, nil, nil)
	if err != nil {
		return []error{&Problem{Origin: object.Origin, Object: object.String(), Message: fmt.Sprintf("%v: correct it", err)}}
	}
	// Decoding accepts an object without a name and keeps an empty namespace, so check the name and set the namespace here.
	accessor, err := meta.Accessor(typed)
	hasMetadata := err == nil
	if !hasMetadata || object.Name == "" {
		return []error{&Problem{Origin: object.Origin, Object: object.String(), Message: "metadata.name is missing: add it"}}
	}
	accessor.SetNamespace(object.Namespace)
	if template, isWorkload := r.templates[*kind]; isWorkload {
		t := template(typed)
		object.Pod, object.PodSelector, object.TemplatePath = t.newPod(), t.selector, t.path
	} else {
		object.set(typed)
	}
	var problems []error
	for _, fault := range findCoreFaults(*object) {
		problems = append(problems, &Problem{Origin: object.Origin, Object: object.String(), Message: fault.Error() + ": correct it"})
	}
	return problems
}

// findBlanks returns a problem for each field of a declaration that is left blank, as in a draft. Blanks come before the schema, which
// drops the null of an optional field, as the API server does, and says of any other only that the field is required.
func (r *Reader) findBlanks(object *Object, u *unstructured.Unstructured) []error {
	spec, isObject := u.Object["spec"].(map[string]any)
	if !isObject || u.GetKind() != "ChatbotDeployment" {
		return nil
	}
	describe := func(field string) string { return r.validator.Describe(u.GroupVersionKind(), "spec."+field) }
	var problems []error
	for _, b := range blank.Find(spec, describe) {
		problems = append(problems, &Problem{
			Origin: object.Origin, Object: object.String(), Message: fmt.Sprintf("spec.%s is blank: %s", b.Field, b.Question),
		})
	}
	return problems
}

// validate returns a problem for each error with which the API server would refuse to create an object of one of Chaperone's kinds.
func (r *Reader) validate(ctx context.Context, object *Object, u *unstructured.Unstructured) []error {
	var problems []error
	u = u.DeepCopy()
	if object.Namespace != "" { // u may state no namespace, and then object has the default one.
		u.SetNamespace(object.Namespace)
	}
	for _, e := range r.validator.Validate(ctx, u) {
		// A rule about the whole object has no path, which prints as <nil>.
		message := strings.TrimPrefix(e.Error(), "<nil>: ")
		problems = append(problems, &Problem{Origin: object.Origin, Object: object.String(), Message: message})
	}
	return problems
}

// findRepeated returns a problem for each object that has the kind, namespace and name of an earlier one.
func findRepeated(objects []Object) []error {
	var problems []error
	first := map[string]Origin{}
	for _, o := range objects {
		key := strings.Join([]string{o.APIVersion, o.Kind, o.Namespace, o.Name, o.TemplatePath}, "\x00")
		earlier, known := first[key]
		if !known {
			first[key] = o.Origin
			continue
		}
		problems = append(problems, &Problem{Origin: o.Origin, Object: o.String(), Message: fmt.Sprintf(
			"is in %s, document %d, too: give each object once", earlier.File, earlier.Document)})
	}
	return problems
}
