package manifest

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
)

// Beside is what the input has beside the pods of a namespace and what affects them.
type Beside struct {
	// ConfigMaps has the data of the ConfigMaps, by name.
	ConfigMaps map[string]map[string]string
	// Defaults are the requests and limits that containers get where they state none, from LimitRanges.
	Defaults corev1.ResourceRequirements
}

// CollectBeside returns what affects the pods of each namespace of the objects.
func CollectBeside(objects []Object) map[string]Beside {
	byNamespace := map[string]Beside{}
	for _, o := range objects {
		if o.ConfigMap == nil && o.LimitRange == nil {
			continue
		}
		beside, isKnown := byNamespace[o.Namespace]
		if !isKnown {
			beside = Beside{
				ConfigMaps: map[string]map[string]string{},
				Defaults:   corev1.ResourceRequirements{Requests: corev1.ResourceList{}, Limits: corev1.ResourceList{}},
			}
			byNamespace[o.Namespace] = beside
		}
		if o.ConfigMap != nil {
			beside.ConfigMaps[o.Name] = o.ConfigMap.Data
			continue
		}
		for _, item := range o.LimitRange.Spec.Limits {
			if item.Type == corev1.LimitTypeContainer {
				maps.Copy(beside.Defaults.Requests, item.DefaultRequest)
				maps.Copy(beside.Defaults.Limits, item.Default)
			}
		}
	}
	return byNamespace
}

// SetDefaults returns the pod as the API server would change it by the LimitRanges: its containers get the requests and limits that they do
// not state. It does not change the pod that it gets.
func (b Beside) SetDefaults(pod *corev1.Pod) *corev1.Pod {
	if len(b.Defaults.Requests)+len(b.Defaults.Limits) == 0 {
		return pod
	}
	pod = pod.DeepCopy()
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			resources := &list[i].Resources
			// A limit that the container states is also its default request.
			resources.Requests = fill(resources.Requests, resources.Limits, b.Defaults.Requests)
			resources.Limits = fill(resources.Limits, b.Defaults.Limits)
		}
	}
	return pod
}

// fill returns the resources with those of the defaults that they lack; of several, the first one that has the resource counts.
func fill(stated corev1.ResourceList, defaults ...corev1.ResourceList) corev1.ResourceList {
	filled := maps.Clone(stated)
	if filled == nil {
		filled = corev1.ResourceList{}
	}
	for _, list := range defaults {
		for name, quantity := range list {
			if _, isStated := filled[name]; !isStated {
				filled[name] = quantity
			}
		}
	}
	return filled
}
