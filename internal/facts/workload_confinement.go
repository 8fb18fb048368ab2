package facts

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// networkAnnotations are the annotations by which Multus attaches a pod to networks besides that of the cluster, or instead of it.
var networkAnnotations = []string{"k8s.v1.cni.cncf.io/networks", "v1.multus-cni.io/default-network"}

// NetworkAnnotations returns the annotations that name networks of a pod besides that of the cluster.
func NetworkAnnotations() []string { return slices.Clone(networkAnnotations) }

// ListWaysOut returns the JSON paths of the settings of the pod that can lead around the sidecar or reach into it, as the rules about isolation and
// further networks name them. The rules decide which of them do. It is empty for most pods.
func (f *Workload) ListWaysOut() []string {
	var fields []string
	for field, isSet := range map[string]bool{
		"spec.hostNetwork": f.Pod.HostNetwork, "spec.hostPID": f.Pod.HostPID, "spec.hostIPC": f.Pod.HostIPC,
		"spec.shareProcessNamespace": f.Pod.ShareProcessNamespace,
	} {
		if isSet {
			fields = append(fields, field)
		}
	}
	for _, volume := range f.Pod.HostPaths {
		fields = append(fields, volume.Field+".path")
	}
	for _, port := range f.HostPorts {
		fields = append(fields, port.Field)
	}
	for _, added := range f.AddedCapabilities {
		fields = append(fields, added.Field)
	}
	for _, network := range f.Networks {
		fields = append(fields, network.Field)
	}
	for _, c := range f.Containers {
		if c.RunAsUser != nil && *c.RunAsUser == f.Sidecar.UserID {
			fields = append(fields, c.Field+".securityContext.runAsUser")
		}
	}
	fields = slices.Concat(fields, f.Privileged, f.HostProcess, f.UnmaskedProc)
	slices.Sort(fields)
	return slices.Compact(fields)
}

// addNetworks adds the networks that the annotations name.
func (f *Workload) addNetworks(annotations map[string]string) {
	for _, key := range networkAnnotations {
		for _, name := range listNetworks(annotations[key]) {
			f.Networks = append(f.Networks, NamedField{Field: fmt.Sprintf("metadata.annotations[%s]", key), Name: name})
		}
	}
}

// listNetworks returns the names of the networks in a value of Multus's annotation: a list of `[namespace/]name[@interface]`, separated by
// commas, or a JSON list of objects. JSON that cannot be read counts as one network, which has the value as its name.
func listNetworks(value string) []string {
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, "[") {
		return listNetworkObjects(value)
	}
	var names []string
	for element := range strings.SplitSeq(value, ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(element), "@")
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

func listNetworkObjects(value string) []string {
	var objects []struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	}
	if err := json.Unmarshal([]byte(value), &objects); err != nil {
		return []string{value}
	}
	var names []string
	for _, object := range objects {
		name := object.Name
		if object.Namespace != "" {
			name = object.Namespace + "/" + name
		}
		names = append(names, name)
	}
	return names
}

// addConfinement adds the fields that show a container all of /proc, or that switch seccomp off for it. As in Kubernetes, the seccomp
// profile of the container overrides that of the pod.
func (f *Workload) addConfinement(field string, pod *corev1.PodSecurityContext, container *corev1.SecurityContext) {
	if container != nil && container.ProcMount != nil && *container.ProcMount == corev1.UnmaskedProcMount {
		f.UnmaskedProc = append(f.UnmaskedProc, field+".procMount")
	}
	var profile *corev1.SeccompProfile
	if pod != nil {
		profile = pod.SeccompProfile
	}
	if container != nil && container.SeccompProfile != nil {
		profile = container.SeccompProfile
	}
	if profile != nil && profile.Type == corev1.SeccompProfileTypeUnconfined {
		f.UnconfinedSeccomp = append(f.UnconfinedSeccomp, field+".seccompProfile.type")
	}
}

// addProbeHosts adds the addresses that the probes and hooks of a container name.
func (f *Workload) addProbeHosts(field string, c *corev1.Container) {
	for _, probe := range []struct {
		name  string
		probe *corev1.Probe
	}{{"livenessProbe", c.LivenessProbe}, {"readinessProbe", c.ReadinessProbe}, {"startupProbe", c.StartupProbe}} {
		if probe.probe != nil {
			f.addProbeHost(field+"."+probe.name, probe.probe.HTTPGet, probe.probe.TCPSocket)
		}
	}
	if c.Lifecycle == nil {
		return
	}
	for _, hook := range []struct {
		name    string
		handler *corev1.LifecycleHandler
	}{{"postStart", c.Lifecycle.PostStart}, {"preStop", c.Lifecycle.PreStop}} {
		if hook.handler != nil {
			f.addProbeHost(field+".lifecycle."+hook.name, hook.handler.HTTPGet, hook.handler.TCPSocket)
		}
	}
}

func (f *Workload) addProbeHost(field string, get *corev1.HTTPGetAction, socket *corev1.TCPSocketAction) {
	if get != nil && isForeignHost(get.Host) {
		f.ProbeHosts = append(f.ProbeHosts, NamedField{Field: field + ".httpGet.host", Name: get.Host})
	}
	if socket != nil && isForeignHost(socket.Host) {
		f.ProbeHosts = append(f.ProbeHosts, NamedField{Field: field + ".tcpSocket.host", Name: socket.Host})
	}
}

// isForeignHost reports whether the host of a probe is set, and is not the loopback of the node, on which no pod listens.
func isForeignHost(host string) bool {
	address, err := netip.ParseAddr(host)
	return host != "" && host != "localhost" && (err != nil || !address.IsLoopback())
}
