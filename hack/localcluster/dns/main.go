// Command dns is the cluster DNS of a local node: CoreDNS with nothing but the
// plugins that answer for Services and pods. It is a test fixture. It has a
// module of its own because CoreDNS needs newer versions of what the control
// plane is compiled with, and the control plane keeps those of its release.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	// A plugin registers itself; each is one directive of the Corefile.
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
)

func main() {
	// The order of the directives is the order in which a query passes them.
	dnsserver.Directives = []string{"bind", "errors", "cache", "kubernetes"}
	coremain.Run()
}
