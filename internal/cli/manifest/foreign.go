package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Foreign is an object of a kind that is not judged, but from which pods come.
type Foreign struct {
	Object Object
	// Advice says why the object is not judged, and what to do. It continues a sentence that begins with the object.
	Advice string
}

// rolloutKind and deploymentConfigKind are kinds of other projects with a pod template at spec.template, as in a Deployment.
var (
	rolloutKind          = schema.GroupKind{Group: "argoproj.io", Kind: "Rollout"}
	deploymentConfigKind = schema.GroupKind{Group: "apps.openshift.io", Kind: "DeploymentConfig"}
)

// maxTemplateDepth bounds how deep containers are looked for in an object. In a Deployment they are 4 keys below it.
const maxTemplateDepth = 8

// adviseForeign returns what to say of an object of a kind that is not read; "" if no pods come from it.
func adviseForeign(u *unstructured.Unstructured) string {
	switch kind := u.GroupVersionKind().GroupKind(); kind {
	case rolloutKind, deploymentConfigKind:
		return "is not judged, because it has no pod template: judge the workload to which it refers"
	case schema.GroupKind{Group: "serving.knative.dev", Kind: "Service"}:
		return "is not judged, and cannot be governed, because the queue proxy of Knative calls the app by its number, past the sidecar: " +
			"run the chatbot as a Deployment with a Service"
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

// addForeign adds an object of a kind that is not decoded: as a workload, if it has a pod template as a Deployment has, or else to the objects
// that are not judged.
func (r *Reader) addForeign(input *Input, object Object, u *unstructured.Unstructured) []error {
	if kind := u.GroupVersionKind().GroupKind(); kind == rolloutKind || kind == deploymentConfigKind {
		hasTemplate, err := object.setTemplate(u)
		if err != nil {
			return []error{&Problem{Origin: object.Origin, Object: object.String(), Message: fmt.Sprintf("spec cannot be read (%v): correct it", err)}}
		}
		if hasTemplate {
			return input.addChecked(object)
		}
	}
	if advice := adviseForeign(u); advice != "" && !object.IsOwned {
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

// setTemplate sets the pod of a Rollout or a DeploymentConfig. It returns false if the object has no pod template: a Rollout may refer to a
// Deployment instead.
func (o *Object) setTemplate(u *unstructured.Unstructured) (bool, error) {
	content, has, err := unstructured.NestedMap(u.Object, "spec", "template")
	if err != nil || !has {
		return false, err
	}
	var podTemplate corev1.PodTemplateSpec
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &podTemplate); err != nil {
		return false, err
	}
	workload := &metav1.ObjectMeta{Name: o.Name, Namespace: o.Namespace}
	o.Pod, o.IsForeign, o.TemplatePath = template{workload: workload, podTemplate: &podTemplate}.newPod(), true, "spec.template"
	o.PodSelector = &metav1.LabelSelector{}
	if labels, isFlat, _ := unstructured.NestedStringMap(u.Object, "spec", "selector"); isFlat { // A DeploymentConfig selects by labels only.
		o.PodSelector.MatchLabels = labels
		return true, nil
	}
	selector, _, err := unstructured.NestedMap(u.Object, "spec", "selector")
	if err != nil {
		return false, err
	}
	return true, runtime.DefaultUnstructuredConverter.FromUnstructured(selector, o.PodSelector)
}
