package facts

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// addVolumes adds the hostPath volumes of the pod to Pod.HostPaths, and the names of all volumes except the sidecar's to NamesFromAuthor.
func (f *Workload) addVolumes(in WorkloadInput) {
	for i := range in.Pod.Spec.Volumes {
		volume := &in.Pod.Spec.Volumes[i]
		if volume.HostPath != nil {
			field := "spec.volumes[" + strconv.Itoa(i) + "].hostPath"
			f.Pod.HostPaths = append(f.Pod.HostPaths, NamedField{Field: field, Name: volume.Name})
		}
		if !slices.ContainsFunc(in.Sidecar.Volumes, func(v corev1.Volume) bool { return v.Name == volume.Name }) {
			f.NamesFromAuthor = append(f.NamesFromAuthor, NamedField{Field: "spec.volumes", Name: volume.Name})
		}
	}
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

func hasServiceAccountToken(volume *corev1.Volume) bool {
	return volume.Projected != nil && slices.ContainsFunc(volume.Projected.Sources, func(source corev1.VolumeProjection) bool {
		return source.ServiceAccountToken != nil
	})
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

// findSidecar returns the index of the init container with the sidecar's name; -1 if the pod has none.
func findSidecar(in WorkloadInput) int {
	return slices.IndexFunc(in.Pod.Spec.InitContainers, func(c corev1.Container) bool {
		return c.Name == in.Sidecar.Container.Name
	})
}

// NewSidecar compares the sidecar of in.Pod with in.Sidecar, the template. It reads only the pod's init containers and volumes.
func NewSidecar(in WorkloadInput) Sidecar {
	facts := Sidecar{
		Name:   in.Sidecar.Container.Name,
		UserID: in.Sidecar.UserID,
		Index:  findSidecar(in),
	}
	// Injection gives the app's ports the names in AppPorts, and lets the app's model URLs begin with one of Upstreams.
	if in.Declaration != nil {
		for i := range in.Declaration.Spec.Ports {
			facts.AppPorts = append(facts.AppPorts, in.Sidecar.Container.Name+"-"+strconv.Itoa(i))
		}
		for i := range in.Declaration.Spec.Processors {
			facts.Upstreams = append(facts.Upstreams, in.Sidecar.EgressURL+"/"+in.Declaration.Spec.Processors[i].Name+"/")
		}
	}
	facts.Present = facts.Index >= 0
	if facts.Present {
		facts.Differences = findDifferences(in, &in.Pod.Spec.InitContainers[facts.Index])
	}
	return facts
}

// findDifferences returns the parts of the sidecar that differ from the template: `container`, and `volume NAME` for each of its volumes,
// sorted.
func findDifferences(in WorkloadInput, sidecar *corev1.Container) []string {
	var differences []string
	// Compare with a copy: a pointer to in.Sidecar.Container would make Go allocate the whole input on the heap.
	template := in.Sidecar.Container
	if !equal(sidecar, &template) {
		differences = append(differences, "container")
	}
	for i := range in.Sidecar.Volumes {
		want := &in.Sidecar.Volumes[i]
		found := slices.IndexFunc(in.Pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == want.Name })
		if found < 0 || !equal(&in.Pod.Spec.Volumes[found], want) {
			differences = append(differences, "volume "+want.Name)
		}
	}
	slices.Sort(differences)
	return differences
}

// marshaler is a Kubernetes type with a deterministic protobuf encoding of all its fields.
type marshaler interface {
	Marshal() ([]byte, error)
}

// equal reports whether a and b have the same meaning. It compares the encodings first, which takes a tenth of the time of comparing every
// field. Values with different encodings can still mean the same, for example the quantities 1000m and 1.
func equal[T marshaler](a, b T) bool {
	left, leftErr := a.Marshal()
	right, rightErr := b.Marshal()
	if leftErr == nil && rightErr == nil && bytes.Equal(left, right) {
		return true
	}
	return equality.Semantic.DeepEqual(a, b)
}
