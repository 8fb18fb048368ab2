package inject

import (
	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// listAppNumbers returns the numbers of the app's declared ports, or nil if the declaration gives the name of one instead.
func listAppNumbers(declaration *v1alpha1.ChatbotDeployment) []int32 {
	var numbers []int32
	for _, port := range declaration.Spec.Ports {
		if port.Port == 0 {
			return nil
		}
		numbers = append(numbers, port.Port)
	}
	return numbers
}

// ListOpenPorts returns the names of spec.openPorts.
func ListOpenPorts(declaration *v1alpha1.ChatbotDeployment) []string {
	var names []string
	for _, name := range declaration.Spec.OpenPorts {
		names = append(names, string(name))
	}
	return names
}

// NewChatbot returns what the rules about Services and connections read of a chatbot. It leaves out Chatbot.Terms, which come from the
// verdict about the declaration. Without a declaration (nil), only the admin port is known to lead to the sidecar.
func NewChatbot(name string, declaration *v1alpha1.ChatbotDeployment) facts.Chatbot {
	chatbot := facts.Chatbot{Name: name, Ports: map[string]int32{AdminPortName: contract.SidecarAdminPort}}
	if declaration == nil {
		return chatbot
	}
	for i, port := range declaration.Spec.Ports {
		chatbot.Ports[contract.PortName(port.Name, port.Port)] = IngressPort(i)
	}
	chatbot.AppNumbers = listAppNumbers(declaration)
	chatbot.OpenPorts = ListOpenPorts(declaration)
	return chatbot
}
