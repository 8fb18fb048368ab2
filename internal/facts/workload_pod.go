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

// addVolumes adds the hostPath volumes, and the names of all volumes except the sidecar's.
func (f *Workload) addVolumes(in WorkloadInput) {
	for i := range in.Pod.Spec.Volumes {
		volume := &in.Pod.Spec.Volumes[i]
		if volume.HostPath != nil {
			field := "spec.volumes[" + strconv.Itoa(i) + "].hostPath"
			f.Pod.HostPaths = append(f.Pod.HostPaths, NamedField{Field: field, Name: volume.Name})
		}
		if !slices.ContainsFunc(in.Sidecar.Volumes, func(v corev1.Volume) bool { return v.Name == volume.Name }) {
			f.Names = append(f.Names, NamedField{Field: "spec.volumes", Name: volume.Name})
		}
	}
}

// findTokens returns the places that give the pod a service-account token, unless it asks for one. An unset
// automountServiceAccountToken leaves the choice to the service account, which is unknown here.
func findTokens(pod *corev1.Pod) []NamedField {
	if pod.Annotations[v1alpha1.AnnotationServiceAccountToken] == "true" {
		return nil
	}
	var found []NamedField
	if mount := pod.Spec.AutomountServiceAccountToken; mount == nil {
		found = append(found, NamedField{Field: "spec.automountServiceAccountToken", Name: "unset"})
	} else if *mount {
		found = append(found, NamedField{Field: "spec.automountServiceAccountToken", Name: "true"})
	}
	for i := range pod.Spec.Volumes {
		projected := pod.Spec.Volumes[i].Projected
		if projected == nil || len(found) > 0 {
			continue
		}
		if slices.ContainsFunc(projected.Sources, func(s corev1.VolumeProjection) bool { return s.ServiceAccountToken != nil }) {
			found = append(found, NamedField{Field: fmt.Sprintf("spec.volumes[%d].projected", i), Name: pod.Spec.Volumes[i].Name})
		}
	}
	return found
}

// readRegionTerms returns the regions to which each required node-affinity term restricts the pod. Terms are alternatives.
// All expressions of a term must hold; each set is one of them.
func readRegionTerms(affinity *corev1.Affinity) [][][]string {
	if affinity == nil || affinity.NodeAffinity == nil ||
		affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return nil
	}
	terms := affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	regions := make([][][]string, 0, len(terms))
	for i := range terms {
		var sets [][]string
		for _, e := range terms[i].MatchExpressions {
			if e.Key == corev1.LabelTopologyRegion && e.Operator == corev1.NodeSelectorOpIn && len(e.Values) > 0 {
				sets = append(sets, e.Values)
			}
		}
		regions = append(regions, sets)
	}
	return regions
}

func findSidecar(in WorkloadInput) int {
	return slices.IndexFunc(in.Pod.Spec.InitContainers, func(c corev1.Container) bool {
		return c.Name == in.Sidecar.Container.Name
	})
}

// NewSidecar compares the sidecar of the pod with the template. Of the pod it reads the init containers and the volumes.
func NewSidecar(in WorkloadInput) Sidecar {
	facts := Sidecar{
		Name:   in.Sidecar.Container.Name,
		UserID: in.Sidecar.UserID,
		Index:  findSidecar(in),
	}
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
		facts.Differs = findDifferences(in, &in.Pod.Spec.InitContainers[facts.Index])
	}
	return facts
}

// findDifferences returns the parts of the sidecar that differ from the template, sorted.
func findDifferences(in WorkloadInput, sidecar *corev1.Container) []string {
	var differs []string
	if !equal(sidecar, &in.Sidecar.Container) {
		differs = append(differs, "container")
	}
	for i := range in.Sidecar.Volumes {
		want := &in.Sidecar.Volumes[i]
		found := slices.IndexFunc(in.Pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == want.Name })
		if found < 0 || !equal(&in.Pod.Spec.Volumes[found], want) {
			differs = append(differs, "volume "+want.Name)
		}
	}
	slices.Sort(differs)
	return differs
}

// encoded is a Kubernetes type with a deterministic encoding of all its fields.
type encoded interface {
	Marshal() ([]byte, error)
}

// equal reports whether a and b mean the same. Comparing encodings costs a tenth of a walk over every field. The walk is for values that
// are written differently (the quantities 1000m and 1).
func equal[T encoded](a, b T) bool {
	left, leftErr := a.Marshal()
	right, rightErr := b.Marshal()
	if leftErr == nil && rightErr == nil && bytes.Equal(left, right) {
		return true
	}
	return equality.Semantic.DeepEqual(a, b)
}
