package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/internal/podtemplate"
)

// Foreign is an object of a kind that is not judged, but from which pods come.
type Foreign struct {
	Object Object
	// Advice says why the object is not judged, and what to do. It continues a sentence that begins with the object.
	Advice string
}

// maxTemplateDepth bounds how deep containers are looked for in an object. In a Deployment they are 4 keys below it.
const maxTemplateDepth = 8

// adviseForeign returns what to say of an object without a pod template that is read; "" if no pods come from it. isKnown is true if kind is
// that of the object, and not empty.
func adviseForeign(u *unstructured.Unstructured, kind podtemplate.Kind, isKnown bool) string {
	if kind.Cannot != "" {
		return "is not judged, and cannot be governed, because " + kind.Cannot
	}
	switch u.GroupVersionKind().Group {
	case "kubevirt.io":
		if strings.HasPrefix(u.GetKind(), "VirtualMachine") {
			return "is not judged, because no sidecar can run before what is in a virtual machine: if it is a chatbot, run it in a pod"
		}
	case "argoproj.io":
		if isKnown {
			return "is not judged, because it has no pod template: judge the workload to which it refers"
		}
	}
	if operator := map[string]string{"serving.kserve.io": "KServe", "kubeai.org": "KubeAI"}[u.GroupVersionKind().Group]; operator != "" {
		return "is not judged, because " + operator + " makes its pods: if only chatbots call it, name its host as a processor in their " +
			"declarations; if people chat with it, run the model server as a Deployment with a Service"
	}
	if path := findContainers(u.Object, "", maxTemplateDepth); path != "" {
		return fmt.Sprintf("is not judged, because an operator makes pods of it (%s): run `kubectl chaperone assess --namespace` where they run; "+
			"admission judges each of them", path)
	}
	return ""
}

// findContainers returns the path of the first list of containers with images below a value; "" if there is none.
func findContainers(value any, path string, depth int) string {
	if depth == 0 {
		return ""
	}
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			below := strings.TrimPrefix(path+"."+key, ".")
			if key == "containers" && hasImage(value[key]) {
				return below
			}
			if found := findContainers(value[key], below, depth-1); found != "" {
				return found
			}
		}
	case []any:
		for i, item := range value {
			if found := findContainers(item, fmt.Sprintf("%s[%d]", path, i), depth-1); found != "" {
				return found
			}
		}
	}
	return ""
}

// hasImage reports whether a value is a list of which an item has an image.
func hasImage(value any) bool {
	list, _ := value.([]any)
	return slices.ContainsFunc(list, func(item any) bool {
		container, _ := item.(map[string]any)
		_, isText := container["image"].(string)
		return isText
	})
}

// addForeign adds an object of a kind that is not decoded: as a workload for each of its pod templates, or else to the objects that are not
// judged.
func (r *Reader) addForeign(input *Input, object Object, u *unstructured.Unstructured) []error {
	kind, isKnown := r.kinds.Find(u.GroupVersionKind().GroupKind())
	if isKnown && kind.Cannot == "" {
		workloads, err := object.splitTemplates(kind, u)
		if err != nil {
			return []error{&Problem{Origin: object.Origin, Object: object.String(), Message: fmt.Sprintf("spec cannot be read (%v): correct it", err)}}
		}
		var problems []error
		for _, workload := range workloads {
			problems = append(problems, input.addChecked(workload)...)
		}
		if len(workloads) > 0 {
			return problems
		}
	}
	if advice := adviseForeign(u, kind, isKnown); advice != "" && !object.IsOwned {
		input.Foreign = append(input.Foreign, Foreign{object, advice})
		return nil
	}
	input.Skipped[object.Kind]++
	return nil
}

// addChecked adds an object, or returns a problem for each of its labels and ports that no cluster takes.
func (i *Input) addChecked(object Object) []error {
	var problems []error
	for _, fault := range findCoreFaults(object) {
		problems = append(problems, &Problem{Origin: object.Origin, Object: object.String(), Message: fault.Error() + ": correct it"})
	}
	if len(problems) == 0 {
		i.Objects = append(i.Objects, object)
	}
	return problems
}

// splitTemplates returns the object once for each of its pod templates; none if it has none, as a Rollout that refers to a Deployment.
func (o Object) splitTemplates(kind podtemplate.Kind, u *unstructured.Unstructured) ([]Object, error) {
	data, err := json.Marshal(u.Object)
	if err != nil {
		return nil, err
	}
	found, err := kind.FindTemplates(data)
	if err != nil {
		return nil, err
	}
	workload := &metav1.ObjectMeta{Name: o.Name, Namespace: o.Namespace}
	var objects []Object
	for _, t := range found {
		var podTemplate corev1.PodTemplateSpec
		if err := json.Unmarshal(t.Content, &podTemplate); err != nil {
			return nil, err
		}
		split := o
		split.Pod, split.IsForeign, split.TemplatePath = template{workload: workload, podTemplate: &podTemplate}.newPod(), true, t.Path
		split.PodSelector = readSelector(u)
		objects = append(objects, split)
	}
	return objects, nil
}

// readSelector returns the selector of the pods; nil if the object has none that can be read.
func readSelector(u *unstructured.Unstructured) *metav1.LabelSelector {
	content, has, err := unstructured.NestedMap(u.Object, "spec", "selector")
	if err != nil || !has {
		return nil
	}
	// A DeploymentConfig selects by labels only.
	if labels, isFlat, _ := unstructured.NestedStringMap(u.Object, "spec", "selector"); isFlat {
		return &metav1.LabelSelector{MatchLabels: labels}
	}
	selector := &metav1.LabelSelector{}
	if runtime.DefaultUnstructuredConverter.FromUnstructured(content, selector) != nil {
		return nil
	}
	return selector
}
