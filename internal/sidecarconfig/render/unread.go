package render

import (
	"fmt"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

// ListUnread describes what the ports of a declaration pass on unread because a shape of the team or of the organisation says so; own are
// the ChatShapes. What a preset passes on is on the page of the preset. A port whose shape cannot be used has nothing: it passes nothing on.
func ListUnread(spec *v1alpha1.ChatbotDeploymentSpec, own shape.Documents) (unread []string) {
	for _, port := range spec.Ports {
		name := contract.PortName(port.Name, port.Port)
		found, document, err := loadShape(use{name, port.Shape, port.Inline, port.Parameters}, own)
		if err != nil || document == nil {
			continue
		}
		usual, err := found.With(renderParameters(port.Parameters))
		if err != nil {
			continue
		}
		for _, what := range usual.ListUnread() {
			unread = append(unread, fmt.Sprintf("port %s: %s", name, what))
		}
	}
	return unread
}
