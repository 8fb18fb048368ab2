package facts

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// addVolumes adds the hostPath volumes of the pod to Pod.HostPaths, those with the files of an image to ImageVolumes, and the names of all volumes
// except the sidecar's to NamesFromAuthor.
func (f *Workload) addVolumes(in WorkloadInput) {
	for i := range in.Pod.Spec.Volumes {
		volume := &in.Pod.Spec.Volumes[i]
		if volume.HostPath != nil {
			field := "spec.volumes[" + strconv.Itoa(i) + "].hostPath"
			hostPath := newHostPath(NamedField{Field: field, Name: volume.Name}, volume.HostPath)
			hostPath.ReadOnly = isReadOnly(&in.Pod.Spec, volume.Name)
			f.Pod.HostPaths = append(f.Pod.HostPaths, hostPath)
		}
		if volume.Image != nil {
			field := "spec.volumes[" + strconv.Itoa(i) + "].image.reference"
			f.ImageVolumes = append(f.ImageVolumes, NamedField{Field: field, Name: volume.Image.Reference})
		}
		if !slices.ContainsFunc(in.Sidecar.Volumes, func(v corev1.Volume) bool { return v.Name == volume.Name }) {
			f.NamesFromAuthor = append(f.NamesFromAuthor, NamedField{Field: "spec.volumes", Name: volume.Name})
		}
	}
}

// isReadOnly reports whether every mount of the volume is read-only.
func isReadOnly(spec *corev1.PodSpec, volume string) bool {
	canWrite := func(mounts []corev1.VolumeMount) bool {
		return slices.ContainsFunc(mounts, func(m corev1.VolumeMount) bool { return m.Name == volume && !m.ReadOnly })
	}
	isWriter := func(c corev1.Container) bool { return canWrite(c.VolumeMounts) }
	return !slices.ContainsFunc(spec.InitContainers, isWriter) && !slices.ContainsFunc(spec.Containers, isWriter) &&
		!slices.ContainsFunc(spec.EphemeralContainers, func(c corev1.EphemeralContainer) bool { return canWrite(c.VolumeMounts) })
}

// newHostPath returns what the rules read of a hostPath volume. Its path ends in a slash, so that rules can test whether it begins with
// that of a directory.
func newHostPath(volume NamedField, source *corev1.HostPathVolumeSource) HostPath {
	cleaned := path.Clean(source.Path)
	if cleaned != "/" {
		cleaned += "/"
	}
	kind := corev1.HostPathUnset
	if source.Type != nil {
		kind = *source.Type
	}
	return HostPath{NamedField: volume, Path: cleaned, Type: string(kind)}
}

// findServiceAccountTokens returns a list with the first field that gives the pod a service-account token, or nil if no field does. It also
// returns nil if an annotation says that the pod needs the token. An unset automountServiceAccountToken counts as a field that gives the
// token, because the service account decides then, and it is unknown here.
func findServiceAccountTokens(pod *corev1.Pod) []NamedField {
	if pod.Annotations[v1alpha1.AnnotationServiceAccountToken] == "true" {
		return nil
	}
	const automount = "spec.automountServiceAccountToken"
	switch mounts := pod.Spec.AutomountServiceAccountToken; {
	case mounts == nil:
		return []NamedField{{Field: automount, Name: "unset"}}
	case *mounts:
		return []NamedField{{Field: automount, Name: "true"}}
	}
	for i := range pod.Spec.Volumes {
		if hasServiceAccountToken(&pod.Spec.Volumes[i]) {
			return []NamedField{{Field: fmt.Sprintf("spec.volumes[%d].projected", i), Name: pod.Spec.Volumes[i].Name}}
		}
	}
	return nil
}

// hasServiceAccountToken reports whether the volume projects a token that may be valid for the Kubernetes API.
func hasServiceAccountToken(volume *corev1.Volume) bool {
	return volume.Projected != nil && slices.ContainsFunc(volume.Projected.Sources, func(source corev1.VolumeProjection) bool {
		return source.ServiceAccountToken != nil && !isForAnotherService(source.ServiceAccountToken.Audience)
	})
}

// isForAnotherService reports whether a token of the audience is for a known service other than the Kubernetes API, which refuses such a
// token. Identity injectors of clouds and meshes add these tokens to pods. An empty audience is that of the Kubernetes API.
func isForAnotherService(audience string) bool {
	switch audience {
	case "sts.amazonaws.com", "pods.eks.amazonaws.com", // AWS: IAM roles for service accounts, and EKS Pod Identity.
		"api://AzureADTokenExchange", // Microsoft Entra Workload ID.
		"istio-ca",                   // Istio.
		"identity.l5d.io":            // Linkerd.
		return true
	}
	return strings.HasSuffix(audience, ".svc.id.goog") // Workload Identity Federation for GKE: the workload pool.
}

// readRegionTerms returns Pod.RegionTerms: for each required node-affinity term, the regions that each of its `In` expressions about the
// region label allows.
func readRegionTerms(affinity *corev1.Affinity) [][][]string {
	if affinity == nil || affinity.NodeAffinity == nil ||
		affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return nil
	}
	terms := affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	regions := make([][][]string, 0, len(terms))
	for i := range terms {
		var expressions [][]string
		for _, e := range terms[i].MatchExpressions {
			if e.Key == corev1.LabelTopologyRegion && e.Operator == corev1.NodeSelectorOpIn && len(e.Values) > 0 {
				expressions = append(expressions, e.Values)
			}
		}
		regions = append(regions, expressions)
	}
	return regions
}
