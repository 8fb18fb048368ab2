package inject

import (
	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// NewChatbot returns what the rules about Services and connections read of a chatbot. It leaves out Chatbot.Terms, which come from the
// verdict about the declaration. Without a declaration (nil), only the admin port is known to lead to the sidecar.
func NewChatbot(name string, declaration *v1alpha1.ChatbotDeployment) facts.Chatbot {
	chatbot := facts.Chatbot{Name: name, Ports: map[string]int32{AdminPortName: contract.SidecarAdminPort}}
	if declaration == nil {
		return chatbot
	}
	for i, port := range declaration.Spec.Ports {
		chatbot.Ports[port.Name] = IngressPort(i)
	}
	return chatbot
}
