package chatbot

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// addFacts sets ungovernedPorts, otherNames, closedPorts and open. They do not depend on the verdict, so an empty one is enough. pod may be nil.
func (s *selectedPod) addFacts(pod *corev1.Pod, d *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) {
	if pod == nil {
		return
	}
	workload := facts.NewWorkload(inject.NewWorkloadInput(pod, d, policy.Verdict{}, template))
	if fields := workload.ListWaysOut(); len(fields) > 0 {
		s.open = &openPod{name: s.name, pod: pod, fields: fields}
	}
	declaration := workload.Declaration
	for _, p := range declaration.Ports {
		if !p.SidecarTookOver || !p.AppExposes {
			s.ungovernedPorts = append(s.ungovernedPorts, p.Name)
		}
		for _, other := range p.OtherNames {
			s.otherNames = append(s.otherNames, other.Name)
		}
	}
	for _, p := range declaration.OtherPorts {
		s.closedPorts = append(s.closedPorts, p.String())
	}
}

// findFormerPorts returns the ports of the pod's sidecar that sidecars no longer use. pod may be nil.
func findFormerPorts(pod *corev1.Pod) []int32 {
	if pod == nil {
		return nil
	}
	var ports []int32
	for i := range pod.Spec.InitContainers {
		if pod.Spec.InitContainers[i].Name != contract.Sidecar {
			continue
		}
		for _, port := range pod.Spec.InitContainers[i].Ports {
			if contract.IsFormerSidecarPort(port.ContainerPort) {
				ports = append(ports, port.ContainerPort)
			}
		}
	}
	return ports
}

// listPortNames returns selectedPod.portNames. pod may be nil.
func listPortNames(pod *corev1.Pod) []string {
	if pod == nil {
		return nil
	}
	return facts.ListPortNames(&pod.Spec)
}

// listOpenFormerPorts returns the ports of earlier sidecars that the existing NetworkPolicy opens.
func (o objects) listOpenFormerPorts() []int32 {
	if o.networkPolicy == nil {
		return nil
	}
	return slices.DeleteFunc(listPorts(o.networkPolicy), func(number int32) bool { return !contract.IsFormerSidecarPort(number) })
}

// listPorts returns the numbers that the NetworkPolicy opens.
func listPorts(policy *networkingv1.NetworkPolicy) []int32 {
	var numbers []int32
	for _, rule := range policy.Spec.Ingress {
		for _, port := range rule.Ports {
			if port.Port != nil {
				numbers = append(numbers, port.Port.IntVal)
			}
		}
	}
	return numbers
}

// listServed returns the names of the declared ports that the pod's sidecar serves, and whether the pod has a sidecar. pod may be nil.
func listServed(pod *corev1.Pod) (ports []string, isInjected bool) {
	if pod == nil {
		return nil, false
	}
	for i := range pod.Spec.InitContainers {
		if pod.Spec.InitContainers[i].Name != contract.Sidecar {
			continue
		}
		isInjected = true
		args := pod.Spec.InitContainers[i].Args
		for j := 1; j < len(args); j++ {
			if name, _, hasNumber := strings.Cut(args[j], "="); args[j-1] == "--upstream" && hasNumber {
				ports = append(ports, name)
			}
		}
	}
	return ports, isInjected
}
