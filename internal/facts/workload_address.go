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
// answers: the kubelet writes aliases and the own name of the pod into /etc/hosts, and names of few dots are looked up in the search domains of the pod
// first. The sidecar has the names of the pod. The facts must already have the model URLs.
func (f *Workload) addAddresses(in WorkloadInput) {
	for _, host := range f.listPlainHosts(in) {
		for i, alias := range in.Pod.Spec.HostAliases {
			if slices.ContainsFunc(alias.Hostnames, func(name string) bool { return strings.EqualFold(name, host) }) {
				f.Addresses = append(f.Addresses, NamedField{Field: fmt.Sprintf("spec.hostAliases[%d].hostnames", i), Name: host})
			}
		}
		if own := in.Pod.Spec.HostnameOverride; own != nil && strings.EqualFold(*own, host) {
			f.Addresses = append(f.Addresses, NamedField{Field: "spec.hostnameOverride", Name: host})
		}
		if strings.EqualFold(in.Pod.Spec.Hostname, host) {
			f.Addresses = append(f.Addresses, NamedField{Field: "spec.hostname", Name: host})
		}
		config := in.Pod.Spec.DNSConfig
		if config != nil && len(config.Nameservers) > 0 {
			f.Addresses = append(f.Addresses, NamedField{Field: "spec.dnsConfig.nameservers", Name: host})
		}
		if config != nil && len(config.Searches) > 0 {
			f.Addresses = append(f.Addresses, NamedField{Field: "spec.dnsConfig.searches", Name: host})
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
		if isName := host != "" && err != nil; isName && isCalledPlainly(in, p, f.ModelURLs[i].Value) && !slices.Contains(hosts, host) {
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
