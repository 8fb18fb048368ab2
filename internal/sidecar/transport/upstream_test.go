package transport

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestNoProxyOfTheEnvironment holds what admission relies on when it lets injectors set HTTP_PROXY in the sidecar
// (docs/adr/0025-the-sidecar-and-other-injectors.md).
func TestNoProxyOfTheEnvironment(t *testing.T) {
	if New(sidecarconfig.Limits{}, nil).Proxy != nil {
		t.Error("the transport asks for a proxy")
	}
}
