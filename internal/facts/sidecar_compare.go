package facts

import (
	"encoding/json"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// CompareSidecar returns the fields in which the sidecar container at the JSON path field differs from the required one. It tolerates what
// other parts of a cluster change in every container, and on which the integrity of the sidecar does not rest: resources, the pull policy
// of the image, environment variables of known injectors, mounts that cover no file which the sidecar reads, and probes that go through
// the agent of Istio. Differences in environment variables have no values, which may be secrets.
func CompareSidecar(field string, found *corev1.Container, required corev1.Container) []Difference {
	if equal(found, &required) {
		return nil
	}
	actual := found.DeepCopy()
	actual.Resources, actual.ResizePolicy = required.Resources, required.ResizePolicy
	actual.ImagePullPolicy = required.ImagePullPolicy
	actual.VolumeMounts = slices.DeleteFunc(actual.VolumeMounts, func(mount corev1.VolumeMount) bool {
		return !slices.ContainsFunc(required.VolumeMounts, func(own corev1.VolumeMount) bool { return own.MountPath == mount.MountPath }) &&
			!coversFile(mount.MountPath)
	})
	actual.StartupProbe = restoreProbe(actual.StartupProbe, required.StartupProbe)
	actual.ReadinessProbe = restoreProbe(actual.ReadinessProbe, required.ReadinessProbe)
	actual.LivenessProbe = restoreProbe(actual.LivenessProbe, required.LivenessProbe)
	differences := compareVariables(field, actual.Env, required.Env)
	actual.Env = required.Env
	return appendDifferences(differences, field, toTree(actual), toTree(&required))
}

// compareVariables returns a Difference for each variable that is not as required, and for each added one that no known injector sets.
func compareVariables(field string, found, required []corev1.EnvVar) []Difference {
	const another, own = "another value", "the value of the sidecar"
	var differences []Difference
	for i := range found {
		variable := &found[i]
		name := field + ".env[" + variable.Name + "]"
		index := slices.IndexFunc(required, func(v corev1.EnvVar) bool { return v.Name == variable.Name })
		switch {
		case index < 0 && !isKnownVariable(variable.Name):
			differences = append(differences, Difference{Field: name, Found: another})
		case index >= 0 && !equal(variable, &required[index]):
			differences = append(differences, Difference{Field: name, Found: another, Required: own})
		}
	}
	for i := range required {
		if !slices.ContainsFunc(found, func(v corev1.EnvVar) bool { return v.Name == required[i].Name }) {
			differences = append(differences, Difference{Field: field + ".env[" + required[i].Name + "]", Required: own})
		}
	}
	return differences
}

// isKnownVariable reports whether a known injector adds the environment variable to every container of a pod. The sidecar reads none of
// them. Variables that the Go runtime reads, such as GODEBUG and SSL_CERT_FILE, are not among them.
func isKnownVariable(name string) bool {
	switch strings.ToUpper(name) {
	case "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY": // Proxies of an organization; injectors use both cases.
		return true
	}
	return slices.ContainsFunc([]string{
		"AWS_",        // IAM roles for service accounts, and EKS Pod Identity.
		"AZURE_",      // Microsoft Entra Workload ID.
		"CLOUDSDK_",   // Workload Identity Federation of Google Cloud.
		"DAPR_",       // Dapr.
		"DD_",         // Datadog.
		"GOOGLE_",     // Workload Identity Federation of Google Cloud.
		"KUBERNETES_", // Azure Kubernetes Service: the address of its API server.
		"OTEL_",       // OpenTelemetry operator.
	}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// coversFile reports whether a mount at the path covers a file or folder that the sidecar or the Go runtime reads: the program, the
// configuration, the serial of the last one, the certificate authorities and settings of DNS in /etc, what the kernel shows, and the empty volume in the place of the
// service-account token. The image has nothing else (Dockerfile).
func coversFile(mountPath string) bool {
	mounted := path.Join("/", mountPath)
	return slices.ContainsFunc([]string{
		contract.SidecarProgram, contract.SidecarStateFolder,
		"/etc", "/proc", "/sys", "/dev",
		"/var/run/secrets/kubernetes.io", "/run/secrets/kubernetes.io",
	}, func(own string) bool { return isInside(mounted, own) || isInside(own, mounted) })
}

// isInside reports whether a path is the folder or is below it. Both are absolute and clean, so only the root folder ends in a slash.
func isInside(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, strings.TrimSuffix(folder, "/")+"/")
}

// istioAgentPort is where the agent of Istio takes the probes that Istio's injector redirects (pilot/cmd/pilot-agent/status).
const istioAgentPort = 15020

// restoreProbe returns the required probe if found is this probe after Istio redirected it to its agent, which sends it on to the original
// address. Otherwise it returns found.
func restoreProbe(found, required *corev1.Probe) *corev1.Probe {
	if found == nil || required == nil || found.HTTPGet == nil {
		return found
	}
	get := found.HTTPGet
	if get.Port != intstr.FromInt32(istioAgentPort) || !strings.HasPrefix(get.Path, "/app-health/"+contract.Sidecar+"/") || get.Host != "" {
		return found
	}
	restored := found.DeepCopy()
	restored.HTTPGet = required.HTTPGet
	return restored
}

// toTree returns the object as JSON decodes into `any`. Kubernetes types always encode.
func toTree(object any) any {
	data, err := json.Marshal(object)
	if err != nil {
		return err.Error()
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return err.Error()
	}
	return tree
}

// appendDifferences appends the innermost fields in which two JSON values differ, sorted. It takes a list as one field.
func appendDifferences(differences []Difference, field string, found, required any) []Difference {
	foundObject, isObject := found.(map[string]any)
	requiredObject, isRequiredObject := required.(map[string]any)
	if !isObject || !isRequiredObject {
		if reflect.DeepEqual(found, required) {
			return differences
		}
		return append(differences, Difference{Field: field, Found: found, Required: required})
	}
	names := maps.Clone(foundObject)
	maps.Copy(names, requiredObject)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		differences = appendDifferences(differences, field+"."+name, foundObject[name], requiredObject[name])
	}
	return differences
}
