package facts

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// addUnread adds the sources of variables that nobody reads, if no container states the URL of a model and the sidecar carries calls to one. The
// facts must already have the model URLs.
func (f *Workload) addUnread(in WorkloadInput) {
	if len(f.ModelURLs) > 0 || !declaresModel(in) {
		return
	}
	for i := range in.Pod.Spec.Containers {
		for j, from := range in.Pod.Spec.Containers[i].EnvFrom {
			place := NamedField{Field: fmt.Sprintf("spec.containers[%d].envFrom[%d]", i, j)}
			switch {
			case from.SecretRef != nil:
				place.Name = "Secret " + from.SecretRef.Name
			case from.ConfigMapRef != nil && in.ConfigMaps[from.ConfigMapRef.Name] == nil:
				place.Name = "ConfigMap " + from.ConfigMapRef.Name
			default:
				continue
			}
			f.UnreadVariables = append(f.UnreadVariables, place)
		}
	}
}

// declaresModel reports whether the declaration names a processor whose calls the sidecar carries.
func declaresModel(in WorkloadInput) bool {
	return in.Declaration != nil && slices.ContainsFunc(in.Declaration.Spec.Processors, func(p v1alpha1.Processor) bool {
		_, hasPaths := in.Sidecar.ModelPaths[p.Name]
		return hasPaths && p.Host != ""
	})
}

// addAddresses adds the fields of the pod that give another address to a processor that the app calls by HTTP, so that no certificate says who
// answers. The sidecar has the names of the pod. The facts must already have the model URLs.
func (f *Workload) addAddresses(in WorkloadInput) {
	for _, host := range f.listPlainHosts(in) {
		for i, alias := range in.Pod.Spec.HostAliases {
			if slices.ContainsFunc(alias.Hostnames, func(name string) bool { return strings.EqualFold(name, host) }) {
				f.Addresses = append(f.Addresses, NamedField{Field: fmt.Sprintf("spec.hostAliases[%d].hostnames", i), Name: host})
			}
		}
		if config := in.Pod.Spec.DNSConfig; config != nil && len(config.Nameservers) > 0 {
			f.Addresses = append(f.Addresses, NamedField{Field: "spec.dnsConfig.nameservers", Name: host})
		}
	}
}

// listPlainHosts returns the names of the hosts, without ports, of the processors that the app calls by HTTP through the sidecar, each once. A
// processor whose host is an address needs no name.
func (f *Workload) listPlainHosts(in WorkloadInput) []string {
	var hosts []string
	for i := range f.ModelURLs {
		p := findProcessor(in, f.ModelURLs[i].Value)
		if p == nil {
			continue
		}
		host, _, _ := strings.Cut(strings.ToLower(p.Host), ":")
		_, err := netip.ParseAddr(host)
		if isName := err != nil; isName && isCalledPlainly(in, p, f.ModelURLs[i].Value) && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// isCalledPlainly reports whether the sidecar calls the processor by HTTP for this URL.
func isCalledPlainly(in WorkloadInput, p *v1alpha1.Processor, url string) bool {
	base := in.Sidecar.EgressURL + "/" + contract.EgressName(p.Name, p.Host, "http")
	rest, isPlain := strings.CutPrefix(url, base)
	return isPlain && (rest == "" || strings.ContainsAny(rest[:1], "/?#"))
}
