package render

import (
	"fmt"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

// ListUnread describes what the ports and the processors of a declaration pass on unread because a shape of the team or of the organisation
// says so; own are the ChatShapes. What a preset passes on is on the page of the preset. A port whose shape cannot be used has nothing: it
// passes nothing on.
func ListUnread(spec *v1alpha1.ChatbotDeploymentSpec, own shape.Documents) (unread []string) {
	for _, port := range spec.Ports {
		name := contract.PortName(port.Name, port.Port)
		for _, what := range listUnreadOf(use{name, port.Shape, port.Inline, port.Parameters}, own, shape.SidePorts) {
			unread = append(unread, fmt.Sprintf("port %s: %s", name, what))
		}
	}
	for _, p := range spec.Processors {
		if p.Host == "" || p.Shape == "" { // It is not called through the sidecar, or with a preset.
			continue
		}
		for _, what := range listUnreadOf(use{name: p.Shape, parameters: p.Parameters}, own, shape.SideProcessors) {
			unread = append(unread, fmt.Sprintf("processor %s: %s", p.Name, what))
		}
	}
	return unread
}

// listUnreadOf describes what a port or a processor, as side says, passes on unread.
func listUnreadOf(u use, own shape.Documents, side string) []string {
	found, document, err := loadShape(u, own)
	if err != nil || document == nil {
		return nil
	}
	usual, err := found.With(renderParameters(u.parameters))
	if err != nil {
		return nil
	}
	return usual.At(side).ListUnread()
}
