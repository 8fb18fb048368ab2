package assess

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/product"
)

// includes reports whether the user says that a workload is a chatbot.
func (o Options) includes(workload manifest.Object) bool {
	return slices.ContainsFunc(o.Included, func(name string) bool { return isNamed(workload, name) })
}

// CheckIncluded returns an error if one of the names of Included is not that of a workload among the objects.
func (o Options) CheckIncluded(objects []manifest.Object) error {
	for _, name := range o.Included {
		if !slices.ContainsFunc(objects, func(object manifest.Object) bool { return isAssessed(object) && isNamed(object, name) }) {
			return fmt.Errorf("--include is %q: give the kind and the name of a workload of the input, such as deployment/bot", name)
		}
	}
	return nil
}

// isNamed reports whether a name such as `deployment/bot` is that of the workload.
func isNamed(workload manifest.Object, name string) bool {
	kind, rest, _ := strings.Cut(name, "/")
	return strings.EqualFold(kind, workload.Kind) && rest == workload.Name
}

// includedMatch is the match of a workload that is a chatbot because the user says so.
func includedMatch() product.Match {
	return product.Match{Role: product.RoleChatbot, Sure: product.SureRecalled, Sign: product.SureRecalled, Signs: []string{"--include"}}
}

// chooseContainer returns the container to which people talk in a workload that is not recognized: the first one with a port, or else the
// first; nil if there is none.
func chooseContainer(o manifest.Object) *corev1.Container {
	containers := o.Pod.Spec.Containers
	if i := slices.IndexFunc(containers, func(c corev1.Container) bool { return len(c.Ports) > 0 }); i >= 0 {
		return &containers[i]
	}
	if len(containers) > 0 {
		return &containers[0]
	}
	return nil
}
