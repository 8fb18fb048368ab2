package manifest

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// findCoreFaults returns the errors with which the API server would refuse the labels and ports of a Pod, a workload, a Service or a
// NetworkPolicy. Decisions rest on labels and ports: for a value that no cluster takes, a decision would say nothing. The API server checks
// much more.
func findCoreFaults(o Object) field.ErrorList {
	if o.Service != nil {
		return findServiceFaults(o.Service)
	}
	if o.NetworkPolicy != nil {
		return findNetworkPolicyFaults(o.NetworkPolicy)
	}
	if o.Pod == nil {
		return nil
	}
	at := field.NewPath(cmp.Or(o.TemplatePath, "metadata"))
	if o.TemplatePath != "" {
		at = at.Child("metadata")
	}
	faults := metav1validation.ValidateLabels(o.Pod.Labels, at.Child("labels"))
	spec := field.NewPath("spec")
	if o.TemplatePath != "" {
		spec = field.NewPath(o.TemplatePath, "spec")
	}
	faults = append(faults, findPortFaults(o.Pod.Spec.InitContainers, spec.Child("initContainers"))...)
	return append(faults, findPortFaults(o.Pod.Spec.Containers, spec.Child("containers"))...)
}

// findServiceFaults returns the errors of the labels, the selector and the ports of a Service.
func findServiceFaults(s *corev1.Service) field.ErrorList {
	spec := field.NewPath("spec")
	faults := metav1validation.ValidateLabels(s.Labels, field.NewPath("metadata", "labels"))
	faults = append(faults, metav1validation.ValidateLabels(s.Spec.Selector, spec.Child("selector"))...)
	for i, port := range s.Spec.Ports {
		at := spec.Child("ports").Index(i)
		faults = append(faults, findNumberFaults(port.Port, at.Child("port"))...)
		switch target := port.TargetPort; {
		case target.Type == intstr.String && target.StrVal != "":
			faults = append(faults, findNameFaults(target.StrVal, at.Child("targetPort"))...)
		case target.Type == intstr.Int && target.IntVal != 0:
			faults = append(faults, findNumberFaults(target.IntVal, at.Child("targetPort"))...)
		}
	}
	return faults
}

// findNetworkPolicyFaults returns the errors of the selector of the pods and of the ports that a NetworkPolicy opens.
func findNetworkPolicyFaults(p *networkingv1.NetworkPolicy) field.ErrorList {
	spec := field.NewPath("spec")
	faults := metav1validation.ValidateLabelSelector(&p.Spec.PodSelector, metav1validation.LabelSelectorValidationOptions{}, spec.Child("podSelector"))
	for i, rule := range p.Spec.Ingress {
		for j, port := range rule.Ports {
			at := spec.Child("ingress").Index(i).Child("ports").Index(j)
			switch {
			case port.Port == nil:
			case port.Port.Type == intstr.String:
				faults = append(faults, findNameFaults(port.Port.StrVal, at.Child("port"))...)
			default:
				faults = append(faults, findNumberFaults(port.Port.IntVal, at.Child("port"))...)
			}
			if port.EndPort != nil && (port.Port == nil || *port.EndPort < port.Port.IntVal) {
				faults = append(faults, field.Invalid(at.Child("endPort"), *port.EndPort, "must not be less than port"))
			}
		}
	}
	return faults
}

// findPortFaults returns the errors of the names and numbers of the containers' ports.
func findPortFaults(containers []corev1.Container, at *field.Path) field.ErrorList {
	var faults field.ErrorList
	for i := range containers {
		for j, port := range containers[i].Ports {
			portAt := at.Index(i).Child("ports").Index(j)
			if port.Name != "" {
				faults = append(faults, findNameFaults(port.Name, portAt.Child("name"))...)
			}
			faults = append(faults, findNumberFaults(port.ContainerPort, portAt.Child("containerPort"))...)
		}
	}
	return faults
}

// findNameFaults returns the errors of the name of a port. A number in quotes is a name without a letter.
func findNameFaults(name string, at *field.Path) field.ErrorList {
	return toInvalid(at, name, validation.IsValidPortName(name))
}

func findNumberFaults(number int32, at *field.Path) field.ErrorList {
	return toInvalid(at, number, validation.IsValidPortNum(int(number)))
}

func toInvalid(at *field.Path, value any, messages []string) field.ErrorList {
	var faults field.ErrorList
	for _, message := range messages {
		faults = append(faults, field.Invalid(at, value, message))
	}
	return faults
}
